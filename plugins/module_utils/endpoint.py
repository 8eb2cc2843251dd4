# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the Kubernetes API is reached: one of five kinds, decided by what the inventory has."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple

from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, parse_address

USER = "user"
VIP = "vip"
LOAD_BALANCER = "load_balancer"
LOCAL = "local"
DIRECT = "direct"


class Endpoint(NamedTuple):
    """An endpoint: its kind, its host (a name or an address without brackets) and its port."""

    kind: str
    host: str
    port: int

    def __str__(self) -> str:
        return join_host_port(self.host, self.port)


class BadPort(ValueError):
    """An endpoint whose port is none."""


def join_host_port(host: str, port: int) -> str:
    """``host:port``, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split_host_port(value: str) -> tuple[str, int]:
    """Read ``name:6443``, ``10.0.0.1:6443`` or ``[fd00::1]:6443``.

    Raises ValueError that says what is wrong, BadPort when it is the port.
    """
    host, colon, port = value.rpartition(":")
    if not colon or not host:
        raise ValueError("must be host:port")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host:
            raise ValueError("only an IPv6 address stands in brackets")
    elif ":" in host:
        raise ValueError("an IPv6 address must stand in brackets, [address]:port")
    if not (port.isascii() and port.isdigit()) or not 1 <= int(port) <= 65535:
        raise BadPort("has no port: a port must be 1-65535")
    return host, int(port)


def kind_of(inventory: Inventory) -> str:
    """Which kind of endpoint the inventory asks for."""
    if inventory.text("kube_api_endpoint"):
        return USER
    if inventory.load_balancers:
        return VIP if inventory.text("kube_api_vip") else LOAD_BALANCER
    return LOCAL if len(inventory.control_planes) > 1 else DIRECT


def decide(inventory: Inventory, addresses: Mapping[str, str], first: str) -> Endpoint:
    """The endpoint of the cluster.

    `addresses` is each host's node address as far as it is known, `first` the first control plane. The host part is
    "" where an address it needs is not known yet. Raises ValueError for a kube_api_endpoint that is no endpoint.
    """
    kind = kind_of(inventory)
    if kind == USER:
        host, port = split_host_port(inventory.text("kube_api_endpoint"))
        return Endpoint(kind, host, port)
    if kind == VIP:
        return Endpoint(kind, inventory.text("kube_api_vip"), inventory.number("kube_load_balancer_port"))
    if kind == LOAD_BALANCER:
        address = addresses.get(inventory.load_balancers[0], "")
        return Endpoint(kind, address, inventory.number("kube_load_balancer_port"))
    if kind == LOCAL:
        return Endpoint(kind, "127.0.0.1", inventory.number("kube_local_load_balancer_port"))
    return Endpoint(kind, addresses.get(first, ""), inventory.number("kube_api_port"))


def administrators_host(inventory: Inventory, asked: Container[str]) -> str:
    """The control plane whose kubeconfig the administrator gets, "" if none was asked.

    The first of the group, also where it is yet to join and another one speaks for the cluster: the next run, in which
    it speaks itself, must not find another file.
    """
    return next((host for host in inventory.control_planes if host in asked), "")


def administrators(inventory: Inventory, endpoint: Endpoint, addresses: Mapping[str, str], host: str) -> Endpoint:
    """The endpoint of the administrator's kubeconfig: the cluster's own, unless that is local to every node."""
    if endpoint.kind != LOCAL:
        return endpoint
    return Endpoint(DIRECT, addresses.get(host, ""), inventory.number("kube_api_port"))


def backends(inventory: Inventory, addresses: Mapping[str, str]) -> list[dict[str, object]]:
    """The API servers behind haproxy, in the order of the group; all of them from the start (kubeadm#1353)."""
    port = inventory.number("kube_api_port")
    return [
        {"name": inventory.node_name(host), "address": addresses.get(host, ""), "port": port}
        for host in inventory.control_planes
    ]


def is_loopback(host: str) -> bool:
    """Whether an endpoint's host is reachable on the machine itself only."""
    address = parse_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)
