# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pod and service ranges: their form, their size, and what must not lie in them.

Bounds are kubeadm's own: a service range of 10 addresses to 20 bits, a node range at most 16 bits below the pod range.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import (
    Inventory,
    IPNetwork,
    parse_address,
    split_list,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about, nested
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show

POD = "kube_pod_subnet"
SERVICE = "kube_service_subnet"
RANGES = (POD, SERVICE)

_EXAMPLES = {POD: "10.244.0.0/16", SERVICE: "10.96.0.0/12"}
_SERVICE_LENGTHS = {4: (12, 28), 6: (108, 124)}
_MASK_VARIABLES = {4: "kube_node_cidr_mask", 6: "kube_node_cidr_mask_ipv6"}
_LARGEST_DIFFERENCE = 16
_DEFAULT_PODS = 110
_SET_ASIDE = tuple(
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/127", "fe80::/10", "ff00::/8")
)


def overlap(first: IPNetwork, second: IPNetwork) -> bool:
    """Whether two ranges of any family have an address in common."""
    if isinstance(first, ipaddress.IPv4Network):
        return isinstance(second, ipaddress.IPv4Network) and first.overlaps(second)
    return isinstance(second, ipaddress.IPv6Network) and first.overlaps(second)


def networks(inventory: Inventory, name: str) -> tuple[IPNetwork, ...]:
    """The ranges of one of the two variables."""
    return inventory.pod_networks() if name == POD else inventory.service_networks()


def form(inventory: Inventory) -> Iterator[Finding]:
    """One or two ranges, each written as network/length, two of them of different families."""
    for name in RANGES:
        parts = split_list(inventory.text(name))
        for part in parts:
            problem = _form_problem(part)
            if problem:
                wrong, fix = problem
                yield about(inventory, "0301", name, wrong, fix, seen=show(part))
        if not 1 <= len(parts) <= 2:
            found = "is empty" if not parts else "has more than two ranges"
            fix = f"write one range, such as {_EXAMPLES[name]}, or one of each family"
            yield about(inventory, "0302", name, found, fix, seen=None if parts else "")
        families = [network.version for network in networks(inventory, name)]
        if len(parts) == 2 and families in ([4, 4], [6, 6]):
            wrong = f"lists two IPv{families[0]} ranges; dual stack wants one IPv4 and one IPv6"
            yield about(inventory, "0311", name, wrong, "remove one, or replace it by one of the other family")


def _form_problem(part: str) -> tuple[str, str] | None:
    try:
        network = ipaddress.ip_network(part, strict=False)
    except ValueError:
        return "is not a range", "write network/length, such as 10.244.0.0/16"
    address, slash, length = part.partition("/")
    if not slash:
        return "has no length", f"write {address}/16 or another length"
    if not length.isdigit():
        return "has a netmask for a length", f"write {network}"
    if str(network.network_address) != str(parse_address(address)):
        return "has bits set behind its length", f"write {network}"
    return None


def set_aside(inventory: Inventory) -> Iterator[Finding]:
    """Ranges that mean something else everywhere."""
    for name in RANGES:
        for network in networks(inventory, name):
            special = next((other for other in _SET_ASIDE if overlap(network, other)), None)
            if special is not None:
                wrong = f"overlaps {special}, which is set aside for something else"
                yield about(
                    inventory, "0315", name, wrong, f"choose another, e.g. {_EXAMPLES[name]}", seen=str(network)
                )


def disjoint(inventory: Inventory) -> Iterator[Finding]:
    """Pods and services have their own addresses."""
    for pod in inventory.pod_networks():
        for service in inventory.service_networks():
            if overlap(pod, service):
                name, outer, other, inner = (POD, pod, SERVICE, service)
                if pod.prefixlen > service.prefixlen:
                    name, outer, other, inner = SERVICE, service, POD, pod
                verb = "is the same as" if outer == inner else "contains"
                example = _EXAMPLES[POD] if name == POD else f"{_EXAMPLES[POD]} for {POD}"
                yield about(
                    inventory,
                    "0303",
                    name,
                    f"{verb} {other} {inner}",
                    f"choose ranges that do not overlap, e.g. {example}",
                    seen=str(outer),
                )


def hosts_outside(inventory: Inventory) -> Iterator[Finding]:
    """No host's own address, nor the virtual one, lies in a range."""
    ranges = [(name, network) for name in RANGES for network in networks(inventory, name)]
    own = [(host, text) for host in inventory.hosts for text in inventory.declared_addresses(host)]
    for host, text in [*own, ("kube_api_vip", inventory.text("kube_api_vip"))]:
        address = parse_address(text)
        for name, network in ranges:
            if address is not None and address in network:
                yield about(
                    inventory,
                    "0304",
                    name,
                    f"contains {text}, the address of {host}",
                    f"choose a range without the hosts' addresses, e.g. {_EXAMPLES[name]}",
                    seen=str(network),
                )


