# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fifth chapter: a worker, a dead control plane and a healthy one leave by one command, whose first run is killed.

Of the first three control planes only a replaced one is left. The worker comes back.
"""

from __future__ import annotations

import re

import pytest

from tests.tools import balancers, etcd, remote, snapshot, traces
from tests.tools.figures import Figure
from tests.tools.inventory import Host, node_name
from tests.tools.killing import kill_before
from tests.tools.kube_api import node_ready
from tests.tools.life import Life
from tests.tools.waiting import wait_until
from tests.tools.watch import MAY_FAIL, Watch

MISSED = 120.0  # seconds until the cluster must have missed a kubelet; it gives one 50


@pytest.fixture(scope="module")
def powerless(life: Life) -> Host:
    """A control plane that loses its power in this moment."""
    host = life.host(life.every_control_plane[2])
    remote.forget(host)
    life.lab.node("kill", host.name)
    return host


@pytest.fixture(scope="module")
def dead(life: Life, powerless: Host) -> Host:
    """It, when the cluster has noticed: until then clients do."""
    wait_until(
        lambda: f"{powerless.name} is Ready" if node_ready(life.node(powerless)) else "",
        timeout=MISSED,
        what="a node without power that is not Ready",
        interval=1,
    )
    return powerless


def test_the_last_control_plane_may_not_leave(life: Life, figure: Figure) -> None:
    hosts = ",".join(life.every_control_plane)
    seconds = life.refused("E1002", "remove_node.yml", f"--extra-vars=kube_remove_hosts={hosts}")
    figure(f"removing all control planes is refused after {seconds:.0f} s")


def test_a_control_plane_that_has_just_died_would_not_be_drained(life: Life, powerless: Host, figure: Figure) -> None:
    """Its node may still count as Ready; its pods would never be gone."""
    remove = f"--extra-vars=kube_remove_hosts={powerless.name}"
    outcome, errors = life.run("remove_node.yml", remove, "--check")
    assert errors == ""
    assert re.findall(rf'"drain": (\w+),\s+"host": "{powerless.name}"', life.last_log())[:1] == ["false"]
    figure(f"that {powerless.name} is dead was known after {outcome.seconds:.0f} s")


def test_what_a_killed_removal_began_the_next_run_finishes_and_the_hosts_are_clean(
    life: Life, dead: Host, bare: dict[str, frozenset[str]], figure: Figure
) -> None:
    """The run is killed when the healthy control plane, the last to go, has left etcd and still has everything else."""
    first, second, _dead, *others = life.every_control_plane
    leaving = [life.host(second), life.inventory.group("kube_node")[-1]]
    staying = [host for host in life.inventory.kubernetes_hosts if host not in (*leaving, dead)]
    remove = f"--extra-vars=kube_remove_hosts={','.join(host.name for host in (*leaving, dead))}"
    before = snapshot.take_of(staying)
    with Watch(life.config) as watch:
        killed = kill_before(
            "Remove the control planes", "Take Kubernetes off the host", life, "remove_node.yml", remove
        )
        known = {item["metadata"]["name"] for item in life.api.items("/api/v1/nodes")}
        assert known == {node_name(host) for host in (*staying, leaving[0])}
        wait_until(
            lambda: other_members(life.host(first), {first, *others}), timeout=30, what="etcd of those that stay"
        )
        assert remote.run(leaving[0], "test -e /etc/kubernetes/manifests/etcd.yaml").rc == 0
        outcome, errors = life.run("remove_node.yml", remove)
        assert errors == ""
        assert f"wipe {dead.name} before it is switched on again" in life.last_log()
        left = traces.differences(bare, traces.take(leaving))
        assert left == {}, left
        life.unchanged("remove_node.yml", remove)
        life.name_control_planes(first, *others)
        life.succeed("cluster.yml")
        seen = watch.seen()
    figure(
        f"a worker, a dead control plane and half of a healthy one left in {killed:.0f} s, "
        f"the next run took {outcome.seconds:.0f} s: {seen}"
    )
    # Kubernetes collects the pods of nodes that are gone after some 40 seconds.
    wait_until(life.unwanted_versions, timeout=120, what="the pods of those that left are gone")
    assert snapshot.differences(before, snapshot.take_of(staying)) == []
    assert balancers.drained(life.inventory) == {}
    assert seen.lost == ()
    assert seen.failed_of_4000 <= MAY_FAIL


def test_a_run_after_it_changes_nothing(life: Life) -> None:
    life.unchanged("cluster.yml")


def other_members(host: Host, wanted: set[str]) -> str:
    """What members etcd has, as that of a host says, where they are not those that are wanted."""
    found = {member.name for member in etcd.parse(remote.output(host, etcd.ASK)).members}
    return "" if found == wanted else f"etcd has the members {sorted(found)}"
