# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Groups and hosts: who is there, how many, and whether one machine is to be two things at once."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils import endpoint as endpoints
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.form import own_groups
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, RawInventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about
from ansible_collections.quorum.kubernetes.plugins.module_utils.suggest import misspelt_groups

_MANY = 7


def misspelt(raw: RawInventory) -> Iterator[Finding]:
    """A group that means nothing here but looks like one that does."""
    for wrong, right in misspelt_groups(raw.groups, own_groups(raw)).items():
        yield Finding(
            "0116",
            "inventory",
            f"unknown group '{wrong}'",
            f"has hosts that are not in '{right}'",
            f"did you mean '{right}'? If not, name it in kube_own_groups",
        )


def control_planes(inventory: Inventory) -> Iterator[Finding]:
    """At least one control plane, an odd number, and not too many."""
    count = len(inventory.control_planes)
    if not count:
        present = "is empty" if "kube_control_plane" in inventory.groups else "is missing"
        yield Finding(
            "0101", "inventory", "group 'kube_control_plane'", present, "add it with 1, 3 or 5 hosts of your own"
        )
    elif count > _MANY:
        yield Finding("0103", "kube_control_plane", f"{count} hosts", "are more than 7", "use 3, 5 or 7 control planes")
    elif count % 2 == 0 and not inventory.etcd_hosts:
        wrong = f"tolerate the loss of {(count - 1) // 2}, as {count - 1} would"
        yield Finding("0102", "kube_control_plane", f"{count} hosts", wrong, f"use {count - 1} or {count + 1}")


def pods_have_a_place(inventory: Inventory) -> Iterator[Finding]:
    """Some host takes ordinary pods."""
    if inventory.control_planes and not inventory.groups.get("kube_node"):
        yield Finding(
            "0104",
            "inventory",
            "group 'kube_node'",
            "has no host, so that ordinary pods stay Pending",
            "add workers, or put control planes into kube_node too",
        )


def shared_port(inventory: Inventory) -> Iterator[Finding]:
    """haproxy and the API server on one host need two ports."""
    port = inventory.number("kube_load_balancer_port")
    for host in inventory.load_balancers:
        if inventory.is_control_plane(host) and port == inventory.number("kube_api_port"):
            yield about(
                inventory,
                "0110",
                "load_balancer",
                f"would bind {port} twice, for haproxy and for the API server",
                "set kube_load_balancer_port to another port, such as 8443, or use another host",
                host=host,
                seen="",
            )


def local_port(inventory: Inventory) -> Iterator[Finding]:
    """The local load balancer stands on the control planes too."""
    port = inventory.number("kube_local_load_balancer_port")
    if endpoints.kind_of(inventory) == endpoints.LOCAL and port == inventory.number("kube_api_port"):
        yield about(
            inventory,
            "0111",
            "kube_local_load_balancer_port",
            "is the API server's port too, and both listen on every control plane",
            "choose another port, such as 8443",
        )


def several_load_balancers(inventory: Inventory) -> Iterator[Finding]:
    """More than one load balancer needs an address that moves, or an endpoint of the user's in front."""
    count = len(inventory.load_balancers)
    if count > 1 and not inventory.text("kube_api_vip") and not inventory.text("kube_api_endpoint"):
        yield Finding(
            "0112",
            "kube_api_vip",
            f"{count} load balancers",
            "need kube_api_vip, the address that moves between them",
            "set kube_api_vip to a free address of their subnet",
        )


def loopback_hosts(inventory: Inventory) -> Iterator[Finding]:
    """A node that is reached under a loopback name has no address to tell others, unless it is given one."""
    for host in inventory.hosts:
        address = inventory.plain_text(host, "ansible_host")
        by_name = endpoints.is_loopback(host)
        if by_name or (endpoints.is_loopback(address) and not inventory.text("kube_node_ip", host)):
            shown = host if by_name else f"ansible_host {address}"
            yield Finding(
                "0113",
                "" if by_name else "ansible_host",
                f"host {shown}",
                "cannot be a cluster node",
                "name it by its own address" if by_name else "set kube_node_ip to its own address",
                host,
            )


def same_machine(inventory: Inventory) -> Iterator[Finding]:
    """Two names for one machine: the same address and port to connect to."""
    seen: dict[tuple[str, str], str] = {}
    for host in inventory.hosts:
        way = _connection(inventory, host)
        if way is None:
            continue
        other = seen.setdefault(way, host)
        if other != host:
            shown = f"ansible_host {way[0]}" if way[0] else "ansible_connection local"
            yield Finding(
                "0117", f"{other} and {host}", "", f"both have {shown}", "give each host its own address, or remove one"
            )


def _connection(inventory: Inventory, host: str) -> tuple[str, str] | None:
    if inventory.plain_text(host, "ansible_connection") == "local":
        return "", ""
    address = inventory.plain_text(host, "ansible_host")
    return (address, inventory.plain_text(host, "ansible_port") or "22") if address else None


RAW_RULES = (Rule("0116", misspelt),)
RULES = (
    Rule("0101", control_planes),
    Rule("0104", pods_have_a_place),
    Rule("0110", shared_port),
    Rule("0111", local_port),
    Rule("0112", several_load_balancers),
    Rule("0113", loopback_hosts),
    Rule("0117", same_machine),
)
