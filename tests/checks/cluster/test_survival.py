# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts go away, and the API stays: every figure is of requests sent every 100 ms over new connections.

Each check gives back what it took: the host runs again and the cluster is whole before the next one begins. What
restarts here is why this file comes after test_second_run.py, which compares processes.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tools import remote
from tests.tools.etcd import disagreement, views
from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory, node_name
from tests.tools.kube_api import KubeApi, KubeConfig, nodes_missing
from tests.tools.nodes import Lab
from tests.tools.probe import ApiProbe, Report
from tests.tools.probe import __file__ as probe_file
from tests.tools.shared_address import holders
from tests.tools.waiting import wait_until
from tests.tools.writer import Writer

FAILOVER = 5.0  # seconds, the promise for a load balancer
CONTROL_PLANE_FAILOVER = 20.0  # seconds; bounds the loss of the leader on a busy machine, the figure is what counts
# etcd elects a leader within about two election timeouts of one second; the API server's own requests wait for it.
ETCD_FAILOVER = 10.0
STEADY = 30  # answers in a row after which the API counts as back
RECOVERY = 300.0  # seconds for a stopped host to be whole again
WATCHED = 45.0  # seconds that the probe on a node runs
WRITES = "quorum-writes"  # the writer's namespace


@pytest.mark.parametrize("action", ["stop", "kill"])
def test_api_answers_again_within_5_s_of_losing_the_load_balancer_that_holds_the_address(
    inventory: Inventory, kubeconfig: KubeConfig, lab: Lab, figure: Figure, action: str
) -> None:
    address = inventory.variable("kube_api_vip", "")
    if not address:
        pytest.skip("this kind of cluster has no shared address")
    holder = _only_holder(inventory, address)
    remote.forget(inventory.hosts[holder])
    with ApiProbe(kubeconfig.endpoint, kubeconfig.trust()) as probe:
        probe.wait_answers(STEADY, timeout=60)
        begin = time.monotonic()
        try:
            lab.node(action, holder)
            probe.wait_answers(STEADY, timeout=60)
            lost = probe.report(begin)
            back = time.monotonic()
        finally:
            lab.node("start", holder)
            _only_holder(inventory, address)
        probe.wait_answers(STEADY, timeout=60)
        returned = probe.report(back)
    figure(f"load balancer {holder}, {action}: {lost}; started again: {returned}")
    assert lost.longest_gap < FAILOVER
    assert returned.longest_gap < FAILOVER


def test_api_answers_and_keeps_every_write_when_a_control_plane_is_stopped(
    inventory: Inventory, api: KubeApi, kubeconfig: KubeConfig, lab: Lab, figure: Figure
) -> None:
    if len(inventory.control_planes) < 3 or not inventory.load_balancers:
        pytest.skip("needs three control planes behind a load balancer")
    loss = _lose_leader(inventory, api, kubeconfig, lab, "stop")
    figure(f"control plane with etcd's leader, {loss}")
    loss.refuse_lost_writes()
    assert loss.report.longest_gap < CONTROL_PLANE_FAILOVER


def test_nodes_reach_the_api_through_their_own_haproxy_when_a_control_plane_is_stopped(
    inventory: Inventory, api: KubeApi, lab: Lab, figure: Figure
) -> None:
    if inventory.load_balancers or len(inventory.control_planes) < 3:
        pytest.skip("needs three control planes without load balancer hosts")
    victim = inventory.control_planes[-1]  # the administrator's kubeconfig names the first
    watched = [host for host in inventory.kubernetes_hosts if host != victim]
    remote.forget(victim)
    reports: dict[str, dict[str, float]] = {}
    port = inventory.variable("kube_local_load_balancer_port", 8443)
    threads = [threading.Thread(target=_probe_on, args=(host, port, reports)) for host in watched]
    for thread in threads:
        thread.start()
    try:
        time.sleep(3)  # the probes' own start: some answers before the loss belong to the figures
        lab.node("stop", victim.name)
        for thread in threads:
            thread.join()
    finally:
        lab.node("start", victim.name)
        _wait_whole(inventory, api)
    for host, report in sorted(reports.items()):
        figure(f"control plane {victim.name}, stop, seen from {host}: failed/sent {report['failed']}/{report['sent']}, "
               f"longest gap {report['longest_gap']:.2f} s")  # fmt: skip
    assert sorted(reports) == sorted(host.name for host in watched)
    assert {host: report for host, report in reports.items() if report["longest_gap"] >= CONTROL_PLANE_FAILOVER} == {}


