# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fifth chapter: two control planes leave, so that of the first three only a replaced one is left."""

from __future__ import annotations

from tests.tools import snapshot, traces
from tests.tools.figures import Figure
from tests.tools.life import Life
from tests.tools.waiting import wait_until
from tests.tools.watch import MAY_FAIL, Watch


def test_the_last_control_plane_may_not_leave(life: Life, figure: Figure) -> None:
    hosts = ",".join(life.every_control_plane)
    seconds = life.refused("E1002", "remove_node.yml", f"--extra-vars=kube_remove_hosts={hosts}")
    figure(f"removing all control planes is refused after {seconds:.0f} s")


def test_two_control_planes_leave_and_are_clean(life: Life, bare: dict[str, frozenset[str]], figure: Figure) -> None:
    first, *leaving = life.every_control_plane[:3]
    staying = [host for host in life.inventory.kubernetes_hosts if host.name not in leaving]
    before = snapshot.take_of(staying)
    with Watch(life.config) as watch:
        outcome, errors = life.run("remove_node.yml", f"--extra-vars=kube_remove_hosts={','.join(leaving)}")
        assert errors == ""
        life.name_control_planes(first, *life.every_control_plane[3:])
        life.succeed("cluster.yml")
        seen = watch.seen()
    figure(f"{len(leaving)} control planes left in {outcome.seconds:.0f} s: {seen}")
    # Kubernetes collects the pods of nodes that are gone after some 40 seconds.
    wait_until(life.unwanted_versions, timeout=120, what="the pods of those that left are gone")
    assert snapshot.differences(before, snapshot.take_of(staying)) == []
    left = traces.differences(bare, traces.take([life.host(name) for name in leaving]))
    assert left == {}, left
    assert seen.lost == ()
    assert seen.failed_of_4000 <= MAY_FAIL


def test_a_run_after_it_changes_nothing(life: Life) -> None:
    life.unchanged("cluster.yml")