def service_size(inventory: Inventory) -> Iterator[Finding]:
    """At least 10 addresses, at most 20 bits for the host part."""
    for network in inventory.service_networks():
        shortest, longest = _SERVICE_LENGTHS[network.version]
        if not shortest <= network.prefixlen <= longest:
            wrong = f"has a length of /{network.prefixlen}; Kubernetes accepts /{shortest} to /{longest}"
            yield about(
                inventory, "0307", SERVICE, wrong, f"use a mask from /{shortest} to /{longest}", seen=str(network)
            )


def node_range(inventory: Inventory) -> Iterator[Finding]:
    """Each node gets a smaller range out of the pod range, and there is one for every node."""
    for network in inventory.pod_networks():
        name = _MASK_VARIABLES[network.version]
        mask = inventory.number(name)
        width = network.max_prefixlen
        if mask <= network.prefixlen or mask > width - 2:
            wrong = f"must be longer than the pod mask {network.prefixlen} and at most {width - 2}"
            fix = f"set it to {min(network.prefixlen + 8, width - 2)}, or use a larger {POD}"
            yield about(inventory, "0308", name, wrong, fix)
        elif mask - network.prefixlen > _LARGEST_DIFFERENCE:
            wrong = f"is more than 16 bits longer than the pod mask {network.prefixlen}"
            yield about(inventory, "0308", name, wrong, f"set it to at most {network.prefixlen + _LARGEST_DIFFERENCE}")
        elif len(inventory.nodes) > 1 << (mask - network.prefixlen):
            room = 1 << (mask - network.prefixlen)
            wrong = f"has room for {room} node ranges of /{mask}, but there are {len(inventory.nodes)} nodes"
            yield about(inventory, "0309", POD, wrong, f"use a larger range or a longer {name}", seen=str(network))


def pods_per_node(inventory: Inventory) -> Iterator[Finding]:
    """A node's range has an address for each of its pods."""
    name = "kube_kubelet_config"
    asked = nested(inventory.mapping(name), "maxPods")
    limit = asked if isinstance(asked, int) and not isinstance(asked, bool) else _DEFAULT_PODS
    for network in inventory.pod_networks():
        mask = inventory.number(_MASK_VARIABLES[network.version])
        if not network.prefixlen < mask <= network.max_prefixlen - 2:
            continue
        room = (1 << (network.max_prefixlen - mask)) - 2
        if limit <= room:
            continue
        wrong = f"needs more addresses than a /{mask} node range has ({room})"
        fix = f"lower maxPods in {name}, or shorten {_MASK_VARIABLES[network.version]}"
        if asked is not None:
            yield about(inventory, "0310", name, wrong, fix, seen=f"maxPods {limit}")
        else:
            yield about(inventory, "0317", name, wrong, f"set maxPods in {name} to {room}", seen=f"maxPods {limit}")


def families(inventory: Inventory) -> Iterator[Finding]:
    """Services have addresses of families that pods have."""
    pods = {network.version for network in inventory.pod_networks()}
    for network in inventory.service_networks():
        if pods and network.version not in pods:
            wrong = f"is IPv{network.version}, but {POD} has no such range"
            yield about(
                inventory, "0312", SERVICE, wrong, f"add an IPv{network.version} range to {POD}", seen=str(network)
            )


def node_families(inventory: Inventory) -> Iterator[Finding]:
    """A node whose address is given has one of a family that pods have."""
    pods = {network.version for network in inventory.pod_networks()}
    for host in inventory.nodes:
        declared = (parse_address(text) for text in inventory.declared_addresses(host))
        own = {address.version for address in declared if address is not None and not address.is_link_local}
        if pods and own and not own & pods:
            missing = min(pods)
            yield Finding(
                "0313",
                "",
                "",
                f"has no IPv{missing} address but {POD} has an IPv{missing} range only",
                f"set kube_node_ip to its IPv{missing} address",
                host,
                inventory.origin("kube_node_ip", host),
            )


def dns_address(inventory: Inventory) -> Iterator[Finding]:
    """The cluster's DNS has an address among the services, and not the first, which is the API's.

    A DNS cache on every node (NodeLocal DNSCache) listens on a link-local address.
    """
    name = "kube_kubelet_config"
    listed = nested(inventory.mapping(name), "clusterDNS")
    services = inventory.service_networks()
    for text in listed if isinstance(listed, list) else []:
        address = parse_address(str(text))
        inside = next((network for network in services if address is not None and address in network), None)
        if address is not None and inside is None and services and not address.is_link_local:
            wrong = f"is outside {SERVICE} {', '.join(str(network) for network in services)}"
        elif inside is not None and address == inside.network_address + 1:
            wrong = f"is the first address of {inside}, kept for the service 'kubernetes'"
        else:
            continue
        yield about(
            inventory,
            "0314",
            name,
            wrong,
            "leave clusterDNS out: kubeadm sets the tenth address",
            seen=f"clusterDNS {text}",
        )


RULES = (
    Rule("0301", form),
    Rule("0315", set_aside),
    Rule("0303", disjoint),
    Rule("0304", hosts_outside),
    Rule("0307", service_size),
    Rule("0308", node_range),
    Rule("0310", pods_per_node),
    Rule("0312", families),
    Rule("0313", node_families),
    Rule("0314", dns_address),
)
