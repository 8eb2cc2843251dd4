# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory is what a user would write for such machines and such a mirror."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
import yaml as pyyaml

from lab import yaml
from lab.inventory import Cluster, render_ini, variables
from lab.mirror import Mirror
from lab.sources import RELEASES
from lab.topology import TOPOLOGIES

MIRROR = Mirror(
    registry_port=5680, files_port=5681, kubernetes_key="A" * 40, containerd_key="B" * 40, etcd_sha256="c" * 64
)
NETWORK = IPv4Network("10.77.4.0/24")


def cluster(topology: str) -> Cluster:
    return Cluster("demo", TOPOLOGIES[topology], NETWORK)


def variables_of(topology: str) -> dict[str, object]:
    return variables(cluster(topology), RELEASES["1.37.1"], MIRROR)


def test_small_inventory() -> None:
    assert render_ini(cluster("small")) == (
        "[all]\n"
        "cp1 ansible_host=10.77.4.21\n"
        "w1  ansible_host=10.77.4.31\n"
        "\n[kube_control_plane]\ncp1\n"
        "\n[kube_node]\nw1\n"
    )


def test_single_machine_is_in_both_groups() -> None:
    assert render_ini(cluster("single")).endswith("[kube_control_plane]\ncp1\n\n[kube_node]\ncp1\n")


def test_external_etcd_has_its_own_group() -> None:
    assert "[etcd]\netcd1\netcd2\netcd3\n" in render_ini(cluster("external-etcd"))


def test_downloads_come_from_the_gateway() -> None:
    found = variables_of("ha")
    assert found["kube_package_repository"] == "http://10.77.4.1:5681/core:/stable:/v{minor}/deb/"
    assert found["kube_package_key_url"] == "http://10.77.4.1:5681/core:/stable:/v1.37/deb/Release.key"
    assert found["kube_registry_mirrors"] == {
        "registry.k8s.io": ["http://10.77.4.1:5680"],
        "ghcr.io": ["http://10.77.4.1:5680"],
    }


@pytest.mark.parametrize("topology", ["external-etcd", "ha"])
def test_etcd_archive_is_there_for_members_and_for_the_proof_of_snapshots(topology: str) -> None:
    found = variables_of(topology)
    assert found["kube_etcd_version"] == "3.7.0"
    assert found["kube_etcd_archive_url"] == (
        "http://10.77.4.1:5681/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-{arch}.tar.gz"
    )
    assert found["kube_etcd_archive_checksum"] == "sha256:" + "c" * 64


def test_virtual_address_is_for_two_load_balancers_only() -> None:
    assert variables_of("ha")["kube_api_vip"] == "10.77.4.10"
    assert "kube_api_vip" not in variables_of("local-lb")


def test_sudo_password_is_for_the_topology_that_asks() -> None:
    assert "ansible_become_password" in variables_of("small")
    assert "ansible_become_password" not in variables_of("ha")


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_written_variables_are_read_back_the_same(topology: str) -> None:
    assert pyyaml.safe_load(yaml.dump(variables_of(topology))) == variables_of(topology)


def test_yaml_keeps_types_and_words_with_a_meaning() -> None:
    value = {"version": "1.37", "on": "yes", "number": 0, "none": [], "list": [{"a": 1, "b": ["x: y", True]}], "t": ""}
    assert pyyaml.safe_load(yaml.dump(value)) == value
