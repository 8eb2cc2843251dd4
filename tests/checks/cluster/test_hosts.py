# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each host on its own: what kubelet and containerd need, and packages that nothing else moves."""

from __future__ import annotations

import pytest
import testinfra.host

from tests.tools.inventory import Host, Inventory

PACKAGES = ("kubeadm", "kubelet", "kubectl")
SYSCTLS = {"net.ipv4.ip_forward": 1, "net.bridge.bridge-nf-call-iptables": 1}


def test_swap_is_off(inventory: Inventory, kubernetes_host: Host, system: testinfra.host.Host) -> None:
    if not inventory.variable("kube_swap_off", True):
        pytest.skip("this inventory keeps swap")
    assert system.check_output("swapon --noheadings --show=NAME") == ""


def test_kernel_offers_overlays_and_filters_bridges(kubernetes_host: Host, system: testinfra.host.Host) -> None:
    assert system.run("grep -qw overlay /proc/filesystems").rc == 0
    assert system.file("/proc/sys/net/bridge/bridge-nf-call-iptables").exists
    assert system.run("grep -rqx br_netfilter /etc/modules-load.d").rc == 0


@pytest.mark.parametrize("name", SYSCTLS)
def test_kernel_setting_is_made_and_kept(kubernetes_host: Host, system: testinfra.host.Host, name: str) -> None:
    assert system.sysctl(name) == SYSCTLS[name]
    pattern = f"^ *{name.replace('.', '[./]')} *= *{SYSCTLS[name]} *$"
    assert system.run("grep -rqE %s /etc/sysctl.d /etc/sysctl.conf", pattern).rc == 0


@pytest.mark.parametrize("name", ["containerd", "kubelet"])
def test_service_runs_and_starts_with_the_host(kubernetes_host: Host, system: testinfra.host.Host, name: str) -> None:
    service = system.service(name)
    assert service.is_running
    assert service.is_enabled


def test_packages_have_the_wanted_version_and_are_held(
    inventory: Inventory, kubernetes_host: Host, system: testinfra.host.Host
) -> None:
    wanted = str(inventory.variable("kube_version"))
    versions = {name: str(system.package(name).version).partition("-")[0] for name in PACKAGES}
    assert versions == dict.fromkeys(PACKAGES, wanted)
    held = system.check_output("apt-mark showhold").split()
    assert sorted(set(PACKAGES) - set(held)) == []


def test_systemd_has_no_failed_unit(machine: Host, system: testinfra.host.Host) -> None:
    assert system.check_output("systemctl list-units --failed --plain --no-legend") == ""
