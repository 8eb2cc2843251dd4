# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What reset.yml must leave: hosts on which nothing of Kubernetes runs, listens or lies about."""

from __future__ import annotations

import pytest
import testinfra.host

from tests.tools.inventory import Host, Inventory, kubeconfig_path

FOLDERS = (
    "/etc/kubernetes/manifests",
    "/etc/kubernetes/pki",
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/kubelet.conf",
    "/var/lib/etcd/member",
    "/var/lib/kubelet/config.yaml",
    "/var/lib/kubelet/pki",
    "/etc/cni/net.d/10-flannel.conflist",
    "/run/flannel",
    "/var/lib/cni",
    "/var/log/pods",
    "/var/log/containers",
    "/root/.kube/cache",
    "/usr/local/lib/quorum-etcd-snapshot.pyz",
    "/etc/systemd/system/quorum-etcd-snapshot.service",
    "/etc/systemd/system/quorum-etcd-snapshot.timer",
    "/etc/systemd/system/timers.target.wants/quorum-etcd-snapshot.timer",
    "/var/lib/systemd/timers/stamp-quorum-etcd-snapshot.timer",
)
PROCESSES = ("etcd", "kube-apiserver", "kube-controller", "kube-scheduler", "kube-proxy", "flanneld", "coredns")


@pytest.mark.parametrize("path", FOLDERS)
def test_nothing_of_kubernetes_lies_about(machine: Host, system: testinfra.host.Host, path: str) -> None:
    found = system.run("find %s -mindepth 0 ! -type d", path).stdout.split()
    assert found == []


def test_nothing_of_kubernetes_runs(machine: Host, system: testinfra.host.Host) -> None:
    running = set(system.check_output("ps -e -o comm=").split())
    assert sorted(running & set(PROCESSES)) == []
    assert system.run("systemctl is-active kubelet").stdout.strip() != "active"


def test_no_rule_of_kubernetes_is_left(kubernetes_host: Host, system: testinfra.host.Host) -> None:
    # The kubelet's package brings iptables, and may have gone with it; nft need not be there.
    if not system.package("kubelet").is_installed:
        pytest.skip("what shows rules went with the packages")
    rules = system.check_output("iptables-save") + system.check_output("ip6tables-save")
    rules += system.run("nft list ruleset").stdout
    assert [line for line in rules.splitlines() if "KUBE-" in line or "FLANNEL" in line or "CNI-" in line] == []


def test_no_interface_of_the_pod_network_is_left(machine: Host, system: testinfra.host.Host) -> None:
    links = system.check_output("ip -o link show")
    assert [name for name in ("cni0", "flannel.", "kube-ipvs0", "veth") if f": {name}" in links] == []


def test_no_mount_of_a_pod_is_left(machine: Host, system: testinfra.host.Host) -> None:
    mounts = system.file("/proc/self/mountinfo").content_string
    assert [line for line in mounts.splitlines() if "/var/lib/kubelet/pods" in line or "/run/netns/cni" in line] == []


def test_no_control_group_of_a_pod_is_left(machine: Host, system: testinfra.host.Host) -> None:
    assert system.check_output("find /sys/fs/cgroup -ignore_readdir_race -type d -path '*kubepods*'").split() == []


def test_kubeconfig_of_the_cluster_is_gone(inventory: Inventory) -> None:
    assert not kubeconfig_path(inventory).exists()