def test_the_loss_of_the_leaders_host_costs_no_write(
    inventory: Inventory, api: KubeApi, kubeconfig: KubeConfig, lab: Lab, figure: Figure
) -> None:
    if len(inventory.group("etcd")) < 3:
        pytest.skip("needs three hosts of external etcd")
    loss = _lose_leader(inventory, api, kubeconfig, lab, "kill")
    figure(f"etcd's leader, {loss}")
    loss.refuse_lost_writes()
    assert loss.report.longest_gap < ETCD_FAILOVER


@dataclass(frozen=True)
class Loss:
    """What requests and writes met while a host was gone, and until the cluster was whole again."""

    victim: str
    action: str
    report: Report
    whole: Report
    acknowledged: int
    refused: int
    lost: list[str]

    def __str__(self) -> str:
        written = f"{self.acknowledged} writes acknowledged, {self.refused} refused, {len(self.lost)} lost"
        return f"{self.victim}, {self.action}: {self.report}; until whole again: {self.whole}; {written}"

    def refuse_lost_writes(self) -> None:
        """Fail unless there were writes and all that were acknowledged are still there."""
        assert self.acknowledged
        assert self.lost == []


def _lose_leader(inventory: Inventory, api: KubeApi, kubeconfig: KubeConfig, lab: Lab, action: str) -> Loss:
    """Stop or kill the host of etcd's leader under requests and writes, and give it back."""
    victim = _leader(inventory)
    remote.forget(victim)
    api.apply(f"/api/v1/namespaces/{WRITES}", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": WRITES}})
    with ApiProbe(kubeconfig.endpoint, kubeconfig.trust()) as probe, Writer(kubeconfig, WRITES) as writer:
        probe.wait_answers(STEADY, timeout=60)
        begin = time.monotonic()
        try:
            lab.node(action, victim.name)
            probe.wait_answers(STEADY, timeout=90)
            report = probe.report(begin)
        finally:
            lab.node("start", victim.name)
            _wait_whole(inventory, api)
        probe.wait_answers(STEADY, timeout=90)
        whole = probe.report(begin)
    loss = Loss(victim.name, action, report, whole, len(writer.acknowledged), writer.failed, writer.lost())
    api.delete(f"/api/v1/namespaces/{WRITES}")
    return loss


def _only_holder(inventory: Inventory, address: str) -> str:
    """Wait until exactly one load balancer holds the address; its name."""

    def wrong() -> str:
        found = holders(inventory.load_balancers, address)
        return "" if len(found) == 1 else f"{address} is on {found or 'no host'}"

    wait_until(wrong, timeout=60, what="one holder of the shared address")
    return holders(inventory.load_balancers, address)[0]


def _leader(inventory: Inventory) -> Host:
    """The host of etcd's leader: the hardest one to lose."""
    return next(inventory.hosts[name] for name, view in views(inventory).items() if view.leader == view.member)


def _wait_whole(inventory: Inventory, api: KubeApi) -> None:
    """Wait until all nodes are Ready and all etcd members agree."""
    wanted = [node_name(host) for host in inventory.kubernetes_hosts]

    def missing() -> str:
        return nodes_missing(api.items("/api/v1/nodes"), wanted) or disagreement(inventory)

    wait_until(missing, timeout=RECOVERY, what="the whole cluster", interval=2)


def _probe_on(host: Host, port: int, reports: dict[str, dict[str, float]]) -> None:
    """Run the probe on a node against its own haproxy and keep what it printed."""
    source = Path(probe_file).read_text(encoding="utf-8")
    arguments = f"--endpoint 127.0.0.1:{port} --ca /etc/kubernetes/pki/ca.crt --seconds {WATCHED:g}"
    text = remote.output(host, f"python3 - {arguments} <<'PROBE'\n{source}\nPROBE\n", timeout=WATCHED + 60)
    reports[host.name] = json.loads(text.splitlines()[-1])
