# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a member without data starts: never as a second cluster, never under the identity of one that lost its data."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_bootstrap as bootstrap
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_bootstrap import Start
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import look
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import ClusterView
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd, FakeMember

C = "https://10.0.0.3:2380"


def decide(etcd: FakeEtcd) -> Start:
    return bootstrap.decide("c", C, False, look(etcd, etcd.endpoints))


def test_a_cluster_is_formed_only_while_nobody_has_data() -> None:
    assert bootstrap.decide("c", C, True, ClusterView(())) == Start("form")
    with pytest.raises(QuorumError, match="E2331"):
        bootstrap.decide("c", C, False, ClusterView(()))


def test_a_member_that_is_not_listed_joins() -> None:
    assert decide(FakeEtcd("a", "b")) == Start("join")


def test_a_member_that_had_data_leaves_before_it_joins() -> None:
    etcd = FakeEtcd("a", "b", "c")
    etcd.member("c").up = False
    assert decide(etcd) == Start("join", lost=True)


def test_a_learner_that_a_killed_run_added_goes_on_joining() -> None:
    etcd = FakeEtcd("a", "b")
    etcd.members.append(FakeMember(3, "", learner=True))
    assert decide(etcd) == Start("join")


def test_a_cluster_that_is_being_formed_is_finished_while_it_has_no_leader() -> None:
    etcd = FakeEtcd("a", "", "")
    for member in etcd.members[1:]:
        member.up = False
    assert decide(etcd) == Start("resume")
    formed = FakeEtcd("a", "b", "")
    assert decide(formed) == Start("join")


def test_a_new_address_under_an_old_name_replaces_only_a_dead_member() -> None:
    etcd = FakeEtcd("a", "b", "d", "c")
    etcd.members.pop(2)
    etcd.member("c").up = False
    assert decide(etcd) == Start("join", lost=True)
    etcd.member("c").up = True
    with pytest.raises(QuorumError, match="E2332 another member is called c already"):
        decide(etcd)


def test_a_joining_member_lists_all_members_under_their_names() -> None:
    etcd = FakeEtcd("a", "b", "")
    view = look(etcd, etcd.endpoints)
    assert bootstrap.existing_cluster(view, "c", C) == f"c={C},a=https://10.0.0.1:2380,b=https://10.0.0.2:2380"


def test_the_environment_is_for_the_first_start() -> None:
    text = bootstrap.environment("a=https://h:2380", bootstrap.NEW, "token")
    assert text.splitlines()[1:] == [
        'ETCD_INITIAL_CLUSTER="a=https://h:2380"',
        'ETCD_INITIAL_CLUSTER_STATE="new"',
        'ETCD_INITIAL_CLUSTER_TOKEN="token"',
    ]
