# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pod network, container runtime, images, and the settings of components."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils import versions
from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import CRI_SOCKET, LEADER_ELECTION_FLAGS
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import (
    Rule,
    about,
    is_url,
    nested,
    seconds,
    socket_path,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.releases import target
from ansible_collections.quorum.kubernetes.plugins.module_utils.suggest import closest, did_you_mean
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show

_CONFIGURATION = "kube_cluster_configuration"
_REGISTRY = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?"
_REPOSITORY = re.compile(_REGISTRY + r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")
_IMAGE = re.compile(_REPOSITORY.pattern + r"(:[A-Za-z0-9_{][A-Za-z0-9_.{}-]{0,127})?(@sha256:[0-9a-f]{64})?")
_IMAGES = ("kube_flannel_image", "kube_flannel_cni_plugin_image", "kube_sandbox_image")
_MTU_LARGEST = 65535
_MTU_SMALLEST = {4: 576, 6: 1280}  # RFC 791, RFC 8200
_FLAG = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*", re.IGNORECASE)

ARGS = {
    "kube_apiserver_extra_args": "kube-apiserver",
    "kube_controller_manager_extra_args": "kube-controller-manager",
    "kube_scheduler_extra_args": "kube-scheduler",
    "kube_kubelet_extra_args": "kubelet",
}
"""Variables with flags, and whose flags they are."""

_LEADER_ELECTION = dict.fromkeys(LEADER_ELECTION_FLAGS.values(), "kube_leader_election")
# What the components take when nothing is said, in seconds, and how much a retry is stretched: client-go,
# tools/leaderelection/leaderelection.go, which refuses to start where the three contradict each other.
_LEADER_ELECTION_DEFAULTS = {"leaseDuration": 15.0, "renewDeadline": 10.0, "retryPeriod": 2.0}
_RETRY_JITTER = 1.2

MANAGED = {
    "kube-apiserver": {
        "advertise-address": "kube_node_ip",
        "secure-port": "kube_api_port",
        "service-cluster-ip-range": "kube_service_subnet",
        "etcd-servers": "",
        "etcd-cafile": "",
        "etcd-certfile": "",
        "etcd-keyfile": "",
        "client-ca-file": "",
        "tls-cert-file": "",
        "tls-private-key-file": "",
        "service-account-key-file": "",
        "service-account-signing-key-file": "",
        "kubelet-client-certificate": "",
        "kubelet-client-key": "",
        "proxy-client-cert-file": "",
        "proxy-client-key-file": "",
        "requestheader-client-ca-file": "",
        "enable-bootstrap-token-auth": "",
    },
    "kube-controller-manager": {
        "allocate-node-cidrs": "",
        "cluster-cidr": "kube_pod_subnet",
        "cluster-name": "kube_cluster_name",
        "service-cluster-ip-range": "kube_service_subnet",
        "node-cidr-mask-size": "kube_node_cidr_mask",
        "node-cidr-mask-size-ipv4": "kube_node_cidr_mask",
        "node-cidr-mask-size-ipv6": "kube_node_cidr_mask_ipv6",
        "kubeconfig": "",
        "authentication-kubeconfig": "",
        "authorization-kubeconfig": "",
        "client-ca-file": "",
        "cluster-signing-cert-file": "",
        "cluster-signing-key-file": "",
        "root-ca-file": "",
        "service-account-private-key-file": "",
        **_LEADER_ELECTION,
    },
    "kube-scheduler": {
        "kubeconfig": "",
        "authentication-kubeconfig": "",
        "authorization-kubeconfig": "",
        **_LEADER_ELECTION,
    },
    "kubelet": {
        "node-ip": "kube_node_ip",
        "hostname-override": "kube_node_name",
        "kubeconfig": "",
        "bootstrap-kubeconfig": "",
        "config": "kube_kubelet_config",
        "container-runtime-endpoint": "",
        "cluster-dns": "",
        "cluster-domain": "kube_dns_domain",
        "cgroup-driver": "",
    },
}
"""Flags that kubeadm or this collection sets, and the variable that decides them ("" when none does)."""

# Settings of kubeadm that have a variable of their own: path in ClusterConfiguration -> variable.
_OWN_VARIABLE = {
    ("kubernetesVersion",): "kube_version",
    ("clusterName",): "kube_cluster_name",
    ("controlPlaneEndpoint",): "kube_api_endpoint",
    ("networking", "podSubnet"): "kube_pod_subnet",
    ("networking", "serviceSubnet"): "kube_service_subnet",
    ("networking", "dnsDomain"): "kube_dns_domain",
}
# Where backups, joins and resets look for keys and data: path in ClusterConfiguration -> directory.
_FIXED = {
    ("certificatesDir",): "/etc/kubernetes/pki",
    ("etcd", "local", "dataDir"): "/var/lib/etcd",
}
_URLS = (
    "kube_package_repository",
    "kube_package_key_url",
    "kube_containerd_repository",
    "kube_containerd_key_url",
    "kube_etcd_archive_url",
)
_TIMEOUTS = (
    "controlPlaneComponentHealthCheck",
    "kubeletHealthCheck",
    "kubernetesAPICall",
    "etcdAPICall",
    "tlsBootstrap",
    "discovery",
    "upgradeManifests",
)


def pod_network(inventory: Inventory) -> Iterator[Finding]:
    """Manifests go with the plugin that wants them; flannel needs kube-proxy."""
    plugin = inventory.text("kube_network_plugin")
    manifests = inventory.strings("kube_network_manifests")
    if plugin == "manifests" and not manifests:
        fix = "name your manifest files, or use another kube_network_plugin"
        wrong = "is empty, but kube_network_plugin is manifests"
        yield about(inventory, "0801", "kube_network_manifests", wrong, fix, seen="")
    if manifests and plugin != "manifests":
        fix = "set kube_network_plugin to manifests, or remove them"
        yield about(inventory, "0802", "kube_network_manifests", f"is not used by kube_network_plugin {plugin}", fix)
    if nested(inventory.mapping(_CONFIGURATION), "proxy", "disabled") is True and plugin == "flannel":
        wrong = "needs a pod network that replaces kube-proxy, and flannel cannot"
        fix = "leave kube-proxy on, or bring such a network with kube_network_plugin manifests"
        yield about(inventory, "0803", _CONFIGURATION, wrong, fix, seen="proxy disabled")


def mtu(inventory: Inventory) -> Iterator[Finding]:
    """0, or what the family of the pods can live with."""
    size = inventory.number("kube_network_mtu")
    smallest = max((_MTU_SMALLEST[network.version] for network in inventory.pod_networks()), default=_MTU_SMALLEST[4])
    if size and not smallest <= size <= _MTU_LARGEST:
        wrong = f"must be 0 or {smallest}-{_MTU_LARGEST}"
        yield about(inventory, "0804", "kube_network_mtu", wrong, "write 0 to let the network plugin find it")


def proxy(inventory: Inventory) -> Iterator[Finding]:
    """kube-proxy's mode, in one place, and one with a future (ipvs: KEP-5495)."""
    mode = inventory.text("kube_proxy_mode")
    if mode == "ipvs":
        wrong = "is deprecated since Kubernetes 1.35 and off by default from 1.40"
        yield about(inventory, "0807", "kube_proxy_mode", wrong, "use nftables or iptables")
    configured = inventory.mapping("kube_proxy_config")
    for key, variable in (("mode", "kube_proxy_mode"), ("clusterCIDR", "kube_pod_subnet")):
        value = configured.get(key)
        if value is not None and str(value) != inventory.text(variable):
            wrong = f"differs from {variable} {show(inventory.text(variable))}"
            fix = f"set {variable} and leave {key} out"
            yield about(inventory, "0827", "kube_proxy_config", wrong, fix, seen=f"{key} {show(value)}")


def kubelet(inventory: Inventory) -> Iterator[Finding]:
    """The kubelet's settings agree with the rest of the cluster."""
    configured = inventory.mapping("kube_kubelet_config")
    driver = configured.get("cgroupDriver", "systemd")
    if driver != "systemd":
        wrong = "differs from containerd's systemd"
        fix = "leave cgroupDriver out: both use systemd"
        yield about(inventory, "0808", "kube_kubelet_config", wrong, fix, seen=f"cgroupDriver {show(driver)}")
    domain = configured.get("clusterDomain")
    if domain is not None and domain != inventory.text("kube_dns_domain"):
        wrong = f"differs from kube_dns_domain {show(inventory.text('kube_dns_domain'))}"
        fix = "set kube_dns_domain and leave clusterDomain out"
        yield about(inventory, "0827", "kube_kubelet_config", wrong, fix, seen=f"clusterDomain {show(domain)}")
    socket = configured.get("containerRuntimeEndpoint")
    if socket and socket_path(str(socket)) != socket_path(CRI_SOCKET):
        wrong = f"is not containerd's, {CRI_SOCKET}, which this collection sets up"
        fix = "leave containerRuntimeEndpoint out"
        yield about(
            inventory, "0827", "kube_kubelet_config", wrong, fix, seen=f"containerRuntimeEndpoint {show(socket)}"
        )


def images(inventory: Inventory) -> Iterator[Finding]:
    """References that a registry can serve: no scheme, lower case, no slash at the end."""
    for name in ("kube_image_repository", *_IMAGES):
        text = inventory.text(name)
        form = _REPOSITORY if name == "kube_image_repository" else _IMAGE
        if (text or name == "kube_image_repository") and not form.fullmatch(text):
            wrong = "is no image reference: no scheme, lower case, no slash at the end"
            yield about(inventory, "0811", name, wrong, f"write it like {show(_like(text))}")


def _like(text: str) -> str:
    plain = re.sub(r"^[a-z]+://", "", text.lower()).strip("/ ")
    return plain if _IMAGE.fullmatch(plain) else "registry.example.com/kubernetes"


def mirrors(inventory: Inventory) -> Iterator[Finding]:
    """Registry host -> list of http or https URLs."""
    name = "kube_registry_mirrors"
    fix = "write registry.k8s.io: [https://mirror.example.com]"
    for host in inventory.holders(name):
        for registry, urls in inventory.mapping(name, host).items():
            for wrong, seen in _mirror_problems(registry, urls):
                yield about(inventory, "0825", name, wrong, fix, host=host, seen=show(seen))


def _mirror_problems(registry: str, urls: object) -> Iterator[tuple[str, object]]:
    if registry != "_default" and not re.fullmatch(_REGISTRY, registry):
        yield "is no registry's host[:port]", registry
    if not isinstance(urls, list) or not urls:
        yield "has no list of mirror URLs", registry
        return
    for url in urls:
        if not isinstance(url, str) or not is_url(url):
            yield "is no http or https URL", url


def repositories(inventory: Inventory) -> Iterator[Finding]:
    """Packages, keys and archives are fetched by http or https."""
    fix = "write a URL such as https://mirror.example.com/deb/"
    for name in _URLS:
        for host in inventory.holders(name):
            value = inventory.host_value(host, name) if host else inventory.value(name)
            url = str(value.get("url", "") if isinstance(value, dict) else value)
            if not is_url(url):
                yield about(inventory, "0826", name, "is no http or https URL", fix, host=host, seen=show(url))


def extra_args(inventory: Inventory) -> Iterator[Finding]:
    """Flags without dashes, none that is managed, none that is gone."""
    wanted = target(inventory)
    for variable, component in ARGS.items():
        for host in inventory.nodes if component == "kubelet" else ("",):
            for record in inventory.records(variable, host):
                problem = _flag_problem(component, str(record.get("name", "")), wanted)
                if problem:
                    code, wrong, fix = problem
                    seen = f"{component} flag {show(record.get('name'))}"
                    yield about(inventory, code, variable, wrong, fix, host=host, seen=seen)


def _flag_problem(component: str, flag: str, wanted: versions.Version | None) -> tuple[str, str, str] | None:
    if not _FLAG.fullmatch(flag):
        plain = flag.lstrip("-").split("=")[0]
        return "0913", "is no name of a flag", f"write '{plain}', without dashes in front and without the value"
    if flag in MANAGED[component]:
        variable = MANAGED[component][flag]
        return "0815", "is managed by this collection", f"remove it and set {variable}" if variable else "remove it"
    for other, gone, since in versions.REMOVED_FLAGS:
        if wanted and (component, flag) == (other, gone) and wanted.minor >= versions.minor_number(since):
            return "0816", f"is gone since Kubernetes {since}: the {component} would not start", "remove it"
    return None


def kubeadm(inventory: Inventory) -> Iterator[Finding]:
    """kubeadm's settings do not contradict the variables, and name no feature gate that is gone."""
    configuration = inventory.mapping(_CONFIGURATION)
    for path, variable in _OWN_VARIABLE.items():
        if nested(configuration, *path) is not None:
            wrong = "has a variable of its own, which other parts of the cluster follow"
            yield about(inventory, "0831", _CONFIGURATION, wrong, f"remove it and set {variable}", seen=".".join(path))
    for path, directory in _FIXED.items():
        if nested(configuration, *path) not in (None, directory):
            wrong = f"is not {directory}, where backups, joins and resets look"
            yield about(
                inventory, "0831", _CONFIGURATION, wrong, "remove it; a disk can be mounted there", seen=".".join(path)
            )
    wanted = target(inventory)
    gates = nested(configuration, "featureGates")
    for gate in gates if isinstance(gates, dict) else ():
        since = versions.REMOVED_FEATURE_GATES.get(str(gate))
        if since and wanted and wanted.minor >= versions.minor_number(since):
            wrong = f"is gone since Kubernetes {since}, and setting it is an error"
            yield about(inventory, "0830", _CONFIGURATION, wrong, "remove it", seen=f"feature gate '{gate}'")


def timeouts(inventory: Inventory) -> Iterator[Finding]:
    """Names that kubeadm has (v1beta4), with durations."""
    name = "kube_timeouts"
    for key, value in inventory.mapping(name).items():
        if key not in _TIMEOUTS:
            wrong = "is no timeout of kubeadm" + did_you_mean(closest(key, _TIMEOUTS))
            yield about(inventory, "0828", name, wrong, f"use one of {', '.join(_TIMEOUTS)}", seen=show(key))
        elif seconds(value) is None:
            wrong = "is no duration"
            yield about(
                inventory, "0828", name, wrong, "write minutes and seconds, such as 2m30s", seen=f"{key} {show(value)}"
            )


def leader_election(inventory: Inventory) -> Iterator[Finding]:
    """Known names with durations, and a lease that outlives the attempts to renew it."""
    name = "kube_leader_election"
    times = dict(_LEADER_ELECTION_DEFAULTS)
    for key, value in inventory.mapping(name).items():
        duration = seconds(value)
        if key not in times:
            wrong = "is no time of the leader election" + did_you_mean(closest(key, times))
            yield about(inventory, "0833", name, wrong, f"use one of {', '.join(times)}", seen=show(key))
        elif not duration:
            wrong = "is no duration"
            yield about(inventory, "0833", name, wrong, "write seconds, such as 60s", seen=f"{key} {show(value)}")
        else:
            times[key] = duration
    for longer, shorter, factor in (
        ("leaseDuration", "renewDeadline", 1.0),
        ("renewDeadline", "retryPeriod", _RETRY_JITTER),
    ):
        if times[longer] <= times[shorter] * factor:
            wrong = f"is not longer than {shorter}{' and a fifth' if factor > 1 else ''} ({times[shorter]:g} s)"
            fix = "the defaults 15s, 10s and 2s are in proportion: multiply all three"
            yield about(inventory, "0833", name, wrong, fix, seen=f"{longer} ({times[longer]:g} s)")


def ignored_checks(inventory: Inventory) -> Iterator[Finding]:
    """Ignoring everything hides what breaks the cluster later."""
    name = "kube_ignore_preflight_errors"
    for host in inventory.nodes:
        if any(check.lower() == "all" for check in inventory.strings(name, host)):
            wrong = "switches all of kubeadm's own checks off"
            yield about(inventory, "0829", name, wrong, "name the checks that do not apply, such as Mem", host=host)


RULES = (
    Rule("0801", pod_network),
    Rule("0804", mtu),
    Rule("0807", proxy),
    Rule("0808", kubelet),
    Rule("0811", images),
    Rule("0825", mirrors),
    Rule("0826", repositories),
    Rule("0815", extra_args),
    Rule("0831", kubeadm),
    Rule("0828", timeouts),
    Rule("0833", leader_election),
    Rule("0829", ignored_checks),
)
