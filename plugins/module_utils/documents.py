# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""kubeadm's documents (kubeadm.k8s.io/v1beta4) from settings, as data; the user's dicts are merged last.

v1beta4 is the only version that kubeadm 1.31 to 1.37 and later share. Secrets are no part of these documents: a join's
token and certificate key are added by kubeadm_join on the host itself (see `with_discovery`).
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

Json = dict[str, Any]

API_VERSION = "kubeadm.k8s.io/v1beta4"
CRI_SOCKET = "unix:///run/containerd/containerd.sock"
TOKEN_DESCRIPTION = "quorum.kubernetes"  # noqa: S105 - the description of a token, not a token
# By the names of Kubernetes' own LeaderElectionConfiguration.
LEADER_ELECTION_FLAGS = {
    "leaseDuration": "leader-elect-lease-duration",
    "renewDeadline": "leader-elect-renew-deadline",
    "retryPeriod": "leader-elect-retry-period",
}
DUAL_STACK_MASKS = {4: "node-cidr-mask-size-ipv4", 6: "node-cidr-mask-size-ipv6"}

KINDS = ("init", "join")


def merge(base: Any, over: Any) -> Any:
    """`over` laid on `base`: dicts are merged key by key, anything else (lists too) is replaced."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return _copy(over)
    merged: Json = _copy(base)
    for key, value in over.items():
        merged[key] = merge(base[key], value) if key in base else _copy(value)
    return merged


def _copy(value: Any) -> Any:
    """Plain dicts and lists of the same content: a deep copy of Ansible's lazy containers would copy their engine."""
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_copy(each) for each in value]
    return value


def kubeadm_documents(settings: Json, kind: str) -> list[Json]:
    """The documents of ``kubeadm init`` (four) or ``kubeadm join`` (one).

    Settings (all but `version` and `node` have defaults): version ``1.37.1``, cluster_name, endpoint ``host:port``,
    pod_subnet and service_subnet (one range or two with a comma), node_cidr_mask (IPv4) and node_cidr_mask_ipv6,
    dns_domain, image_repository, api_port, api_server_sans, apiserver_extra_args, controller_manager_extra_args,
    scheduler_extra_args, kubelet_extra_args (lists of ``{name, value}``), kubelet_config, proxy_mode, proxy_config,
    leader_election (times by the names of `LEADER_ELECTION_FLAGS`, of controller manager and scheduler),
    cluster_configuration (merged last), external_etcd (``endpoints, ca_file, cert_file, key_file``), timeouts (v1beta4
    `timeouts`), and node: ``{name, ip, ips, control_plane, taints, cri_socket}``, where ips are all addresses of
    the node, ip first, and taints None is kubeadm's default.
    """
    if kind not in KINDS:
        raise QuorumError("E2151", f"kubeadm_documents: kind '{kind}' is neither init nor join")
    for key in ("version", "node"):
        if not settings.get(key):
            raise QuorumError("E2151", f"kubeadm_documents: the settings have no '{key}'")
    if kind == "join":
        return [_join(settings)]
    return [_init(settings), *cluster_documents(settings)]


def cluster_documents(settings: Json) -> list[Json]:
    """Those documents of ``kubeadm init`` that say nothing about the node it runs on."""
    return [_cluster(settings), _kubelet(settings), _proxy(settings)]


def to_text(documents: Sequence[Json]) -> str:
    """The documents as kubeadm reads them: JSON is YAML, so no YAML library is needed on the host."""
    return "---\n".join(json.dumps(document, sort_keys=True) + "\n" for document in documents)


def of_node(name: str, api: tuple[str, str] | None) -> Json:
    """InitConfiguration for a phase of ``kubeadm init`` on a node that lives: what it is called, where its API is."""
    document = _document("InitConfiguration")
    document["nodeRegistration"] = {"name": name, "criSocket": CRI_SOCKET}
    if api:
        document["localAPIEndpoint"] = {"advertiseAddress": api[0], "bindPort": int(api[1])}
    return document


def find(documents: Sequence[Json], kind: str) -> Json | None:
    """The document of this kind, or None."""
    return next((document for document in documents if document.get("kind") == kind), None)


def with_discovery(
    documents: Sequence[Json], token: str, ca_cert_hashes: Sequence[str], endpoint: str, certificate_key: str = ""
) -> list[Json]:
    """JoinConfiguration with its secrets: pinned to the CA's hash, always.

    The certificate key belongs to control planes only; kubeadm does not accept it as a flag beside a file.
    """
    if not ca_cert_hashes:
        raise QuorumError("E2152", "a join needs the CA's hash (ca_cert_hashes)", "pass kubeadm_token's ca_cert_hash")
    discovery = {
        "bootstrapToken": {"token": token, "apiServerEndpoint": endpoint, "caCertHashes": list(ca_cert_hashes)},
    }
    result = []
    for document in documents:
        if document.get("kind") == "JoinConfiguration":
            document = merge(document, {"discovery": discovery})
            if certificate_key and "controlPlane" in document:
                document["controlPlane"]["certificateKey"] = certificate_key
        result.append(document)
    return result


def _document(kind: str, api_version: str = API_VERSION) -> Json:
    return {"apiVersion": api_version, "kind": kind}


