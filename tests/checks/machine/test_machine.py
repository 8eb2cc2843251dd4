# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual machines after a restart: what was set is set again by the machine itself, under its own kernel."""

from __future__ import annotations

import platform

import pytest
import testinfra.host

from tests.checks.cluster.test_etcd import (  # noqa: F401 - what held before the restart is judged again
    test_every_member_follows_the_same_leader_without_alarms,
    test_every_member_knows_the_same_voters_and_no_learner,
)
from tests.checks.cluster.test_external_etcd import (  # noqa: F401 - the same
    test_data_and_keys_are_the_members_alone,
)
from tests.checks.cluster.test_hosts import (  # noqa: F401 - the same
    test_kernel_offers_overlays_and_filters_bridges,
    test_kernel_setting_is_made_and_kept,
    test_service_runs_and_starts_with_the_host,
    test_swap_is_off,
    test_systemd_has_no_failed_unit,
)
from tests.checks.cluster.test_load_balancer import (  # noqa: F401 - the same
    test_haproxy_runs_with_a_valid_configuration,
)
from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory, node_name
from tests.tools.kube_api import KubeApi, nodes_missing
from tests.tools.remote import on_all
from tests.tools.waiting import wait_until

READY = 60.0  # seconds of a lab node, for everything that the kubelet starts again


def test_machine_has_a_kernel_of_its_own(machine: Host, system: testinfra.host.Host) -> None:
    assert system.check_output("uname -r") != platform.release()
    assert system.check_output("systemd-detect-virt --vm") in ("qemu", "kvm", "oracle")


def test_kernel_modules_are_loaded(kubernetes_host: Host, system: testinfra.host.Host) -> None:
    for name in ("overlay", "br_netfilter"):
        assert system.file(f"/sys/module/{name}").is_directory


def test_etcd_of_its_own_runs_and_starts_with_the_host(
    inventory: Inventory, etcd_host: Host, system: testinfra.host.Host
) -> None:
    if not inventory.group("etcd"):
        pytest.skip("etcd is stacked")
    assert system.service("etcd").is_running
    assert system.service("etcd").is_enabled


def test_cgroups_are_version_2(kubernetes_host: Host, system: testinfra.host.Host) -> None:
    assert system.check_output("stat --file-system --format=%T /sys/fs/cgroup") == "cgroup2fs"
    assert system.run("grep -qx 'cgroupDriver: systemd' /var/lib/kubelet/config.yaml").rc == 0


def test_swap_partition_is_there_and_off(kubernetes_host: Host, system: testinfra.host.Host) -> None:
    assert system.check_output("blkid -o value -s TYPE /dev/vda2") == "swap"
    assert system.check_output("awk '$3 == \"swap\" && $1 !~ /^#/' /etc/fstab") == ""
    assert system.check_output("cat /proc/swaps").splitlines()[1:] == []


def test_all_nodes_become_ready_again(inventory: Inventory, api: KubeApi, figure: Figure) -> None:
    wanted = {node_name(host): host.name for host in inventory.kubernetes_hosts}
    booted = on_all(inventory.kubernetes_hosts, "cat /proc/sys/kernel/random/boot_id")

    def missing() -> str:
        nodes = api.items("/api/v1/nodes")
        # Until the controller manager has missed its kubelet for minutes, a node is Ready as it was before.
        told = {node["metadata"]["name"]: node["status"]["nodeInfo"]["bootID"] for node in nodes}
        old = [name for name, host in wanted.items() if told.get(name) != booted[host].strip()]
        return nodes_missing(nodes, list(wanted)) or ", ".join(f"{name} is silent since its restart" for name in old)

    seconds = wait_until(missing, timeout=READY, what="all nodes Ready")
    infos = [node["status"]["nodeInfo"] for node in api.items("/api/v1/nodes")]
    kernels = ", ".join(sorted({info["kernelVersion"] for info in infos}))
    figure(f"{len(wanted)} nodes with Linux {kernels} Ready {seconds:.0f} s after their API server was")
