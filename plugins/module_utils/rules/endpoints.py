# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The API's endpoint, its ports, the virtual address, and the names in its certificate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils import endpoint as endpoints
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, parse_address
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about, is_dns_name
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show

PORTS = ("kube_api_port", "kube_load_balancer_port", "kube_local_load_balancer_port")
NODE_PORTS = {
    2379: "etcd",
    2380: "etcd",
    2381: "etcd",
    10248: "the kubelet",
    10249: "kube-proxy",
    10250: "the kubelet",
    10256: "kube-proxy",
    10257: "the controller manager",
    10259: "the scheduler",
}
"""Ports that components of Kubernetes listen on, by default, on nodes."""

_SERVICE_PORTS = range(30000, 32768)
_INTERFACE = re.compile(r"[^\s/]{1,15}")
_ADDRESS_LIKE = re.compile(r"[0-9.]+")


def user_endpoint(inventory: Inventory) -> endpoints.Endpoint | None:
    """The endpoint that the user brings, None when there is none or it is malformed."""
    text = inventory.text("kube_api_endpoint")
    if not text:
        return None
    try:
        return endpoints.Endpoint(endpoints.USER, *endpoints.split_host_port(text))
    except ValueError:
        return None


def form(inventory: Inventory) -> Iterator[Finding]:
    """The user's endpoint is host:port, and its host a name or an address."""
    text = inventory.text("kube_api_endpoint")
    fix = "write host:port, such as api.example.com:6443 or [fd00::1]:6443"
    if not text:
        return
    try:
        host, _port = endpoints.split_host_port(text)
    except endpoints.BadPort as error:
        yield about(inventory, "0403", "kube_api_endpoint", str(error), fix)
    except ValueError as error:
        yield about(inventory, "0401", "kube_api_endpoint", str(error), fix)
    else:
        if parse_address(host) is None and (_ADDRESS_LIKE.fullmatch(host) or not is_dns_name(host)):
            yield about(inventory, "0401", "kube_api_endpoint", "has a host that is neither address nor DNS name", fix)


def ports(inventory: Inventory) -> Iterator[Finding]:
    """Ports are 1-65535 and not taken by what runs on every node."""
    kind = endpoints.kind_of(inventory)
    for name in PORTS:
        port = inventory.number(name)
        if not 1 <= port <= 65535:
            yield about(inventory, "0403", name, "is no port: a port must be 1-65535", "write a port, such as 6443")
        elif not _listens_on_nodes(inventory, name, kind):
            continue
        elif port in NODE_PORTS:
            wrong = f"is the port of {NODE_PORTS[port]} on nodes"
            yield about(inventory, "0415", name, wrong, "choose another port, such as 6443 or 8443")
        elif port in _SERVICE_PORTS:
            wrong = "lies in 30000-32767, from which Kubernetes gives ports to services"
            yield about(inventory, "0417", name, wrong, "choose a port outside, such as 6443 or 8443")


def _listens_on_nodes(inventory: Inventory, name: str, kind: str) -> bool:
    if name == "kube_load_balancer_port":
        return any(host in inventory.nodes for host in inventory.load_balancers)
    return name == "kube_api_port" or kind == endpoints.LOCAL


def virtual_address(inventory: Inventory) -> Iterator[Finding]:
    """The virtual address is one, is free, and there are hosts to carry it."""
    text = inventory.text("kube_api_vip")
    if not text:
        return
    address = parse_address(text)
    if address is None or address.is_loopback or address.is_multicast or address.is_unspecified:
        wrong = "is not an address that a host can carry"
        yield about(inventory, "0404", "kube_api_vip", wrong, "write a free address of the load balancers' subnet")
    if not inventory.load_balancers:
        fix = "add hosts to load_balancer, or set kube_api_endpoint instead if the address is not this collection's"
        yield about(inventory, "0402", "kube_api_vip", "needs hosts in the group load_balancer", fix)
    for host in inventory.hosts:
        if address is not None and address in [parse_address(own) for own in inventory.declared_addresses(host)]:
            wrong = f"is the own address of {host}"
            yield about(inventory, "0408", "kube_api_vip", wrong, "choose a free address of the load balancers' subnet")


def router_id(inventory: Inventory) -> Iterator[Finding]:
    """VRRP has one byte for it."""
    if not 1 <= inventory.number("kube_api_vip_router_id") <= 255:
        wrong = "must be 1-255 and unique in the network"
        yield about(inventory, "0410", "kube_api_vip_router_id", wrong, "write a number from 1 to 255")


def interface_name(inventory: Inventory) -> Iterator[Finding]:
    """Linux names interfaces with at most 15 characters."""
    for host in inventory.load_balancers:
        name = inventory.text("kube_api_vip_interface", host)
        if name and not _INTERFACE.fullmatch(name):
            wrong = "is no name of an interface: 1-15 characters without blanks and slashes"
            fix = "write one, such as eth0, or leave it out"
            yield about(inventory, "0416", "kube_api_vip_interface", wrong, fix, host=host)


def single_point(inventory: Inventory) -> Iterator[Finding]:
    """With several control planes, the endpoint is not one of them."""
    endpoint = user_endpoint(inventory)
    if endpoint is None:
        return
    if endpoints.is_loopback(endpoint.host):
        wrong = "is a loopback address, which is another machine on every host"
        fix = "leave it out: without load balancers every node gets its own local one"
        yield about(inventory, "0411", "kube_api_endpoint", wrong, fix)
    address = parse_address(endpoint.host)
    for host in inventory.control_planes if len(inventory.control_planes) > 1 else ():
        names = {host, inventory.node_name(host), inventory.plain_text(host, "ansible_host")}
        own = [parse_address(text) for text in inventory.declared_addresses(host)]
        if endpoint.host in names or (address is not None and address in own):
            fix = "use a virtual address or a load balancer"
            yield about(inventory, "0407", "kube_api_endpoint", f"is {host} itself: no fail-over", fix)


def two_addresses(inventory: Inventory) -> Iterator[Finding]:
    """An endpoint that is an address other than the virtual one leaves the virtual one unused."""
    endpoint = user_endpoint(inventory)
    vip = parse_address(inventory.text("kube_api_vip"))
    own = parse_address(endpoint.host) if endpoint else None
    if vip is not None and own is not None and vip != own:
        wrong = f"is another address than kube_api_vip {vip}, which nothing would use"
        yield about(inventory, "0414", "kube_api_endpoint", wrong, "remove one of them")


def certificate_names(inventory: Inventory) -> Iterator[Finding]:
    """Names in the certificate are addresses or DNS names; a wildcard stands for the first label only."""
    for name in inventory.strings("kube_cert_extra_sans"):
        plain = name[2:] if name.startswith("*.") else name
        is_address = parse_address(name) is not None
        if not is_address and (_ADDRESS_LIKE.fullmatch(plain) or not is_dns_name(plain.lower())):
            yield about(
                inventory,
                "0413",
                "kube_cert_extra_sans",
                "is neither an IP address nor a DNS name",
                "write names such as api.example.com or *.example.com, without port and scheme",
                seen=show(name),
            )


RULES = (
    Rule("0401", form),
    Rule("0403", ports),
    Rule("0404", virtual_address),
    Rule("0410", router_id),
    Rule("0416", interface_name),
    Rule("0407", single_point),
    Rule("0414", two_addresses),
    Rule("0413", certificate_names),
)