def _init(settings: Json) -> Json:
    document = _document("InitConfiguration")
    document["nodeRegistration"] = _node_registration(settings)
    document["localAPIEndpoint"] = _local_api_endpoint(settings)
    # Without an entry kubeadm would create a token that lives for 24 hours. Nobody uses this one.
    document["bootstrapTokens"] = [{"ttl": "1m0s", "description": f"{TOKEN_DESCRIPTION} init"}]
    if settings.get("timeouts"):
        document["timeouts"] = dict(settings["timeouts"])
    return document


def _join(settings: Json) -> Json:
    document = _document("JoinConfiguration")
    document["nodeRegistration"] = _node_registration(settings)
    if settings["node"].get("control_plane"):
        document["controlPlane"] = {"localAPIEndpoint": _local_api_endpoint(settings)}
    if settings.get("timeouts"):
        document["timeouts"] = dict(settings["timeouts"])
    return document


def _node_registration(settings: Json) -> Json:
    node = settings["node"]
    user_args = list(settings.get("kubelet_extra_args") or [])
    addresses = node.get("ips") or [node.get("ip")]  # one of each family; the first is the API server's
    own_args = [{"name": "node-ip", "value": ",".join(addresses)}] if node.get("ip") else []
    names = {argument.get("name") for argument in user_args}
    registration = {
        "name": node["name"],
        "criSocket": node.get("cri_socket") or CRI_SOCKET,
        "imagePullPolicy": "IfNotPresent",
        "kubeletExtraArgs": [argument for argument in own_args if argument["name"] not in names] + user_args,
    }
    if node.get("taints") is not None:
        registration["taints"] = list(node["taints"])
    return registration


def _local_api_endpoint(settings: Json) -> Json:
    return {"advertiseAddress": settings["node"]["ip"], "bindPort": int(settings.get("api_port") or 6443)}


def _cluster(settings: Json) -> Json:
    document = _document("ClusterConfiguration")
    document.update(
        {
            "clusterName": settings.get("cluster_name") or "kubernetes",
            "kubernetesVersion": "v" + str(settings["version"]).lstrip("v"),
            "networking": {
                "podSubnet": settings.get("pod_subnet") or "10.244.0.0/16",
                "serviceSubnet": settings.get("service_subnet") or "10.96.0.0/12",
                "dnsDomain": settings.get("dns_domain") or "cluster.local",
            },
            "imageRepository": settings.get("image_repository") or "registry.k8s.io",
            "apiServer": {
                "certSANs": list(settings.get("api_server_sans") or []),
                "extraArgs": list(settings.get("apiserver_extra_args") or []),
            },
            "controllerManager": {"extraArgs": _controller_manager_args(settings)},
            "scheduler": {"extraArgs": [*_leader_election_args(settings), *_args(settings, "scheduler_extra_args")]},
        }
    )
    if settings.get("endpoint"):
        document["controlPlaneEndpoint"] = settings["endpoint"]
    if settings.get("external_etcd"):
        document["etcd"] = {"external": _external_etcd(settings["external_etcd"])}
    merged: Json = merge(document, settings.get("cluster_configuration") or {})
    return merged


def _args(settings: Json, key: str) -> list[Json]:
    return list(settings.get(key) or [])


def _controller_manager_args(settings: Json) -> list[Json]:
    """The controller manager's arguments: the size of a node's pod ranges, the leases, the user's, whose names win.

    One family is set by ``node-cidr-mask-size``, dual stack by one argument for each family.
    """
    user = _args(settings, "controller_manager_extra_args")
    masks = {4: settings.get("node_cidr_mask"), 6: settings.get("node_cidr_mask_ipv6")}
    families = [ipaddress.ip_network(part.strip()).version for part in _pod_ranges(settings)]
    names = {families[0]: "node-cidr-mask-size"} if len(families) == 1 else DUAL_STACK_MASKS
    own = [{"name": names[family], "value": str(masks[family])} for family in families if masks[family]]
    taken = {argument.get("name") for argument in user}
    return [argument for argument in own if argument["name"] not in taken] + _leader_election_args(settings) + user


def _leader_election_args(settings: Json) -> list[Json]:
    times = settings.get("leader_election") or {}
    return [{"name": flag, "value": times[key]} for key, flag in LEADER_ELECTION_FLAGS.items() if key in times]


def _pod_ranges(settings: Json) -> list[str]:
    return str(settings.get("pod_subnet") or "10.244.0.0/16").split(",")


def _external_etcd(etcd: Json) -> Json:
    return {
        "endpoints": list(etcd["endpoints"]),
        "caFile": etcd["ca_file"],
        "certFile": etcd["cert_file"],
        "keyFile": etcd["key_file"],
    }


def _kubelet(settings: Json) -> Json:
    document = _document("KubeletConfiguration", "kubelet.config.k8s.io/v1beta1")
    document["cgroupDriver"] = "systemd"
    merged: Json = merge(document, settings.get("kubelet_config") or {})
    return merged


def _proxy(settings: Json) -> Json:
    document = _document("KubeProxyConfiguration", "kubeproxy.config.k8s.io/v1alpha1")
    # Explicit: kube-proxy 1.37 warns when it is not, and its default changes in 1.40 (KEP-5343).
    document["mode"] = settings.get("proxy_mode") or "iptables"
    merged: Json = merge(document, settings.get("proxy_config") or {})
    return merged
