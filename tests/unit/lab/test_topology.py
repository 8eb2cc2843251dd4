# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The topologies have the machines that the documentation promises, each with an address of its own."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from lab.debian import DEBIAN_12, DEBIAN_13, SYSTEMS
from lab.topology import CONTROL_PLANE, ETCD, GATEWAY_HOST, LOAD_BALANCER, TOPOLOGIES, VIRTUAL_IP_HOST, WORKER, address

EXPECTED = {
    "single": {LOAD_BALANCER: 0, CONTROL_PLANE: 1, WORKER: 1, ETCD: 0},
    "small": {LOAD_BALANCER: 0, CONTROL_PLANE: 1, WORKER: 1, ETCD: 0},
    "pair": {LOAD_BALANCER: 1, CONTROL_PLANE: 1, WORKER: 1, ETCD: 1},
    "ha": {LOAD_BALANCER: 2, CONTROL_PLANE: 3, WORKER: 2, ETCD: 0},
    "life": {LOAD_BALANCER: 2, CONTROL_PLANE: 5, WORKER: 2, ETCD: 0},
    "local-lb": {LOAD_BALANCER: 0, CONTROL_PLANE: 3, WORKER: 1, ETCD: 0},
    "external-etcd": {LOAD_BALANCER: 1, CONTROL_PLANE: 2, WORKER: 1, ETCD: 3},
    "five-etcd": {LOAD_BALANCER: 1, CONTROL_PLANE: 2, WORKER: 1, ETCD: 5},
}


def test_every_topology_is_described() -> None:
    assert set(TOPOLOGIES) == set(EXPECTED)


@pytest.mark.parametrize(("name", "counts"), EXPECTED.items())
def test_groups_have_their_members(name: str, counts: dict[str, int]) -> None:
    nodes = TOPOLOGIES[name].nodes
    assert {group: sum(group in node.groups for node in nodes) for group in counts} == counts


@pytest.mark.parametrize("name", EXPECTED)
def test_addresses_differ_and_leave_the_gateway_and_the_virtual_address_alone(name: str) -> None:
    numbers = [node.host_number for node in TOPOLOGIES[name].nodes]
    assert len({*numbers, GATEWAY_HOST, VIRTUAL_IP_HOST}) == len(numbers) + 2


def test_the_single_machine_is_control_plane_and_worker() -> None:
    assert TOPOLOGIES["single"].nodes[0].groups == (CONTROL_PLANE, WORKER)


def test_only_small_asks_for_a_sudo_password_and_only_ha_has_a_virtual_address() -> None:
    assert [name for name, topology in TOPOLOGIES.items() if topology.sudo_password] == ["small"]
    assert [name for name, topology in TOPOLOGIES.items() if topology.virtual_ip] == ["ha", "life"]


def test_address_counts_from_the_network() -> None:
    assert address(IPv4Network("10.77.3.0/24"), 21) == "10.77.3.21"


def test_one_release_is_for_all_nodes() -> None:
    assert set(TOPOLOGIES["ha"].systems(SYSTEMS["debian13"]).values()) == {DEBIAN_13}


def test_mixed_gives_each_release_to_some_nodes_of_a_kind() -> None:
    systems = TOPOLOGIES["ha"].systems(SYSTEMS["mixed"])
    assert TOPOLOGIES["small"].systems(SYSTEMS["mixed"]) == {"cp1": DEBIAN_13, "w1": DEBIAN_12}
    for kind in ("lb", "cp", "w"):
        assert {system for name, system in systems.items() if name.startswith(kind)} == {DEBIAN_12, DEBIAN_13}
