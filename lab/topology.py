# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The topologies, as data: which nodes there are, what they are for, and their addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import cycle

from lab.debian import Debian

CONTROL_PLANE = "kube_control_plane"
WORKER = "kube_node"
LOAD_BALANCER = "load_balancer"
ETCD = "etcd"
GROUPS = (LOAD_BALANCER, CONTROL_PLANE, WORKER, ETCD)

GATEWAY_HOST = 1
VIRTUAL_IP_HOST = 10
# The host part of a node's address: the first number of its kind, plus its number.
_FIRST_HOST = {"lb": 10, "cp": 20, "w": 30, "etcd": 40}


@dataclass(frozen=True)
class Node:
    """One machine: its name and the inventory groups it is in."""

    name: str
    groups: tuple[str, ...]

    @property
    def host_number(self) -> int:
        """Return the last number of the node's address."""
        kind = self.name.rstrip("0123456789")
        return _FIRST_HOST[kind] + int(self.name[len(kind) :])


@dataclass(frozen=True)
class Topology:
    """A shape of cluster."""

    name: str
    about: str
    nodes: tuple[Node, ...]
    sudo_password: bool = False
    virtual_ip: bool = False
    saves_etcd: bool = False

    def systems(self, releases: Sequence[Debian]) -> dict[str, Debian]:
        """Return what each node runs: the releases in turn, so that two of a kind differ where there are two."""
        return dict(zip((node.name for node in self.nodes), cycle(releases), strict=False))

    def node(self, name: str) -> Node | None:
        """Return the node of that name."""
        return next((node for node in self.nodes if node.name == name), None)


def _nodes(kind: str, count: int, *groups: str) -> tuple[Node, ...]:
    return tuple(Node(f"{kind}{number}", groups) for number in range(1, count + 1))


TOPOLOGIES = {
    topology.name: topology
    for topology in (
        Topology("single", "one control plane that takes pods", _nodes("cp", 1, CONTROL_PLANE, WORKER)),
        Topology(
            "small",
            "a control plane and a worker, sudo with a password",
            _nodes("cp", 1, CONTROL_PLANE) + _nodes("w", 1, WORKER),
            sudo_password=True,
        ),
        Topology(
            "pair",
            "a control plane that takes pods, and a machine with the load balancer and the member of etcd",
            _nodes("lb", 1, LOAD_BALANCER, ETCD) + _nodes("cp", 1, CONTROL_PLANE, WORKER),
        ),
        Topology(
            "ha",
            "two load balancers with a keepalived address, three control planes, two workers",
            _nodes("lb", 2, LOAD_BALANCER) + _nodes("cp", 3, CONTROL_PLANE) + _nodes("w", 2, WORKER),
            virtual_ip=True,
        ),
        Topology(
            "life",
            "two load balancers with a keepalived address, machines for five control planes, two workers",
            _nodes("lb", 2, LOAD_BALANCER) + _nodes("cp", 5, CONTROL_PLANE) + _nodes("w", 2, WORKER),
            virtual_ip=True,
        ),
        Topology(
            "local-lb",
            "three control planes saved by timers and a worker, a load balancer on every node",
            _nodes("cp", 3, CONTROL_PLANE) + _nodes("w", 1, WORKER),
            saves_etcd=True,
        ),
        Topology(
            "external-etcd",
            "one load balancer, two control planes, three etcd members saved by timers, a worker",
            _nodes("lb", 1, LOAD_BALANCER)
            + _nodes("cp", 2, CONTROL_PLANE)
            + _nodes("etcd", 3, ETCD)
            + _nodes("w", 1, WORKER),
            saves_etcd=True,
        ),
        Topology(
            "five-etcd",
            "the same with five etcd members",
            _nodes("lb", 1, LOAD_BALANCER)
            + _nodes("cp", 2, CONTROL_PLANE)
            + _nodes("etcd", 5, ETCD)
            + _nodes("w", 1, WORKER),
            saves_etcd=True,
        ),
    )
}


def address(network: IPv4Network, host_number: int) -> str:
    """Return the address with that last number in a cluster's network."""
    return str(network.network_address + host_number)
