# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the inventory and what every host is now to what each host is to do; pure, nothing is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import configuring, versions
from ansible_collections.quorum.kubernetes.plugins.module_utils import endpoint as endpoints
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_release import default_version
from ansible_collections.quorum.kubernetes.plugins.module_utils.facts import (
    COMPLETE,
    CONTROL_PLANE,
    PARTIAL,
    Facts,
    mapping,
    text,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, in_subnet, parse_address
from ansible_collections.quorum.kubernetes.plugins.module_utils.sans import api_server_sans

INIT = "init"
JOIN_CONTROL_PLANE = "join_control_plane"
JOIN_WORKER = "join_worker"
CHANGE_CONTROL_PLANE = "change_control_plane"
CHANGE_WORKER = "change_worker"
NO_ACTION = "none"
UNKNOWN = "unknown"

_KUBERNETES_REGISTRY = "registry.k8s.io"
_ETCD_CLIENT_PORT = 2379
_ETCD_PEER_PORT = 2380
_HIGHEST_PRIORITY = 254  # VRRP: a high priority makes the skew, and so the fail-over, short


def node_addresses(inventory: Inventory, host: str, facts: Facts | None) -> list[str]:
    """The host's node addresses: what variables say, else what its name resolves to, else its only address.

    For dual stack the second one is the only address of the other family on the same interface. Empty when there is
    none or more than one to choose from.
    """
    chosen = inventory.declared_addresses(host) or _found_address(inventory, host, facts)
    families = {network.version for network in inventory.pod_networks()}
    if facts is None or len(chosen) != 1 or len(families) != 2:
        return chosen
    carrier = facts.interface_of(chosen[0])
    others = [
        address.address
        for address in facts.addresses
        if carrier and address.interface == carrier.interface and (":" in address.address) != (":" in chosen[0])
    ]
    others = [address for address in others if _usable(address)]
    return chosen + (others if len(others) == 1 else [])


def _found_address(inventory: Inventory, host: str, facts: Facts | None) -> list[str]:
    if facts is None:
        return []
    vip = parse_address(inventory.text("kube_api_vip"))
    own = [address.address for address in facts.addresses if _usable(address.address) and address.ip != vip]
    for name in (inventory.plain_text(host, "ansible_host"), host):
        found = [address for address in facts.resolved.get(name, ()) if address in own]
        if found:
            return found[:1]
    return own if len(own) == 1 else []


def _usable(address: str) -> bool:
    parsed = parse_address(address)
    return parsed is not None and not (parsed.is_loopback or parsed.is_link_local)


def first_addresses(inventory: Inventory, facts: Mapping[str, Facts]) -> dict[str, str]:
    """Each host's first node address, "" where it is not known."""
    return {host: next(iter(node_addresses(inventory, host, facts.get(host))), "") for host in inventory.hosts}


def judged(inventory: Inventory, facts: Mapping[str, Facts]) -> dict[str, Facts]:
    """The hosts' states, corrected by what the cluster says.

    A host whose files are complete but whose Node object or etcd member is gone has to join again: it counts as
    partial. What another host saw is no ground for that where it saw it before this one was looked at: its join may
    have ended in between.
    """
    speaker = next(
        (facts[host] for host in existing_control_planes(inventory, facts) if facts[host].cluster_nodes), None
    )
    if speaker is None:
        return dict(facts)
    known = _node_names(speaker)
    result = {}
    for host, own in facts.items():
        name = own.node_name or inventory.node_name(host)
        gone = []
        if name not in known and name not in _node_names(own):
            gone.append("its Node object is gone")
        if own.role == CONTROL_PLANE and _forgotten(own, name, speaker):
            gone.append("its etcd member is gone")
        if gone and not own.waited and own.state == COMPLETE and own.ca_sha256 == speaker.ca_sha256:
            own = replace(own, state=PARTIAL, reasons=(*own.reasons, *gone), leftovers=())
        result[host] = own
    return result


def _forgotten(own: Facts, name: str, speaker: Facts) -> bool:
    """Whether etcd's members agree that this control plane is none of them.

    Only where the speaker is one itself: the list of an etcd beside Kubernetes has other hosts.
    """
    agreed = mapping(speaker.cluster or {}, "etcd").get("agreement") is True
    return (
        agreed
        and _has_member(speaker, speaker.node_name, speaker)
        and not (_has_member(speaker, name, own) or _has_member(own, name, own))
    )


def _has_member(view: Facts, name: str, of: Facts) -> bool:
    """Whether `view` lists an etcd member of the host `of`: by name or, as long as it has none, by its peer URL."""
    found = mapping(view.cluster or {}, "etcd").get("members")
    members = [member for member in found if isinstance(member, dict)] if isinstance(found, (list, tuple)) else []
    urls = {f"https://{endpoints.join_host_port(one.address, _ETCD_PEER_PORT)}" for one in of.addresses}
    return any(
        text(member, "name") == name or urls.intersection(member.get("peer_urls") or ()) for member in members if name
    )


def _node_names(facts: Facts) -> set[str]:
    return {text(node, "name") for node in facts.cluster_nodes}


def existing_control_planes(inventory: Inventory, facts: Mapping[str, Facts]) -> list[str]:
    """Control planes that belong to a cluster already, those whose API server answers first."""
    complete = [
        host
        for host in inventory.control_planes
        if host in facts and facts[host].state == COMPLETE and facts[host].role == CONTROL_PLANE
    ]
    return sorted(complete, key=lambda host: not facts[host].api_ready)


def begun_control_planes(inventory: Inventory, facts: Mapping[str, Facts]) -> list[str]:
    """Control planes on which a cluster was begun and is not whole."""
    return [
        host
        for host in inventory.control_planes
        if host in facts and facts[host].state == PARTIAL and facts[host].role == CONTROL_PLANE
    ]


def first_control_plane(inventory: Inventory, facts: Mapping[str, Facts]) -> str:
    """The control plane that speaks for the cluster, "" if there is none.

    One that exists, else one where it was begun (a second cluster beside its data would be a loss), else the first of
    the group.
    """
    existing = existing_control_planes(inventory, facts)
    candidates = existing or begun_control_planes(inventory, facts) or list(inventory.control_planes)
    return candidates[0] if candidates else ""


def action_of(
    inventory: Inventory, facts: Mapping[str, Facts], host: str, first: str, initialized: bool, changes: bool = False
) -> str:
    """What the host is to do now; `changes`: whether its configuration has to change."""
    if host not in facts or host not in inventory.nodes:
        return NO_ACTION
    if facts[host].state == COMPLETE:
        change = CHANGE_CONTROL_PLANE if inventory.is_control_plane(host) else CHANGE_WORKER
        return change if changes else NO_ACTION
    if not inventory.is_control_plane(host):
        return JOIN_WORKER
    return INIT if host == first and not initialized else JOIN_CONTROL_PLANE


def flannel_images(inventory: Inventory) -> list[str]:
    """The pod network's images, when the collection brings the pod network."""
    if inventory.text("kube_network_plugin") != "flannel":
        return []
    image = inventory.text("kube_flannel_image").replace("{version}", inventory.text("kube_flannel_version"))
    return [image, inventory.text("kube_flannel_cni_plugin_image")]


def sandbox_image(inventory: Inventory, parts: versions.Components) -> str:
    """The pause image, which containerd and kubeadm must agree on."""
    chosen = inventory.text("kube_sandbox_image")
    return chosen or f"{image_repository(inventory)}/pause:{parts.pause}"


def image_repository(inventory: Inventory) -> str:
    """The registry of Kubernetes' own images."""
    custom = text(inventory.mapping("kube_cluster_configuration"), "imageRepository")
    return custom or inventory.text("kube_image_repository")


def _coredns_image(inventory: Inventory, parts: versions.Components) -> str:
    """kubeadm's GetDNSImage: the path has a second `coredns` only in Kubernetes' own registry."""
    dns = mapping(inventory.mapping("kube_cluster_configuration"), "dns")
    repository = text(dns, "imageRepository") or image_repository(inventory)
    path = "coredns/coredns" if repository == _KUBERNETES_REGISTRY else "coredns"
    return "{}/{}:{}".format(repository, path, text(dns, "imageTag") or parts.coredns)


def _etcd_image(inventory: Inventory, parts: versions.Components) -> str:
    local = mapping(mapping(inventory.mapping("kube_cluster_configuration"), "etcd"), "local")
    repository = text(local, "imageRepository") or image_repository(inventory)
    return "{}/etcd:{}".format(repository, text(local, "imageTag") or parts.etcd)


def images(inventory: Inventory) -> dict[str, list[str]]:
    """Every image a host of each role needs before kubeadm runs, so that all hosts pull at once beforehand.

    CoreDNS and the pod network run on any node. Empty for a version that the table does not have.
    """
    version = versions.parse(inventory.text("kube_version"))
    parts = versions.components(version) if version else None
    if version is None or parts is None:
        return {"control_plane": [], "worker": []}
    repository = image_repository(inventory)
    everywhere = [
        f"{repository}/kube-proxy:v{version}",
        sandbox_image(inventory, parts),
        _coredns_image(inventory, parts),
        *flannel_images(inventory),
    ]
    control_plane = [
        f"{repository}/{name}:v{version}" for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    ]
    if not inventory.etcd_hosts:
        control_plane.append(_etcd_image(inventory, parts))
    return {"control_plane": control_plane + everywhere, "worker": everywhere}


def version_data(inventory: Inventory) -> dict[str, object]:
    """Versions and the names derived from them."""
    version = versions.parse(inventory.text("kube_version"))
    parts = versions.components(version) if version else None
    return {
        "kubernetes": str(version) if version else "",
        "minor": version.line if version else "",
        "etcd": parts.etcd if parts else "",
        "coredns": parts.coredns if parts else "",
        "pause": parts.pause if parts else "",
        "sandbox_image": sandbox_image(inventory, parts) if parts else inventory.text("kube_sandbox_image"),
    }


def vip_interface(inventory: Inventory, host: str, address: str, facts: Facts | None) -> tuple[str, int]:
    """The interface and prefix length for the virtual address on one load balancer host.

    The interface is the one asked for, else the one with the node address; the prefix is that of the subnet on it
    that has the virtual address, else a host's own (32 or 128).
    """
    wanted = parse_address(inventory.text("kube_api_vip"))
    carrier = facts.interface_of(address) if facts else None
    interface = inventory.text("kube_api_vip_interface", host) or (carrier.interface if carrier else "")
    if wanted is None:
        return interface, 0
    for candidate in facts.addresses if facts else ():
        if (
            candidate.interface == interface
            and candidate.ip != wanted
            and in_subnet(str(wanted), candidate.address, candidate.prefix)
        ):
            return interface, candidate.prefix
    return interface, wanted.max_prefixlen


def external_etcd(inventory: Inventory, addresses: Mapping[str, str]) -> dict[str, Any]:
    """Members of external etcd and where clients reach them; no members when kubeadm runs etcd itself."""
    members = [
        {
            "host": host,
            "name": host,
            "address": addresses.get(host, ""),
            "client_url": f"https://{endpoints.join_host_port(addresses.get(host, ''), _ETCD_CLIENT_PORT)}",
            "peer_url": f"https://{endpoints.join_host_port(addresses.get(host, ''), _ETCD_PEER_PORT)}",
        }
        for host in inventory.etcd_hosts
    ]
    return {
        "external": bool(members),
        "version": inventory.text("kube_etcd_version") or default_version(inventory.text("kube_version")),
        "members": members,
        "endpoints": [member["client_url"] for member in members],
    }


def load_balancer(
    inventory: Inventory, facts: Mapping[str, Facts], addresses: Mapping[str, str], kind: str
) -> dict[str, object]:
    """Data of haproxy and keepalived: who runs them, on which address and port, in front of what."""
    local = kind == endpoints.LOCAL
    port = "kube_local_load_balancer_port" if local else "kube_load_balancer_port"
    vip = inventory.text("kube_api_vip")
    return {
        "hosts": list(inventory.nodes if local else inventory.load_balancers),
        "backends": endpoints.backends(inventory, addresses),
        "bind_address": "127.0.0.1" if local else "",
        "bind_port": inventory.number(port),
        "vip": vip,
        "vip_router_id": inventory.number("kube_api_vip_router_id"),
        "vip_hosts": _vip_hosts(inventory, facts, addresses) if vip else {},
    }


def _vip_hosts(
    inventory: Inventory, facts: Mapping[str, Facts], addresses: Mapping[str, str]
) -> dict[str, dict[str, object]]:
    """keepalived's data of each load balancer host; the first of the group has the highest priority."""
    result: dict[str, dict[str, object]] = {}
    for place, host in enumerate(inventory.load_balancers):
        interface, prefix = vip_interface(inventory, host, addresses.get(host, ""), facts.get(host))
        result[host] = {
            "vip_interface": interface,
            "vip_prefix": prefix,
            "priority": _HIGHEST_PRIORITY - place,
            "address": addresses.get(host, ""),
            "peers": [addresses.get(peer, "") for peer in inventory.load_balancers if peer != host],
        }
    return result


def roles_of(inventory: Inventory, host: str) -> list[str]:
    """The roles of a host; worker means a node that is not a control plane."""
    roles = {
        "control_plane": inventory.is_control_plane(host),
        "worker": host in inventory.workers,
        "load_balancer": host in inventory.load_balancers,
        "etcd": host in inventory.etcd_hosts,
    }
    return [role for role, has in roles.items() if has]


def host_plan(
    inventory: Inventory, facts: Mapping[str, Facts], host: str, first: str, initialized: bool, changes: bool
) -> dict[str, object]:
    """What one host is, is called and is to do."""
    addresses = node_addresses(inventory, host, facts.get(host))
    own = facts.get(host)
    return {
        "node_name": inventory.node_name(host),
        "node_ip": addresses[0] if addresses else "",
        "node_ips": addresses,
        "roles": roles_of(inventory, host),
        "state": own.state if own else UNKNOWN,
        "action": action_of(inventory, facts, host, first, initialized, changes),
        # what a finished join only left behind is removed by itself: there is a healthy member not to be cleaned
        "clean": own is not None and own.state == PARTIAL and not own.leftovers and host in inventory.nodes,
        "schedulable": inventory.takes_pods(host),
    }


def nodes(inventory: Inventory, facts: Mapping[str, Facts]) -> list[dict[str, object]]:
    """The Node objects as kube_node wants them, of hosts that were asked: others may have none.

    Workers have no control-plane taint to decide about.
    """
    result: list[dict[str, object]] = []
    for host in (host for host in inventory.nodes if host in facts):
        node: dict[str, object] = {
            "name": inventory.node_name(host),
            "labels": {key: str(value) for key, value in inventory.mapping("kube_node_labels", host).items()},
            "taints": inventory.records("kube_node_taints", host),
        }
        if inventory.is_control_plane(host):
            node["control_plane_taint"] = not inventory.takes_pods(host)
        result.append(node)
    return result


def make(inventory: Inventory, facts: Mapping[str, Facts]) -> dict[str, object]:
    """The whole plan.

    `facts` has the hosts that were asked and answered, as `judged` made them; others stay `unknown` and do nothing.
    """
    existing = existing_control_planes(inventory, facts)
    first = first_control_plane(inventory, facts)
    addresses = first_addresses(inventory, facts)
    endpoint = endpoints.decide(inventory, addresses, inventory.control_planes[0] if inventory.control_planes else "")
    sans = api_server_sans(
        [],  # their own names are in their own certificates: so the list stays when control planes come and go
        str(endpoint),
        inventory.text("kube_api_vip"),
        [{"name": host, "address": addresses[host]} for host in inventory.load_balancers],
        inventory.strings("kube_cert_extra_sans"),
    )
    administrators = endpoints.administrators_host(inventory, facts)
    etcd = external_etcd(inventory, addresses)
    servers = configuring.etcd_servers(etcd["members"], facts[first].cluster_configuration if existing else {})
    changing = configuring.hosts(inventory, facts, first if existing else "", sans, servers)
    return {
        "first_control_plane": first,
        "initialized": bool(existing),
        "endpoint": str(endpoint),
        "endpoint_kind": endpoint.kind,
        "admin_endpoint": str(endpoints.administrators(inventory, endpoint, addresses, administrators)),
        "admin_host": administrators,
        "api_server_sans": sans,
        "configuration": configuring.documents(inventory, sans, servers),
        "ca_cert_hash": (facts[first].ca_sha256 or None) if existing else None,
        "images": images(inventory),
        "load_balancer": load_balancer(inventory, facts, addresses, endpoint.kind),
        "etcd": {**etcd, "snapshot_hosts": configuring.snapshot_hosts(inventory, facts)},
        "versions": version_data(inventory),
        "nodes": nodes(inventory, facts),
        "hosts": {
            host: host_plan(inventory, facts, host, first, bool(existing), host in changing) for host in inventory.hosts
        },
    }
