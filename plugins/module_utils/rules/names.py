# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names and addresses of nodes, the cluster's name and domain, labels and taints."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, parse_address, split_list
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about, is_dns_name
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show, type_name

_CLUSTER_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LOOKS_LIKE_ADDRESS = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


def node_names(inventory: Inventory) -> Iterator[Finding]:
    """Names of nodes are DNS names in lower case (RFC 1123): the API server refuses others."""
    for host in inventory.nodes:
        name = inventory.node_name(host)
        declared = inventory.text("kube_node_name", host)
        subject = "kube_node_name" if declared else "node name"
        file = inventory.origin("kube_node_name", host) if declared else ""
        way = "" if declared else ", or set kube_node_name"
        plain = _plain_name(name)
        fix = (f"write '{plain}'" if is_dns_name(plain) else "give it another name") + way
        for code, wrong in _name_problems(name):
            yield Finding(code, subject, show(name), wrong, fix, host, file)


def _name_problems(name: str) -> Iterator[tuple[str, str]]:
    if name != name.lower():
        yield "0201", "must be lower case (RFC 1123)"
    lower = name.lower()
    if re.search(r"[^a-z0-9.-]", lower):
        yield "0202", "may only have a-z, 0-9, '-' and '.'"
    elif not is_dns_name(lower):
        yield "0203", "is no name: each label is 1-63 characters, starts and ends with a letter or digit; 253 in all"


def _plain_name(name: str) -> str:
    labels = (re.sub(r"[^a-z0-9-]", "-", label).strip("-") for label in name.lower().split("."))
    return ".".join(label for label in labels if label)


def same_names(inventory: Inventory) -> Iterator[Finding]:
    """Two hosts with one node name would take each other's Node object."""
    seen: dict[str, str] = {}
    for host in inventory.nodes:
        name = inventory.node_name(host)
        other = seen.setdefault(name, host)
        if other != host:
            yield about(
                inventory,
                "0204",
                "kube_node_name",
                f"is the name of {other} too",
                "give each host its own",
                host=host,
                seen=show(name),
            )


def cluster_name(inventory: Inventory) -> Iterator[Finding]:
    """The cluster's name is part of file names and kubeconfig contexts."""
    if not _CLUSTER_NAME.fullmatch(inventory.text("kube_cluster_name")):
        yield about(
            inventory,
            "0206",
            "kube_cluster_name",
            "must be 1-63 letters, digits, '.', '_' or '-', and begin and end with a letter or digit",
            "write a plain name, such as 'production'",
        )


def dns_domain(inventory: Inventory) -> Iterator[Finding]:
    """The domain is one that CoreDNS and kubelets accept."""
    if not is_dns_name(inventory.text("kube_dns_domain")):
        yield about(
            inventory,
            "0212",
            "kube_dns_domain",
            "is not a DNS name in lower case",
            "write one, such as 'cluster.local'",
        )


def addresses(inventory: Inventory) -> Iterator[Finding]:
    """What is written as an address is one, and one that other nodes can reach; at most one of each family."""
    for host in inventory.hosts:
        name = "kube_node_ip" if inventory.text("kube_node_ip", host) else "ansible_host"
        families: list[int] = []
        for text in _written_addresses(inventory, host):
            address = parse_address(text)
            problem = _address_problem(text)
            if problem:
                code, wrong, fix = problem
                yield about(inventory, code, name, wrong, fix, host=host, seen=show(text))
            if address is not None:
                families.append(address.version)
        if len(families) != len(set(families)):
            yield about(
                inventory,
                "0215",
                name,
                "has two addresses of the same family",
                "write one address, or one IPv4 and one IPv6 address with a comma",
                host=host,
            )


def _written_addresses(inventory: Inventory, host: str) -> list[str]:
    declared = inventory.text("kube_node_ip", host)
    if declared:
        return split_list(declared) or [declared]
    connect = inventory.plain_text(host, "ansible_host")
    return [connect] if _LOOKS_LIKE_ADDRESS.fullmatch(connect) and not _is_loopback(connect) else []


def _is_loopback(text: str) -> bool:
    address = parse_address(text)
    return address is not None and address.is_loopback


def _address_problem(text: str) -> tuple[str, str, str] | None:
    address = parse_address(text)
    if address is None:
        return "0209", "is not an IP address", "write an address of the host, such as 10.0.0.11"
    kinds = (
        (address.is_loopback, "a loopback address"),
        (address.is_unspecified, "the unspecified address"),
        (address.is_link_local, "a link-local address"),
        (address.is_multicast, "a multicast address"),
    )
    kind = next((name for applies, name in kinds if applies), "")
    if kind:
        return "0208", f"is {kind} and cannot be used as a node address", "write an address that other nodes reach"
    return None


def same_addresses(inventory: Inventory) -> Iterator[Finding]:
    """Two hosts with one node address; those with the same ansible_host have a finding of their own."""
    seen: dict[str, str] = {}
    for host in inventory.hosts:
        for text in inventory.declared_addresses(host):
            address = str(parse_address(text) or "")
            other = seen.setdefault(address, host) if address else host
            if other != host and _chosen(inventory, host, other):
                yield about(
                    inventory,
                    "0211",
                    "kube_node_ip",
                    f"is the address of {other} too",
                    "give each host its own address",
                    host=host,
                    seen=show(address),
                )


def _chosen(inventory: Inventory, *hosts: str) -> bool:
    return any(inventory.text("kube_node_ip", host) for host in hosts)


def labels(inventory: Inventory) -> Iterator[Finding]:
    """Labels have the form the API server wants."""
    for host in inventory.nodes:
        for key, value in inventory.mapping("kube_node_labels", host).items():
            problem = _key_problem(key) or _label_value_problem(value)
            if problem:
                yield about(
                    inventory,
                    "0213",
                    "kube_node_labels",
                    problem,
                    "write [prefix/]name: 'value', the value at most 63 letters, digits, '-', '_' and '.'",
                    host=host,
                    seen=f"label {show(key)}",
                )


def taints(inventory: Inventory) -> Iterator[Finding]:
    """Taints have the form the API server wants."""
    for host in inventory.nodes:
        for taint in inventory.records("kube_node_taints", host):
            key = str(taint.get("key", ""))
            value = taint.get("value")
            problem = _key_problem(key) or (_label_value_problem(value) if value is not None else "")
            if problem:
                yield about(
                    inventory,
                    "0214",
                    "kube_node_taints",
                    problem,
                    "write key: [prefix/]name and a value of at most 63 letters, digits, '-', '_' and '.'",
                    host=host,
                    seen=f"taint {show(key)}",
                )


def _key_problem(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    if slash and not is_dns_name(prefix):
        return f"has the prefix {show(prefix)}, which is no DNS name"
    return "" if _LABEL_NAME.fullmatch(name) else f"has the name {show(name)}, which is no label name"


def _label_value_problem(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return f"has a value that is a {type_name(value)}, not a string"
    text = str(value)
    return "" if not text or _LABEL_NAME.fullmatch(text) else f"has the value {show(text)}, which is no label value"


RULES = (
    Rule("0203", node_names),
    Rule("0204", same_names),
    Rule("0206", cluster_name),
    Rule("0212", dns_domain),
    Rule("0209", addresses),
    Rule("0211", same_addresses),
    Rule("0213", labels),
    Rule("0214", taints),
)
