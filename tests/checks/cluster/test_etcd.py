# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd as each member sees it: a cluster in which the members disagree is not one."""

from __future__ import annotations

from tests.tools.etcd import views
from tests.tools.figures import Figure
from tests.tools.inventory import Inventory


def test_every_member_knows_the_same_voters_and_no_learner(inventory: Inventory, figure: Figure) -> None:
    seen = views(inventory)
    members = {host: view.members for host, view in seen.items()}
    figure(f"etcd {', '.join(sorted({view.version for view in seen.values()}))}: {len(members)} members asked")
    first = next(iter(members.values()))
    assert members == dict.fromkeys(members, first)
    assert len(first) == len(inventory.etcd_hosts)
    assert [member for member in first if member.learner] == []


def test_every_member_follows_the_same_leader_without_alarms(inventory: Inventory) -> None:
    seen = views(inventory)
    assert len({view.leader for view in seen.values()}) == 1
    assert next(iter(seen.values())).leader != "0"
    assert {host: view.troubles for host, view in seen.items() if view.troubles} == {}
