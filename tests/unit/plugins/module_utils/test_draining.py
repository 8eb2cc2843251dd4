"""A drain ends when the pods are gone, or with what keeps them; the node is given back when it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.drain import CORDONED, MAINTENANCE, RUN, Policy
from ansible_collections.quorum.kubernetes.plugins.module_utils.draining import Drainer
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.kube_drain import run
from ansible_collections.quorum.kubernetes.tests.unit.plugins.cluster_objects import budget, node, pod
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner

Json = dict[str, Any]

TOO_MANY = Result(
    1, "", "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget."
)

CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": ""}
NOT_FOUND = Result(1, "", 'Error from server (NotFound): nodes "w1" not found')


class FakeNode:
    """A node w1 whose pods end `lifetime` seconds after their eviction; budgets refuse the pods of `kept`."""

    def __init__(self, *pods: Json, cordoned: bool = False, purpose: str = "", lifetime: float = 2.0) -> None:
        self.clock = FakeClock()
        self.pods = list(pods)
        self.node = node("w1", unschedulable=cordoned, annotations={CORDONED: purpose} if purpose else {})
        self.kept: dict[str, float] = {}
        self.evictions: list[str] = []
        self.budgets: list[Json] = []
        self.others: list[Json] = []
        self._ends: dict[str, float] = {}
        self._lifetime = lifetime
        self.runner = (
            FakeRunner()
            .on("kubectl get node w1", self._get)
            .on("kubectl get nodes", lambda _argv, _stdin: Result(0, json.dumps({"items": [self.node, *self.others]})))
            .on("kubectl delete node w1", self._delete)
            .on("kubectl get --raw", self._raw)
            .on("kubectl create --raw", self._evict)
            .on("kubectl patch node w1", self._patch)
        )

    def drainer(
        self, timeout: float = 60, check_mode: bool = False, policy: Policy | None = None, purpose: str = RUN
    ) -> Drainer:
        """Return what drains it."""
        kubectl = Kubectl(self.runner, clock=self.clock, sleep=self.clock.sleep)
        return Drainer(kubectl, "w1", policy or Policy(), timeout, check_mode, purpose, self.clock, self.clock.sleep)

    def meanwhile(self, drainer: Drainer, other: Callable[[], None]) -> None:
        """Let another one do something when the drainer pauses for the first time."""
        others = [other]

        def sleep(seconds: float) -> None:
            self.clock.sleep(seconds)
            if others:
                others.pop()()

        drainer.sleep = sleep

    @property
    def mark(self) -> str:
        """Whose cordon it is."""
        return str(self.node["metadata"]["annotations"].get(CORDONED, ""))

    @property
    def cordoned(self) -> bool:
        """Whether pods may not come."""
        return bool(self.node and self.node["spec"].get("unschedulable"))

    def _get(self, _argv: list[str], _stdin: str | None) -> Result:
        return Result(0, json.dumps(self.node)) if self.node else NOT_FOUND

    def _delete(self, _argv: list[str], _stdin: str | None) -> Result:
        self.node = {}
        return Result(0)

    def _raw(self, argv: list[str], _stdin: str | None) -> Result:
        if "poddisruptionbudgets" in argv[-1]:
            return Result(0, json.dumps({"items": self.budgets}))
        assert argv[-1] == "/api/v1/pods?fieldSelector=spec.nodeName%3Dw1"
        self.pods = [one for one in self.pods if self._ends.get(one["metadata"]["name"], 1e9) > self.clock()]
        return Result(0, json.dumps({"items": self.pods}))

    def _evict(self, argv: list[str], stdin: str | None) -> Result:
        body = json.loads(stdin or "")
        name = body["metadata"]["name"]
        assert argv[-3] == f"/api/v1/namespaces/default/pods/{name}/eviction"
        if self.kept.get(name, 0) > self.clock():
            return TOO_MANY
        self.evictions.append(name)
        self._ends[name] = self.clock() + self._lifetime
        one = next(one for one in self.pods if one["metadata"]["name"] == name)
        one["metadata"]["deletionTimestamp"] = "2026-11-29T00:00:00Z"
        return Result(0)

    def _patch(self, argv: list[str], stdin: str | None) -> Result:
        assert "--type=merge" in argv
        patch = json.loads(stdin or "")
        self.node["spec"]["unschedulable"] = patch["spec"]["unschedulable"]
        mark = patch["metadata"]["annotations"][CORDONED]
        self.node["metadata"]["annotations"] = {CORDONED: mark} if mark else {}
        return Result(0)


def test_a_drained_node_is_cordoned_and_its_pods_are_gone() -> None:
    host = FakeNode(pod("web"), pod("db", controller="StatefulSet"), pod("flannel", controller="DaemonSet"))
    drainer = host.drainer()
    assert sorted(drainer.drain()) == ["default/db", "default/web"]
    assert [one["metadata"]["name"] for one in host.pods] == ["flannel"]
    assert host.cordoned
    assert drainer.steps[0] == "cordon w1"


def test_a_pod_is_waited_for_until_it_is_gone() -> None:
    host = FakeNode(pod("slow"), lifetime=45.0)
    started = host.clock()
    host.drainer().drain()
    assert host.clock() - started >= 45


def test_a_refusal_is_asked_again_until_the_budget_allows_it() -> None:
    host = FakeNode(pod("web"))
    host.kept["web"] = host.clock() + 20
    assert host.drainer().drain() == ["default/web"]
    assert host.evictions == ["web"]


def test_a_drain_that_fails_names_the_budget_and_gives_the_node_back() -> None:
    host = FakeNode(pod("web", labels={"app": "web"}), pod("free"))
    host.kept["web"] = 1e12
    host.budgets = [budget("web", {"matchLabels": {"app": "web"}}, 0, 1, 1)]
    with pytest.raises(QuorumError) as caught:
        host.drainer().drain()
    assert str(caught.value).startswith(
        "E2502 w1 is not drained after 60 s: default/web: kept by PodDisruptionBudget default/web "
        "(0 disruptions allowed, 1 healthy, 1 wanted). Fix: "
    )
    assert not host.cordoned
    assert host.evictions == ["free"]


def test_a_failed_drain_leaves_an_administrators_cordon() -> None:
    host = FakeNode(pod("web"), cordoned=True)
    host.kept["web"] = 1e12
    with pytest.raises(QuorumError):
        host.drainer().drain()
    assert host.cordoned


def test_what_is_in_maintenance_stays_so_and_is_given_back_by_maintenance_alone() -> None:
    host = FakeNode(pod("web"))
    host.drainer(purpose=MAINTENANCE).drain()
    host.drainer().drain()
    host.drainer().uncordon(own_only=True)
    assert host.cordoned
    host.drainer(purpose=MAINTENANCE).uncordon(own_only=True)
    assert not host.cordoned


@pytest.mark.parametrize("left", [RUN, f"{RUN} 4711"])
def test_a_cordon_that_a_killed_run_left_is_taken_over_and_given_back(left: str) -> None:
    host = FakeNode(pod("web"), cordoned=True, purpose=left)
    drainer = host.drainer()
    assert drainer.drain() == ["default/web"]
    assert drainer.steps == ["evict default/web"]
    assert host.mark == f"{RUN} {drainer.name}"
    host.drainer().uncordon(own_only=True)
    assert not host.cordoned


def test_maintenance_takes_over_what_a_killed_run_left() -> None:
    host = FakeNode(pod("web"), cordoned=True, purpose=RUN)
    host.drainer(purpose=MAINTENANCE).drain()
    host.drainer().uncordon(own_only=True)
    assert host.cordoned


def test_the_drain_of_a_killed_run_ends_when_the_next_one_begins_and_leaves_it_the_node() -> None:
    host = FakeNode(pod("web"))
    host.kept["web"] = 1e12
    killed, later = host.drainer(), host.drainer()
    host.meanwhile(killed, later.cordon)
    with pytest.raises(QuorumError, match="E2505 the drain of w1 ends"):
        killed.drain()
    assert host.mark == f"{RUN} {later.name}"
    host.kept = {}
    assert later.drain() == ["default/web"]
    assert host.cordoned


def test_the_drain_of_a_killed_run_evicts_nothing_that_came_after_the_node_was_given_back() -> None:
    host = FakeNode(pod("web"))
    host.kept["web"] = 1e12
    killed = host.drainer()

    def finish() -> None:
        host.drainer().uncordon(own_only=True)
        host.pods = [pod("new")]

    host.meanwhile(killed, finish)
    with pytest.raises(QuorumError, match="E2505"):
        killed.drain()
    assert (host.cordoned, host.evictions) == (False, [])


def test_what_the_policy_forbids_is_said_before_the_first_change() -> None:
    host = FakeNode(pod("alone", controller=""), pod("web"))
    with pytest.raises(QuorumError, match="E2501 w1 must not be drained: default/alone"):
        host.drainer().drain()
    assert (host.cordoned, host.evictions) == (False, [])
    assert host.drainer(policy=Policy(unmanaged=True)).drain() == ["default/alone", "default/web"]


def test_a_node_that_was_cordoned_for_this_drain_is_given_back_when_the_policy_forbids_it() -> None:
    host = FakeNode(pod("alone", controller=""), cordoned=True, purpose=MAINTENANCE)
    with pytest.raises(QuorumError, match="E2501"):
        host.drainer(purpose=MAINTENANCE).drain()
    assert not host.cordoned


@pytest.mark.parametrize(
    ("labels", "purpose", "refused"),
    [(CONTROL_PLANE, MAINTENANCE, True), (CONTROL_PLANE, RUN, False), ({}, MAINTENANCE, False)],
)
def test_one_control_plane_at_a_time_is_in_maintenance(labels: Json, purpose: str, refused: bool) -> None:
    host = FakeNode()
    host.node["metadata"]["labels"] = labels
    host.others = [node("cp1", unschedulable=True, labels=CONTROL_PLANE, annotations={CORDONED: MAINTENANCE})]
    drainer = host.drainer(purpose=purpose)
    if refused:
        with pytest.raises(QuorumError, match="E2504 cp1 is in maintenance"):
            drainer.cordon()
    else:
        drainer.cordon()
    assert host.cordoned is not refused
    host.others = []
    host.drainer(purpose=purpose).cordon()
    host.drainer(purpose=purpose).cordon()  # its own maintenance, begun before, is no other's
    assert host.cordoned


def test_a_node_that_does_not_exist_is_said() -> None:
    host = FakeNode()
    host.node = {}
    with pytest.raises(QuorumError, match="E2503"):
        host.drainer().cordon()


@pytest.mark.parametrize(
    ("cordoned", "purpose", "own_only", "stays_cordoned"),
    [
        (True, RUN, True, False),
        (True, MAINTENANCE, True, True),
        (True, "", True, True),
        (True, "", False, False),
        (True, MAINTENANCE, False, False),
        (False, "", False, False),
    ],
)
def test_uncordon_leaves_the_cordon_of_another_where_it_is_told_to(
    cordoned: bool, purpose: str, own_only: bool, stays_cordoned: bool
) -> None:
    host = FakeNode(cordoned=cordoned, purpose=purpose)
    drainer = host.drainer()
    drainer.uncordon(own_only)
    assert host.cordoned is stays_cordoned
    assert bool(drainer.steps) is (cordoned and not stays_cordoned)


def result(host: FakeNode, state: str, check_mode: bool) -> Json:
    return run({"state": state, "own_only": False}, host.drainer(check_mode=check_mode))


@pytest.mark.parametrize("state", ["drained", "cordoned", "schedulable", "absent"])
def test_check_then_run_then_check_then_run(state: str) -> None:
    host = FakeNode(pod("web"), cordoned=state == "schedulable")
    predicted = result(host, state, True)
    assert (host.evictions, host.cordoned) == ([], state == "schedulable")
    done = result(host, state, False)
    assert predicted["steps"] == done["steps"] != []
    assert predicted["diff"] == done["diff"]
    for check_mode in (True, False):
        again = result(host, state, check_mode)
        assert (again["changed"], "diff" in again) == (False, False)


def test_check_mode_tells_what_would_keep_pods_now() -> None:
    host = FakeNode(pod("web", labels={"app": "web"}))
    host.budgets = [budget("web", {"matchLabels": {"app": "web"}})]
    assert "PodDisruptionBudget default/web" in result(host, "drained", True)["blockers"][0]
