# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Health, the quorum rule and changes of members on real etcd; no acknowledged write is lost by any of them."""

from __future__ import annotations

import base64
import threading
from types import TracebackType

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_membership import Membership, Target
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import decimal_id, disagreements
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import Step, decide
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until

from tests.integration.etcd.cluster import RealEtcd

PUT = "/v3/kv/put"
ALARM = "/v3/maintenance/alarm"


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def membership(etcd: RealEtcd) -> Membership:
    return Membership(etcd.gateway, etcd.endpoints, timeout=30)


def put(etcd: RealEtcd, key: str) -> bool:
    """Write once, to any member that takes it; whether the write was acknowledged."""
    for endpoint in etcd.endpoints:
        try:
            etcd.gateway.call(endpoint, PUT, {"key": coded(key), "value": coded(key)})
        except QuorumError:
            continue
        return True
    return False


class Writer:
    """Writes in the background and remembers what was acknowledged."""

    def __init__(self, etcd: RealEtcd) -> None:
        self.etcd, self.sent, self.acknowledged = etcd, 0, set[str]()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._over.wait(0.005):
            key = f"writer/{self.sent:06d}"
            self.sent += 1
            if put(self.etcd, key):
                self.acknowledged.add(key)

    def more(self, count: int = 50) -> None:
        """Wait until ``count`` more writes are acknowledged."""
        wanted = len(self.acknowledged) + count

        def missing(acknowledged: int) -> list[str]:
            return [] if acknowledged >= wanted else [f"{wanted - acknowledged} writes"]

        wait_until(lambda: len(self.acknowledged), missing, 30, "E2305", interval=0.05)

    def lost(self) -> set[str]:
        """Acknowledged keys that are not there any more."""
        body = {"key": coded("writer/"), "range_end": coded("writer0"), "keys_only": True}
        answer = self.etcd.gateway.call(self.etcd.endpoints[0], etcd_client.RANGE, body)
        present = {base64.b64decode(entry["key"]).decode() for entry in answer.get("kvs", ())}
        print(f"figure: {len(self.acknowledged)} of {self.sent} writes acknowledged")
        return self.acknowledged - present


def test_every_member_says_the_same(etcd: RealEtcd) -> None:
    seen = etcd.look().as_dict()
    assert (seen["agreement"], seen["reasons"]) == (True, [])
    assert [member["name"] for member in seen["members"]] == ["a", "b", "c"]
    assert sum(member["is_leader"] for member in seen["members"]) == 1
    assert all(member["db_size"] > 0 and member["raft_term"] >= 2 for member in seen["members"])
    print(f"figure: etcd {', '.join(seen['versions'])}")


def test_an_alarm_of_one_member_is_seen_and_holds_the_gate(etcd: RealEtcd) -> None:
    member = etcd.look().members[1]
    body = {"memberID": decimal_id(member.listed.member_id), "alarm": "NOSPACE"}
    etcd.gateway.call(etcd.endpoints[0], ALARM, {"action": "ACTIVATE", **body})
    assert disagreements(etcd.look()) == ["b has the alarm NOSPACE"]
    assert not decide(etcd.look().for_quorum(), Step("restart", "a")).allowed
    etcd.gateway.call(etcd.endpoints[0], ALARM, {"action": "DEACTIVATE", **body})
    etcd.settle()


def test_a_member_joins_as_learner_and_the_leader_leaves_without_a_lost_write(etcd: RealEtcd) -> None:
    etcd.new("d")
    target = Target("d", peer_urls=(etcd.nodes["d"].peer_url,))
    with Writer(etcd) as writer:
        writer.more()
        assert membership(etcd).add_learner(target).steps == ("add d as a learner",)
        assert membership(etcd).add_learner(target).steps == ()
        with pytest.raises(QuorumError, match="E2307 etcd has a learner that nobody has settled"):
            membership(etcd).add_learner(Target("e", peer_urls=("https://127.0.0.1:1",)))
        etcd.start("d", "a", "b", "c", "d")
        assert membership(etcd).promote(target).steps == ("promote d",)
        assert membership(etcd).promote(target).steps == ()
        etcd.settle()
        leader = etcd.leader()
        steps = membership(etcd).remove(Target(leader)).steps
        assert steps[0].startswith(f"move leadership from {leader} to ")
        assert steps[1:] == (f"remove {leader}",)
        etcd.kill(leader)
        etcd.settle()
        writer.more()
    assert writer.lost() == set()
    assert len(etcd.look().members) == 3


def test_a_learner_that_never_started_is_settled(etcd: RealEtcd) -> None:
    target = Target("d", peer_urls=("https://127.0.0.1:1",))
    membership(etcd).add_learner(target)
    assert disagreements(etcd.look()) != []
    assert membership(etcd).remove(target).steps == ("remove (never started, https://127.0.0.1:1)",)
    etcd.settle()


def test_leadership_moves_away_without_an_election_that_loses_writes(etcd: RealEtcd) -> None:
    with Writer(etcd) as writer:
        writer.more()
        for _ in range(3):
            leader = etcd.leader()
            assert len(membership(etcd).follow(Target(leader)).steps) == 1
            assert membership(etcd).follow(Target(leader)).steps == ()
        etcd.settle()
        writer.more()
    assert writer.lost() == set()


def test_with_one_member_dead_only_the_dead_one_may_go(etcd: RealEtcd) -> None:
    leader = etcd.leader()
    dead, other = (name for name in etcd.nodes if name != leader)
    with Writer(etcd) as writer:
        writer.more()
        etcd.kill(dead)
        for name in (leader, other):
            assert not decide(etcd.look().for_quorum(), Step("restart", name)).allowed
            with pytest.raises(QuorumError, match=f"E2307 removing {name} would endanger etcd's quorum"):
                membership(etcd).remove(Target(name))
        assert membership(etcd).remove(Target(dead)).steps == (f"remove {dead}",)
        etcd.settle()
        writer.more()
    assert writer.lost() == set()


def test_what_the_rule_refuses_would_have_cost_quorum(etcd: RealEtcd) -> None:
    """The control: with the rule ignored, the step it forbids stops every write."""
    leader = etcd.leader()
    dead, other = (name for name in etcd.nodes if name != leader)
    etcd.kill(dead)
    assert put(etcd, "one dead")
    assert not decide(etcd.look().for_quorum(), Step("restart", other)).allowed
    etcd.kill(other)
    assert not put(etcd, "two dead")
    reasons = disagreements(etcd.look())
    assert any(reason.startswith(f"{leader} does not answer") for reason in reasons)
