"""The module puts the plan's hosts, the API's nodes and etcd's members together."""

from __future__ import annotations

import json
from collections.abc import Collection

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import gather_cluster, heartbeats
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import MemberView
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.kube_removal import leaving, plan
from ansible_collections.quorum.kubernetes.tests.unit.plugins.cluster_objects import node
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

ROLE = {"node-role.kubernetes.io/control-plane": ""}


@pytest.mark.parametrize(
    ("state", "answers", "installed"),
    [("unknown", False, False), ("none", True, False), ("partial", True, True), ("complete", True, True)],
)
def test_the_state_of_the_plan_says_what_is_on_the_host(state: str, answers: bool, installed: bool) -> None:
    found = leaving("w1", {"node_name": "n1", "node_ip": "10.0.0.9", "state": state, "roles": ["worker"]})
    assert (found.name, found.answers, found.installed, found.control_plane) == ("n1", answers, installed, False)


def test_nothing_is_changed_and_the_order_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather_cluster, "readyz", lambda host, port: "")
    nodes = [node("cp1", labels=ROLE), node("cp2", labels=ROLE), node("cp3", labels=ROLE), node("w1")]
    runner = FakeRunner().on("kubectl get nodes", Result(0, json.dumps({"items": nodes})))
    members = [MemberView(f"id-{name}", name) for name in ("cp1", "cp2", "cp3")]
    found = {
        name: {"node_name": name, "node_ip": "", "state": "complete", "roles": roles}
        for name, roles in (("w1", ["worker"]), ("cp3", ["control_plane"]))
    }
    result = plan({"hosts": ["cp3", "w1"], "found": found}, Kubectl(runner), members, "6443")
    assert (result["changed"], list(result["removals"])) == (False, ["w1", "cp3"])
    assert result["removals"]["cp3"]["member"] is True


def test_a_host_that_neither_answers_nor_renews_its_lease_is_dead_though_its_node_is_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[set[str]] = []

    def silent(_kubectl: Kubectl, names: Collection[str]) -> set[str]:
        asked.append(set(names))
        return {"w1"}

    monkeypatch.setattr(heartbeats, "silent", silent)
    nodes = [node("cp1", labels=ROLE), node("w1"), node("w2"), node("w3", ready=False), node("w4")]
    runner = FakeRunner().on("kubectl get nodes", Result(0, json.dumps({"items": nodes})))
    states = {"w1": "unknown", "w2": "unknown", "w3": "unknown", "w4": "complete"}
    found = {
        name: {"node_name": name, "node_ip": "", "state": state, "roles": ["worker"]} for name, state in states.items()
    }
    removals = plan({"hosts": list(found), "found": found}, Kubectl(runner), [], "6443")["removals"]
    assert asked == [{"w1", "w2"}], "of the others it is known"
    assert {name: removal["drain"] for name, removal in removals.items()} == {
        "w1": False,
        "w2": True,
        "w3": False,
        "w4": True,
    }
