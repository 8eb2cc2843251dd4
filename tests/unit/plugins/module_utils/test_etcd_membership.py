# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Members change one step at a time, only as the quorum rule allows, and only once."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_membership import Membership, Target
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import ControlPlane
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd, FakeMember
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock

CP4 = Target("cp4", peer_urls=("https://10.0.0.4:2380",))


@pytest.fixture
def etcd() -> FakeEtcd:
    return FakeEtcd("cp1", "cp2", "cp3")


def membership(etcd: FakeEtcd, dry_run: bool = False, control_planes: list[ControlPlane] | None = None) -> Membership:
    clock = FakeClock()
    return Membership(etcd, etcd.endpoints, 10, dry_run, control_planes, clock=clock, sleep=clock.sleep)


def test_a_member_is_added_as_a_learner_once(etcd: FakeEtcd) -> None:
    assert membership(etcd).add_learner(CP4).steps == ("add cp4 as a learner",)
    assert etcd.members[3].learner
    assert membership(etcd).add_learner(CP4).steps == ()
    etcd.members[3].name = "cp4"
    assert membership(etcd).add_learner(CP4).steps == ()
    assert [action for _, action in etcd.changes()] == ["add"]


def test_an_addition_waits_while_etcd_is_not_settled(etcd: FakeEtcd) -> None:
    etcd.refusals = ["etcdserver: unhealthy cluster"] * 3
    membership(etcd).add_learner(CP4)
    assert len(etcd.members) == 4


def test_a_refusal_that_does_not_pass_ends_at_once(etcd: FakeEtcd) -> None:
    etcd.refusals = ["etcdserver: permission denied"]
    with pytest.raises(QuorumError, match=r"E2302 .*permission denied"):
        membership(etcd).add_learner(CP4)


def test_a_refusal_that_lasts_ends_after_the_timeout(etcd: FakeEtcd) -> None:
    etcd.refusals = ["etcdserver: unhealthy cluster"] * 100
    with pytest.raises(QuorumError, match=r"E2305 after 10 s: .*unhealthy cluster"):
        membership(etcd).add_learner(CP4)


@pytest.mark.parametrize("target", [CP4, Target(peer_urls=CP4.peer_urls), Target(member_id="4")])
def test_a_learner_is_promoted_when_it_is_in_step(etcd: FakeEtcd, target: Target) -> None:
    etcd.members.append(FakeMember(4, "cp4", learner=True))
    etcd.refusals = ["etcdserver: can only promote a learner member which is in sync with leader"]
    assert membership(etcd).promote(target).steps == ("promote cp4",)
    assert not etcd.member("cp4").learner
    assert membership(etcd).promote(target).steps == ()


def test_a_learner_that_stays_behind_is_not_promoted(etcd: FakeEtcd) -> None:
    etcd.members.append(FakeMember(4, "cp4", learner=True, applied=10))
    with pytest.raises(QuorumError, match="E2305 after 10 s: cp4 has not caught up with the leader: it is behind"):
        membership(etcd).promote(CP4)
    assert etcd.changes() == []


def test_promoting_nobody_is_an_error(etcd: FakeEtcd) -> None:
    with pytest.raises(QuorumError, match="E2308 etcd has no member cp4"):
        membership(etcd).promote(CP4)


def test_a_follower_is_removed_through_another_member(etcd: FakeEtcd) -> None:
    assert membership(etcd).remove(Target("cp3")).steps == ("remove cp3",)
    assert etcd.names() == ["cp1", "cp2"]
    assert [host for host, _ in etcd.changes()] != ["https://10.0.0.3:2379"]
    assert membership(etcd).remove(Target("cp3")).steps == ()


def test_the_leader_hands_over_before_it_is_removed(etcd: FakeEtcd) -> None:
    assert membership(etcd).remove(Target("cp1")).steps == ("move leadership from cp1 to cp3", "remove cp1")
    assert [action for _, action in etcd.changes()] == ["transfer-leadership", "remove"]
    assert etcd.changes()[0][0] == "https://10.0.0.1:2379"


def test_what_a_broken_join_left_is_removed_whole(etcd: FakeEtcd) -> None:
    etcd.members += [FakeMember(4, "", learner=True)]
    assert membership(etcd).remove(CP4).steps == ("remove (never started, https://10.0.0.4:2380)",)
    assert etcd.names() == ["cp1", "cp2", "cp3"]


def test_an_old_entry_and_a_new_learner_of_one_host_are_both_removed_the_learner_first(etcd: FakeEtcd) -> None:
    etcd.members += [FakeMember(4, "", learner=True)]
    etcd.member("cp3").up = False
    change = membership(etcd).remove(Target("cp3", peer_urls=CP4.peer_urls))
    assert change.steps == ("remove (never started, https://10.0.0.4:2380)", "remove cp3")
    assert etcd.names() == ["cp1", "cp2"]


def test_a_removal_that_endangers_quorum_is_refused_and_nothing_is_touched(etcd: FakeEtcd) -> None:
    etcd.member("cp2").up = False
    with pytest.raises(QuorumError, match="E2307 removing cp3 would endanger etcd's quorum"):
        membership(etcd).remove(Target("cp3"))
    assert etcd.changes() == []


def test_a_removal_that_leaves_no_healthy_control_plane_is_refused(etcd: FakeEtcd) -> None:
    hosts = [ControlPlane("cp1", False), ControlPlane("cp2", False), ControlPlane("cp3", True)]
    with pytest.raises(QuorumError, match="E2307 no fully healthy control plane would stay beside cp3"):
        membership(etcd, control_planes=hosts).remove(Target("cp3"))
    assert etcd.changes() == []


def test_a_dry_run_says_what_would_be_done_and_does_nothing(etcd: FakeEtcd) -> None:
    etcd.members.append(FakeMember(5, "cp5", learner=True))
    assert membership(etcd, dry_run=True).promote(Target("cp5")).steps == ("promote cp5",)
    etcd.members.pop()
    assert membership(etcd, dry_run=True).add_learner(CP4).steps == ("add cp4 as a learner",)
    assert membership(etcd, dry_run=True).remove(Target("cp1")).steps == (
        "move leadership from cp1 to cp3",
        "remove cp1",
    )
    assert membership(etcd, dry_run=True).follow(Target("cp1")).steps == ("move leadership from cp1 to cp3",)
    assert etcd.changes() == []


def test_leadership_moves_away_once(etcd: FakeEtcd) -> None:
    assert membership(etcd).follow(Target("cp1")).steps == ("move leadership from cp1 to cp3",)
    assert membership(etcd).follow(Target("cp1")).steps == ()


def test_the_only_member_that_votes_goes_on_leading() -> None:
    etcd = FakeEtcd("cp1")
    etcd.members.append(FakeMember(4, "cp4", learner=True))
    assert membership(etcd).follow(Target("cp1")).steps == ()
    assert etcd.changes() == []


def test_leadership_cannot_move_without_a_successor() -> None:
    etcd = FakeEtcd("cp1", "cp2")
    etcd.member("cp2").alarm = "NOSPACE"
    with pytest.raises(QuorumError, match="E2306 cp1 leads etcd and no other voting member is healthy"):
        membership(etcd).follow(Target("cp1"))


def test_silence_of_all_members_is_an_error(etcd: FakeEtcd) -> None:
    for member in etcd.members:
        member.up = False
    with pytest.raises(QuorumError, match=r"E2301 .*Connection refused"):
        membership(etcd).remove(Target("cp1"))
