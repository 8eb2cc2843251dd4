# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a living cluster lacks of the configuration that is wanted, and which parts of which host have to change; pure.

Three things are compared: what is wanted, what the cluster keeps (ConfigMaps, read by joins and upgrades), and what a
host runs with (manifests of static pods, a certificate, the kubelet's files). A host is judged by what it runs with, so
that an interrupted change goes on where it was. What the cluster keeps tells which arguments and names were asked for
until now: it is written when every host is done. Configurations of kubelet and kube-proxy are wanted whole, with what
kubeadm writes by itself: whatever else is there was asked for once.
"""

from __future__ import annotations

import copy
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import find, merge
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import API_SERVER, CA_CERTIFICATE, MANIFESTS
from ansible_collections.quorum.kubernetes.plugins.module_utils.sans import canonical

Json = dict[str, Any]

KUBELET = "kubelet"
KUBELET_FLAGS = "kubeadm-flags.env"
CERTIFICATE = "apiserver.crt"
ETCD = "etcd"

# Static pods in the order in which they are changed, and where ClusterConfiguration has their settings.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    ETCD: ("etcd", "local"),
    API_SERVER: ("apiServer",),
    "kube-controller-manager": ("controllerManager",),
    "kube-scheduler": ("scheduler",),
}
ARGUMENTS = "extraArgs"
# Where the API server finds an etcd that is not kubeadm's.
EXTERNAL_ETCD, ENDPOINTS = ("etcd", "external"), "endpoints"
VOLUMES = "extraVolumes"
SANS = "certSANs"

# kubeadm's names of the ConfigMaps in kube-system, and what each of them keeps.
KUBEADM_MAP, KUBELET_MAP, PROXY_MAP = "kubeadm-config", "kubelet-config", "kube-proxy"
KEPT = {KUBEADM_MAP: "ClusterConfiguration", KUBELET_MAP: "kubelet", PROXY_MAP: "config.conf"}

# Flags of the kubelet that kubeadm and the collection set when a node joins, which stay as they are.
JOIN_FLAGS = (
    "node-ip",
    "hostname-override",
    "register-with-taints",
    "container-runtime-endpoint",
    "pod-infra-container-image",
)
_FLAGS_VARIABLE = "KUBELET_KUBEADM_ARGS"

# What kubeadm writes for kubelets whatever it is asked for.
_KUBELET_FORCED = {"rotateCertificates": True}
# Settings that kubeadm gives each host by what it finds there.
_HOSTS_OWN = ("resolvConf", "containerRuntimeEndpoint", "bindAddress")

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+")
_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


@dataclass(frozen=True)
class Configuration:
    """kubeadm's documents as they are wanted or as the cluster keeps them; `proxy` is empty without kube-proxy.

    `kubelet_args`, flags of one host's kubelet (``{name, value}``), are kept by no cluster.
    """

    cluster: Json = field(default_factory=dict)
    kubelet: Json = field(default_factory=dict)
    proxy: Json = field(default_factory=dict)
    kubelet_args: Sequence[Json] = ()


@dataclass(frozen=True)
class Running:
    """What a host runs with: each static pod's settings (see `pod_settings`), the names in the API server's
    certificate, and the kubelet's configuration and flags."""

    components: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sans: Sequence[str] = ()
    kubelet: Mapping[str, Any] = field(default_factory=dict)
    kubelet_flags: Sequence[str] = ()


def of_documents(documents: Sequence[Json]) -> Configuration:
    """The wanted configuration out of kubeadm's documents, with what kubeadm adds to them."""
    cluster, kubelet, proxy = (find(documents, f"{kind}Configuration") for kind in ("Cluster", "Kubelet", "KubeProxy"))
    network = (cluster or {}).get("networking") or {}
    return Configuration(
        cluster or {},
        merge(merge(_kubelet_defaults(network), kubelet), _KUBELET_FORCED) if kubelet else {},
        merge(_proxy_defaults(network), proxy) if proxy else {},
    )


def host_changes(running: Running, kept: Configuration, wanted: Configuration) -> dict[str, list[str]]:
    """For each part of a host that has to change what comes (`+ x`) and what goes (`- x`)."""
    found: dict[str, list[str]] = {}
    for name in COMPONENTS:
        if name in running.components:
            before, after = (component_settings(one.cluster, name) for one in (kept, wanted))
            found[name] = _differences(running.components[name], before, after)
    if API_SERVER in running.components:
        found[CERTIFICATE] = _differences(
            running.sans, certificate_names(kept.cluster), certificate_names(wanted.cluster)
        )
    if running.kubelet:
        found[KUBELET] = _deviations(running.kubelet, wanted.kubelet)
        there, asked = _changeable_flags(running.kubelet_flags), _changeable_flags(_flags(wanted.kubelet_args))
        found[KUBELET_FLAGS] = _differences(there, there, asked)
    return {name: lines for name, lines in found.items() if lines}


def kept_changes(kept: Configuration, wanted: Configuration) -> dict[str, list[str]]:
    """The same for what the cluster keeps, by the name of the ConfigMap. Nothing where it is not known."""
    if not (kept.cluster and kept.kubelet):
        return {}
    before, after = _kept_lines(kept.cluster), _kept_lines(wanted.cluster)
    found = {KUBEADM_MAP: _differences(before, before, after), KUBELET_MAP: _deviations(kept.kubelet, wanted.kubelet)}
    if kept.proxy:
        found[PROXY_MAP] = _deviations(kept.proxy, wanted.proxy)
    return {name: lines for name, lines in found.items() if lines}


def laid_on(kept: Configuration, wanted: Configuration) -> Configuration:
    """What the cluster is to keep: only what can change on a living one is taken from what is wanted."""
    cluster = copy.deepcopy(kept.cluster)
    for path, setting in _changeable():
        value = _at(wanted.cluster, (*path, setting))
        if value:
            holder = cluster
            for key in path:
                holder = holder.setdefault(key, {})
            holder[setting] = copy.deepcopy(value)
        else:
            (_at(cluster, path) or {}).pop(setting, None)
    return replace(wanted, cluster=cluster, proxy=wanted.proxy if kept.proxy else {})


def component_settings(cluster: Json, name: str) -> list[str]:
    """A component's settings of its own in the form of `pod_settings`."""
    path = COMPONENTS[name]
    volumes = (
        _mount(one.get("hostPath"), one.get("mountPath"), one.get("readOnly"))
        for one in _records(cluster, (*path, VOLUMES))
    )
    servers = [str(url) for url in _list(cluster, (*EXTERNAL_ETCD, ENDPOINTS))] if name == API_SERVER else []
    found = [f"--etcd-servers={','.join(servers)}"] if servers else []
    return [*_flags(_records(cluster, (*path, ARGUMENTS))), *volumes, *found]


def certificate_names(cluster: Json) -> list[str]:
    """Names that the API server's certificate has beside those that kubeadm adds by itself."""
    return [canonical(str(name)) for name in _list(cluster, (*COMPONENTS[API_SERVER], SANS))]


def pod_settings(pod: Json) -> list[str]:
    """The arguments of a static pod's only container, and what of the host is mounted where."""
    spec = pod.get("spec") or {}
    container = (spec.get("containers") or [{}])[0]
    paths = {one.get("name"): (one.get("hostPath") or {}).get("path") for one in spec.get("volumes") or []}
    mounts = (
        _mount(paths.get(one.get("name")), one.get("mountPath"), one.get("readOnly"))
        for one in container.get("volumeMounts") or []
    )
    return [*(str(one) for one in (container.get("command") or [])[1:]), *mounts]


def kubelet_flags(text: str) -> list[str]:
    """The flags in the text of kubeadm-flags.env."""
    variable, _equals, value = text.strip().partition("=")
    return value.strip('"').split() if variable == _FLAGS_VARIABLE else []


def flags_text(text: str, kubelet_args: Sequence[Json]) -> str:
    """That text with these flags in place of those that were asked for until now."""
    there = kubelet_flags(text)
    of_join = [one for one in there if one not in _changeable_flags(there)]
    flags = [*of_join, *_changeable_flags(_flags(kubelet_args))]
    return f'{_FLAGS_VARIABLE}="{" ".join(flags)}"\n'


def _flags(arguments: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    return (f"--{one.get('name')}={one.get('value', '')}" for one in arguments)


def _changeable_flags(flags: Iterable[str]) -> list[str]:
    return [one for one in flags if one.partition("=")[0].lstrip("-") not in JOIN_FLAGS]


def _kubelet_defaults(network: Json) -> Json:
    """What kubeadm writes for kubelets by itself: Default in its componentconfigs/kubelet.go."""
    return {
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": CA_CERTIFICATE},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "systemd",
        "clusterDNS": [_dns_address(network)],
        "clusterDomain": network["dnsDomain"],
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": 10248,
        "staticPodPath": MANIFESTS,
    }


def _dns_address(network: Json) -> str:
    """The tenth address of the first range of services."""
    return str(ipaddress.ip_network(network["serviceSubnet"].split(",")[0].strip())[10])


def _proxy_defaults(network: Json) -> Json:
    """What kubeadm writes for kube-proxy by itself: Default in its componentconfigs/kubeproxy.go."""
    return {
        "bindAddressHardFail": False,
        "clientConnection": {"kubeconfig": "/var/lib/kube-proxy/kubeconfig.conf"},
        "clusterCIDR": network["podSubnet"],
        "conntrack": {"tcpBeLiberal": False},
        "enableProfiling": False,
        "iptables": {"masqueradeAll": False},
        "ipvs": {"strictARP": False},
        "nftables": {"masqueradeAll": False},
        "winkernel": {"enableDSR": False, "forwardHealthCheckVip": False},
    }


def _changeable() -> Iterator[tuple[tuple[str, ...], str]]:
    """Path and name of each setting of ClusterConfiguration that can change on a living cluster."""
    for path in COMPONENTS.values():
        yield path, ARGUMENTS
        yield path, VOLUMES
    yield COMPONENTS[API_SERVER], SANS
    yield EXTERNAL_ETCD, ENDPOINTS


def _mount(host_path: object, mount_path: object, read_only: object) -> str:
    return f"mount {host_path} at {mount_path}{' read-only' if read_only else ''}"


def _kept_lines(cluster: Json) -> list[str]:
    lines = [f"{name} {one}" for name in COMPONENTS for one in component_settings(cluster, name)]
    return [*lines, *(f"{CERTIFICATE} {name}" for name in certificate_names(cluster))]


def _differences(seen: Iterable[str], before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What is wanted and is not there, and what was asked for until now, is wanted no more and is still there."""
    there = set(seen)
    gone = [f"- {one}" for one in before if one not in after and one in there]
    return [*gone, *(f"+ {one}" for one in after if one not in there)]


def _deviations(seen: Mapping[str, Any], wanted: Json) -> list[str]:
    """Settings of a component's configuration that nobody asks for any more, and those that are not as wanted.

    None where there is no document about the component.
    """
    if not wanted:
        return []
    have, want = dict(_leaves(seen)), dict(_leaves(wanted))
    gone = [
        f"- {path}: {json.dumps(value)}"
        for path, value in have.items()
        if not (path in want or path in _HOSTS_OWN or _undecided(value))
    ]
    changed = {path: value for path, value in want.items() if not _same(have.get(path), value)}
    return [*gone, *(f"+ {path}: {json.dumps(value)}" for path, value in changed.items())]


def _undecided(value: Any) -> bool:
    """Whether kubeadm writes this for a setting that nobody decided; false says something."""
    return value in (None, "", "0", "0s", []) or (value == 0 and value is not False)


def _leaves(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of everything that is no mapping; lists count as one value."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        elif prefix or key not in ("apiVersion", "kind"):
            yield f"{prefix}{key}", value


def _same(have: Any, want: Any) -> bool:
    """Whether two values mean the same: kubeadm leaves empty ones out and writes `5m` as `5m0s`."""
    if have == want or not (have or want):
        return True
    times = [_nanoseconds(value) for value in (have, want)]
    return None not in times and times[0] == times[1]


def _nanoseconds(value: Any) -> float | None:
    if not (isinstance(value, str) and _DURATION.fullmatch(value)):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)(ns|us|ms|s|m|h)", value))


def _records(data: Json, path: Sequence[str]) -> list[Mapping[str, Any]]:
    return [one for one in _list(data, path) if isinstance(one, Mapping)]


def _list(data: Json, path: Sequence[str]) -> list[Any]:
    value = _at(data, path)
    return value if isinstance(value, list) else []


def _at(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data
