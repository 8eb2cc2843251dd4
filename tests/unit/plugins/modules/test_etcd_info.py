# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate: what it lets through, what it names, and that it changes nothing."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import RANGE
from ansible_collections.quorum.kubernetes.plugins.modules.etcd_info import run
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd, FakeMember


def options(etcd: FakeEtcd, **given: Any) -> dict[str, Any]:
    return {
        "endpoints": etcd.endpoints,
        "healthy": False,
        "members": [],
        "only_nodes": [],
        "step": None,
        "timeout": 0,
        "control_planes": None,
        **given,
    }


def step(action: str, member: str) -> dict[str, Any]:
    return {"action": action, "member": member, "peer_urls": []}


@pytest.fixture
def etcd() -> FakeEtcd:
    return FakeEtcd("cp1", "cp2", "cp3")


def test_it_describes_and_changes_nothing(etcd: FakeEtcd) -> None:
    result = run(options(etcd), etcd)
    assert (result["changed"], result["agreement"], result["leader"]) == (False, True, "cp1")
    assert etcd.changes() == []


def test_without_a_gate_an_unhealthy_cluster_is_only_described(etcd: FakeEtcd) -> None:
    etcd.member("cp2").up = False
    assert run(options(etcd), etcd)["agreement"] is False


def test_the_gate_names_what_is_not_healthy(etcd: FakeEtcd) -> None:
    etcd.member("cp2").up = False
    with pytest.raises(QuorumError, match="E2305 after 0 s: cp2 does not answer"):
        run(options(etcd, healthy=True), etcd)


def test_the_gate_names_members_that_are_missing(etcd: FakeEtcd) -> None:
    with pytest.raises(QuorumError, match="cp4 is not a member"):
        run(options(etcd, members=["cp1", "cp2", "cp4"]), etcd)


def test_the_gate_lets_an_allowed_step_through_and_says_why(etcd: FakeEtcd) -> None:
    result = run(options(etcd, healthy=True, step=step("restart", "cp2")), etcd)
    assert result["decision"] == ("restarting cp2 is safe: 2 of 3 voting members would be healthy, 2 are needed.")


def test_the_gate_stops_a_step_that_endangers_quorum(etcd: FakeEtcd) -> None:
    etcd.member("cp1").alarm = "NOSPACE"
    with pytest.raises(QuorumError, match="restarting cp2 would endanger etcd's quorum"):
        run(options(etcd, step=step("restart", "cp2")), etcd)


def test_the_gate_minds_the_control_planes(etcd: FakeEtcd) -> None:
    hosts = [{"name": "cp1", "healthy": True}, {"name": "cp2", "healthy": False}]
    with pytest.raises(QuorumError, match="no fully healthy control plane would stay beside cp1"):
        run(options(etcd, step=step("restart", "cp1"), control_planes=hosts), etcd)


def test_a_learner_holds_the_gate(etcd: FakeEtcd) -> None:
    etcd.members.append(FakeMember(4, "cp4", learner=True))
    with pytest.raises(QuorumError, match="cp4 is a learner"):
        run(options(etcd, healthy=True), etcd)


def test_no_member_at_all_holds_the_gate(etcd: FakeEtcd) -> None:
    for member in etcd.members:
        member.up = False
    with pytest.raises(QuorumError, match="Connection refused"):
        run(options(etcd, healthy=True), etcd)


@pytest.mark.parametrize(("only", "refused"), [([], False), (["cp1"], True), (["cp1", "w1"], False)])
def test_a_cluster_that_etcd_holds_already_is_noticed(etcd: FakeEtcd, only: list[str], refused: bool) -> None:
    for member in etcd.members:
        keys = [{"key": base64.b64encode(f"/registry/minions/{name}".encode()).decode()} for name in ("cp1", "w1")]
        etcd.overrides[member.name, RANGE] = {"kvs": keys}
    if not refused:
        run(options(etcd, healthy=True, only_nodes=only), etcd)
        return
    with pytest.raises(QuorumError, match="E2335 etcd already holds a cluster, with the nodes w1"):
        run(options(etcd, healthy=True, only_nodes=only), etcd)
