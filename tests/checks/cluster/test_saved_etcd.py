# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts of etcd save their own member when they are asked to, with what the timer starts."""

from __future__ import annotations

import pytest
import testinfra.host

from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory

UNIT = "quorum-etcd-snapshot"
SAVED = "find /var/backups/kubernetes -name '*.snapshot.tar' -printf '%f %m %s\\n'"


def test_a_host_of_etcd_saves_its_member(
    inventory: Inventory, etcd_host: Host, system: testinfra.host.Host, figure: Figure
) -> None:
    if not inventory.variable("kube_etcd_snapshot_schedule", ""):
        pytest.skip("nobody asked for snapshots")
    assert system.check_output(f"systemctl is-active {UNIT}.timer") == "active"
    assert system.check_output(f"systemctl is-enabled {UNIT}.timer") == "enabled"
    before = set(system.check_output(SAVED).splitlines())
    done = system.run(f"systemctl start {UNIT}.service || journalctl --unit {UNIT}.service --lines 5")
    new = set(system.check_output(SAVED).splitlines()) - before
    assert len(new) == 1, done.stdout
    name, mode, size = new.pop().split()
    assert mode == "600"
    assert name.endswith(f"-{etcd_host.name}.snapshot.tar")
    figure(f"{etcd_host.name} saved its member of etcd: {int(size) >> 20} MiB")
