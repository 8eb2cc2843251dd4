# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory as the checks read it, and the endpoint they expect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.inventory import Inventory, endpoint, kubeconfig_path, parse_inventory, part_of_inventory


def _inventory(groups: dict[str, list[str]], **variables: Any) -> Inventory:
    names = {name for members in groups.values() for name in members}
    hostvars = {name: {"ansible_host": f"192.0.2.{index}", **variables} for index, name in enumerate(sorted(names), 1)}
    listing = {"_meta": {"hostvars": hostvars}, **{group: {"hosts": members} for group, members in groups.items()}}
    return parse_inventory(Path("/inventories/lab/inventory.ini"), listing)


CONTROL_PLANES = {"kube_control_plane": ["cp1", "cp2"], "kube_node": ["w1"]}


@pytest.mark.parametrize(
    ("groups", "variables", "expected"),
    [
        (CONTROL_PLANES, {}, "192.0.2.1:6443"),
        (CONTROL_PLANES, {"kube_api_endpoint": "api.example:443"}, "api.example:443"),
        ({**CONTROL_PLANES, "load_balancer": ["lb1"]}, {}, "192.0.2.3:6443"),
        ({**CONTROL_PLANES, "load_balancer": ["lb1", "lb2"]}, {"kube_api_vip": "192.0.2.200"}, "192.0.2.200:6443"),
    ],
)
def test_endpoint_follows_the_kind_of_cluster(
    groups: dict[str, list[str]], variables: dict[str, Any], expected: str
) -> None:
    assert endpoint(_inventory(groups, **variables)) == expected


def test_host_that_is_control_plane_and_worker_is_one_node() -> None:
    inventory = _inventory({"kube_control_plane": ["cp1"], "kube_node": ["cp1", "w1"]})
    assert [host.name for host in inventory.kubernetes_hosts] == ["cp1", "w1"]


def test_members_of_child_groups_belong_to_the_parent() -> None:
    listing = {"_meta": {"hostvars": {}}, "kube_node": {"children": ["rack"]}, "rack": {"hosts": ["w1"]}}
    assert [host.name for host in parse_inventory(Path("x"), listing).group("kube_node")] == ["w1"]


def test_kubeconfig_lies_beside_the_inventory() -> None:
    assert kubeconfig_path(_inventory(CONTROL_PLANES)) == Path("/inventories/lab/kubernetes.kubeconfig")


INVENTORY = """[load_balancer]
lb1 ansible_host=192.0.2.1

[kube_control_plane]
cp1 ansible_host=192.0.2.2
cp2 ansible_host=192.0.2.3

[kube_node]
w1 ansible_host=192.0.2.4
"""


def test_part_of_an_inventory_keeps_groups_and_drops_other_hosts() -> None:
    text = part_of_inventory(INVENTORY, {"lb1", "cp1", "cp2", "w1"}, {"lb1", "cp1"})
    assert "cp1 ansible_host" in text
    assert "cp2" not in text
    assert "w1" not in text
    assert text.count("[") == 3
