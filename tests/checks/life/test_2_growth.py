# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Second chapter: the inventory names two more control planes."""

from __future__ import annotations

from tests.tools import snapshot
from tests.tools.figures import Figure
from tests.tools.life import Life
from tests.tools.watch import MAY_FAIL


def test_new_control_planes_join_and_nothing_changes_on_the_other_nodes(life: Life, figure: Figure) -> None:
    others = life.inventory.kubernetes_hosts
    before = snapshot.take_of(others)
    life.name_control_planes(*life.every_control_plane)
    outcome, seen = life.watched("cluster.yml")
    figure(f"three control planes became five in {outcome.seconds:.0f} s: {seen}")
    assert set(outcome.changed).isdisjoint(host.name for host in others)
    assert snapshot.differences(before, snapshot.take_of(others)) == []
    assert life.versions() == life.wanted_versions()
    assert seen.lost == ()
    assert seen.failed_of_4000 <= MAY_FAIL


def test_a_run_after_it_changes_nothing(life: Life) -> None:
    life.unchanged("cluster.yml")
