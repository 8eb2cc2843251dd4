# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The members' own views side by side: identifiers, alarms, agreement and what is said against it."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import MEMBER_LIST, STATUS, look
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import (
    MAX_LAG,
    ClusterView,
    best_successor,
    decimal_id,
    disagreements,
    hex_id,
    in_step,
    missing_members,
    parse_alarms,
)
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd, FakeMember


@pytest.fixture
def etcd() -> FakeEtcd:
    return FakeEtcd("cp1", "cp2", "cp3")


def seen(etcd: FakeEtcd) -> ClusterView:
    return look(etcd, etcd.endpoints)


# The numbers are those of a real etcd 3.7.0: the gateway prints decimal, etcdctl hexadecimal.
def test_identifiers_are_the_hexadecimal_ones_of_etcdctl() -> None:
    assert hex_id("12893002267655281966") == "b2ed25409be61d2e"
    assert decimal_id("b2ed25409be61d2e") == "12893002267655281966"
    assert (hex_id(None), hex_id("0")) == ("", "")


def test_alarms_are_read_from_the_errors_of_a_status() -> None:
    errors = ["etcdserver: no leader", "memberID:12893002267655281966  alarm:NOSPACE", "alarm:CORRUPT"]
    assert parse_alarms(errors, "1") == (("1", "CORRUPT"), ("b2ed25409be61d2e", "NOSPACE"))


def test_three_healthy_members_agree(etcd: FakeEtcd) -> None:
    result = seen(etcd).as_dict()
    assert (result["agreement"], result["reasons"]) == (True, [])
    assert (result["leader"], result["cluster_id"], result["versions"]) == ("cp1", "ff", ["3.7.0"])
    assert [(m["name"], m["healthy"], m["is_leader"], m["revision"]) for m in result["members"]] == [
        ("cp1", True, True, 42),
        ("cp2", True, False, 42),
        ("cp3", True, False, 42),
    ]


def test_a_silent_member_is_listed_with_the_reason(etcd: FakeEtcd) -> None:
    etcd.member("cp2").up = False
    result = seen(etcd).as_dict()
    reason = "cp2 does not answer: etcd at https://10.0.0.2:2379 does not answer: Connection refused."
    assert result["reasons"] == [reason.rstrip(".")]
    assert result["members"][1]["healthy"] is False
    assert result["members"][1]["revision"] is None


def test_members_without_a_quorum_answer_but_are_not_healthy(etcd: FakeEtcd) -> None:
    etcd.member("cp1").up = etcd.member("cp2").up = False
    result = seen(etcd).as_dict()
    assert "there is no leader" in result["reasons"]
    assert result["members"][2]["version"] == "3.7.0"
    assert result["members"][2]["healthy"] is False


def test_an_alarm_counts_for_the_member_that_raised_it(etcd: FakeEtcd) -> None:
    etcd.member("cp3").alarm = "NOSPACE"
    view = seen(etcd)
    assert disagreements(view) == ["cp3 has the alarm NOSPACE"]
    assert [member.healthy for member in view.members] == [True, True, False]


def test_learners_and_members_that_never_started_are_named(etcd: FakeEtcd) -> None:
    etcd.members += [FakeMember(4, "cp4", learner=True), FakeMember(5, "", learner=True)]
    never = "(never started, https://10.0.0.5:2380)"
    assert disagreements(seen(etcd)) == [
        f"{never} is listed but never joined",
        f"{never} is a learner, not a voting member yet",
        "cp4 is a learner, not a voting member yet",
    ]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("leader", "2", "the members do not agree on the leader: 1, 2"),
        ("leader", "0", "there is no leader"),
        ("raftTerm", "4", "the members do not agree on the term: 3, 4"),
        ("raftAppliedIndex", str(5000 - MAX_LAG - 1), f"cp3 is {MAX_LAG + 1} entries behind"),
    ],
)
def test_every_disagreement_is_said(etcd: FakeEtcd, field: str, value: str, reason: str) -> None:
    status = etcd.call("https://10.0.0.3:2379", STATUS, {})
    etcd.overrides["cp3", STATUS] = {**status, field: value}
    assert reason in disagreements(seen(etcd))


def test_another_cluster_is_noticed(etcd: FakeEtcd) -> None:
    status = etcd.call("https://10.0.0.3:2379", STATUS, {})
    etcd.overrides["cp3", STATUS] = {**status, "header": {**status["header"], "cluster_id": "16"}}
    assert disagreements(seen(etcd)) == ["the members do not agree on the cluster id: 10, ff"]


def test_an_older_member_list_is_noticed(etcd: FakeEtcd) -> None:
    etcd.overrides["cp3", MEMBER_LIST] = {"members": [member.entry() for member in etcd.members[1:]]}
    assert disagreements(seen(etcd)) == ["the members do not have the same member list"]


def test_a_client_url_that_leads_to_another_member_is_noticed(etcd: FakeEtcd) -> None:
    etcd.overrides["cp3", STATUS] = etcd.call("https://10.0.0.1:2379", STATUS, {})
    assert disagreements(seen(etcd)) == ["cp3 does not answer: member 1 answers at its client URL"]


def test_the_first_endpoint_that_answers_is_enough(etcd: FakeEtcd) -> None:
    view = look(etcd, ["https://10.9.9.9:2379", "https://10.0.0.2:2379"])
    assert [member.listed.name for member in view.members] == ["cp1", "cp2", "cp3"]


def test_silence_of_all_is_an_answer_with_the_reason(etcd: FakeEtcd) -> None:
    view = look(etcd, ["https://10.9.9.9:2379"])
    assert view.as_dict()["reasons"] == ["etcd at https://10.9.9.9:2379 does not answer: Connection refused"]
    assert look(etcd, []).as_dict()["reasons"] == ["no etcd endpoint was given"]


def test_members_that_are_missing_are_named(etcd: FakeEtcd) -> None:
    assert missing_members(seen(etcd), []) == []
    assert missing_members(seen(etcd), ["cp1", "cp2", "cp4"]) == ["cp4 is not a member"]


def test_leadership_goes_to_the_healthy_voter_that_has_applied_most(etcd: FakeEtcd) -> None:
    etcd.members.append(FakeMember(4, "cp4", learner=True, applied=9000))
    etcd.member("cp3").applied = 5001
    successor = best_successor(seen(etcd), "1")
    assert successor is not None
    assert successor.listed.name == "cp3"
    etcd.member("cp3").alarm = etcd.member("cp2").alarm = "NOSPACE"
    assert best_successor(seen(etcd), "1") is None


@pytest.mark.parametrize(("applied", "expected"), [(5000, True), (5000 - MAX_LAG, True), (4999 - MAX_LAG, False)])
def test_a_learner_is_in_step_when_it_has_applied_what_the_leader_has(
    etcd: FakeEtcd, applied: int, expected: bool
) -> None:
    etcd.members.append(FakeMember(4, "cp4", learner=True, applied=applied))
    view = seen(etcd)
    learner = view.find("cp4")
    assert learner is not None
    assert in_step(view, learner) is expected
