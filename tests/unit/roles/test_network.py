# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""flannel's objects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render


def _objects(**given: Any) -> dict[str, Any]:
    objects = render("network", "__network_flannel_objects", "flannel.yml", **given)
    return {item["kind"]: item for item in objects}


@pytest.mark.parametrize(
    ("pod_subnet", "mtu", "expected"),
    [
        ("10.244.0.0/16", 0, {"Network": "10.244.0.0/16", "Backend": {"Type": "vxlan"}}),
        ("10.244.0.0/16", 1400, {"Network": "10.244.0.0/16", "Backend": {"Type": "vxlan", "MTU": 1400}}),
        (
            "10.244.0.0/16, fd00:10::/56",
            0,
            {
                "Network": "10.244.0.0/16",
                "EnableIPv6": True,
                "IPv6Network": "fd00:10::/56",
                "Backend": {"Type": "vxlan"},
            },
        ),
        (
            "fd00:10::/56",
            0,
            {"EnableIPv4": False, "EnableIPv6": True, "IPv6Network": "fd00:10::/56", "Backend": {"Type": "vxlan"}},
        ),
    ],
    ids=["IPv4", "MTU", "dual stack", "IPv6"],
)
def test_the_ranges_are_those_of_the_cluster(pod_subnet: str, mtu: int, expected: dict[str, Any]) -> None:
    data = _objects(network_pod_subnet=pod_subnet, network_mtu=mtu)["ConfigMap"]["data"]
    assert json.loads(data["net-conf.json"]) == expected


def test_all_of_its_objects_are_there() -> None:
    kinds = ["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "DaemonSet"]
    assert list(_objects()) == kinds


def test_the_images_are_those_that_are_fetched_beforehand() -> None:
    pod = _objects(network_flannel_version="1.2.3")["DaemonSet"]["spec"]["template"]["spec"]
    images = [container["image"] for container in pod["initContainers"] + pod["containers"]]
    flannel = "ghcr.io/flannel-io/flannel:v1.2.3"
    assert images == ["ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3", flannel, flannel]


def test_a_new_configuration_starts_the_pods_anew() -> None:
    def annotation(subnet: str) -> dict[str, str]:
        template = _objects(network_pod_subnet=subnet)["DaemonSet"]["spec"]["template"]
        annotations: dict[str, str] = template["metadata"]["annotations"]
        return annotations

    assert annotation("10.244.0.0/16") == annotation("10.244.0.0/16")
    assert annotation("10.244.0.0/16") != annotation("10.245.0.0/16")


def test_flannel_is_told_the_interface_that_was_chosen() -> None:
    def arguments(**given: Any) -> list[str]:
        pod = _objects(**given)["DaemonSet"]["spec"]["template"]["spec"]
        found: list[str] = pod["containers"][0]["args"]
        return found

    assert arguments() == ["--ip-masq", "--kube-subnet-mgr"]
    assert arguments(network_flannel_interface="eth1") == ["--ip-masq", "--kube-subnet-mgr", "--iface=eth1"]
