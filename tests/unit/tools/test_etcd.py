# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd members' own views are read and compared."""

from __future__ import annotations

import json

from tests.tools.etcd import Member, parse

ANSWER = {
    "members": [
        {"ID": "2", "name": "cp2", "peerURLs": ["https://192.0.2.2:2380"], "isLearner": True},
        {"ID": "1", "name": "cp1", "peerURLs": ["https://192.0.2.1:2380"]},
    ],
    "status": {"header": {"member_id": "1"}, "leader": "1", "version": "3.7.0", "errors": ["NOSPACE"]},
    "alarms": [{"memberID": "1", "alarm": "NOSPACE"}],
}


def test_view_sorts_members_and_names_learners_and_troubles() -> None:
    view = parse(json.dumps(ANSWER))
    assert view.members == (
        Member("cp1", ("https://192.0.2.1:2380",), False),
        Member("cp2", ("https://192.0.2.2:2380",), True),
    )
    assert (view.member, view.leader, view.version) == ("1", "1", "3.7.0")
    assert view.troubles == ("alarm NOSPACE", "NOSPACE")


def test_member_without_a_leader_says_so() -> None:
    status = {"header": {"member_id": "1"}, "version": "3.7.0"}
    assert parse(json.dumps({**ANSWER, "status": status})).leader == "0"
