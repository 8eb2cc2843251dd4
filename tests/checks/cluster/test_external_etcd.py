# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""External etcd: who may read what on its hosts, and the loss of the leader's host costs no acknowledged write."""

from __future__ import annotations

import time

import pytest
import testinfra.host

from tests.tools import remote
from tests.tools.etcd import disagreement, views
from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory
from tests.tools.kube_api import KubeApi, KubeConfig
from tests.tools.nodes import Lab
from tests.tools.probe import ApiProbe
from tests.tools.waiting import wait_until
from tests.tools.writer import Writer

STEADY = 20
RECOVERY = 180
# etcd elects a leader within about two election timeouts of one second; the API server's own requests wait for it.
LEADER_FAILOVER = 10.0


def test_data_and_keys_are_the_members_alone(
    inventory: Inventory, etcd_host: Host, system: testinfra.host.Host
) -> None:
    if not inventory.group("etcd"):
        pytest.skip("etcd is stacked")
    data = system.file("/var/lib/etcd")
    assert (data.user, data.mode) == ("etcd", 0o700)
    for name in ("server", "peer"):
        key = system.file(f"/etc/etcd/pki/{name}.key")
        assert (key.user, key.mode) == ("etcd", 0o600)
    ca = system.file("/etc/etcd/pki/ca.key")
    assert ca.exists is (etcd_host.name == inventory.group("etcd")[0].name)
    assert system.check_output("ps -o user= -C etcd").strip() == "etcd"
    assert system.check_output("ss -Hltn sport = :2381").split()[3] == "127.0.0.1:2381"


def test_the_loss_of_the_leaders_host_costs_no_write(
    inventory: Inventory, api: KubeApi, kubeconfig: KubeConfig, lab: Lab, figure: Figure
) -> None:
    if len(inventory.group("etcd")) < 3:
        pytest.skip("needs three hosts of external etcd")
    victim = next(inventory.hosts[name] for name, view in views(inventory).items() if view.leader == view.member)
    remote.forget(victim)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "etcd-writes"}}
    api.apply("/api/v1/namespaces/etcd-writes", namespace)
    with ApiProbe(kubeconfig.endpoint, kubeconfig.trust()) as probe, Writer(kubeconfig, "etcd-writes") as writer:
        probe.wait_answers(STEADY, timeout=60)
        begin = time.monotonic()
        try:
            lab.node("kill", victim.name)
            probe.wait_answers(STEADY, timeout=90)
            report = probe.report(begin)
        finally:
            lab.node("start", victim.name)
            wait_until(lambda: disagreement(inventory), timeout=RECOVERY, what="etcd to agree again", interval=2)
        probe.wait_answers(STEADY, timeout=90)
    written = f"{len(writer.acknowledged)} writes acknowledged, {writer.failed} refused, {len(writer.lost())} lost"
    figure(f"etcd's leader {victim.name}, kill: {report}; {written}")
    assert writer.acknowledged
    assert writer.lost() == []
    assert report.longest_gap < LEADER_FAILOVER
    api.delete("/api/v1/namespaces/etcd-writes")
