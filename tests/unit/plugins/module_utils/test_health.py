# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Conditions of a cluster: each says by name what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.health import Observed, Wanted, missing, pod_to_move


def node(name: str, ready: str = "True", message: str = "", version: str = "v1.37.1", **spec: Any) -> dict[str, Any]:
    conditions = [{"type": "DiskPressure", "status": "False"}, {"type": "Ready", "status": ready, "message": message}]
    status = {"conditions": conditions, "nodeInfo": {"kubeletVersion": version}}
    return {"kind": "Node", "metadata": {"name": name}, "spec": spec, "status": status}


def pod(name: str, host: str | None, ready: bool = True, created: str = "2026-11-29", **more: Any) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"k8s-app": "kube-dns"}, "creationTimestamp": created, **more},
        "spec": {"nodeName": host} if host else {},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def coredns(available: int = 2, updated: int = 2, observed: int = 3) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "coredns", "generation": 3},
        "spec": {"replicas": 2},
        "status": {"availableReplicas": available, "updatedReplicas": updated, "observedGeneration": observed},
    }


def seen(*objects: dict[str, Any], **more: Any) -> Observed:
    return Observed(apis=more.pop("apis", {}), objects=objects, **more)


NETWORK = "container runtime network not ready:\n  cni plugin not initialized"


@pytest.mark.parametrize(
    ("wanted", "found", "lacking"),
    [
        (Wanted(), Observed({}), []),
        (Wanted(nodes_ready=("cp1",)), seen(node("cp1"), node("w1", "False")), []),
        (
            Wanted(nodes_ready=("w1", "w2")),
            seen(node("w1", "False", NETWORK)),
            [
                "w1 is NotReady: container runtime network not ready: cni plugin not initialized",
                "w2 has no Node object",
            ],
        ),
        (Wanted(nodes_ready=("w1",)), seen(node("w1", "Unknown")), ["w1 is NotReady: no reason given"]),
        (
            Wanted(nodes_ready=("w1",)),
            seen(node("w1", taints=[{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}])),
            ["w1 is Ready, and the control plane has not opened it for pods yet"],
        ),
        (
            Wanted(nodes_ready=("w1",)),
            seen(node("w1", unschedulable=True, taints=[{"key": "node.kubernetes.io/unschedulable"}])),
            [],
        ),
        (
            Wanted(nodes_ready=("w1",)),
            seen({"kind": "Node", "metadata": {"name": "w1"}}),
            ["w1 is NotReady: the kubelet has not reported yet"],
        ),
        (Wanted(versions=(("w1", "v1.37.1"), ("w2", "1.37.1"))), seen(node("w1"), node("w2")), []),
        (
            Wanted(versions=(("w1", "1.37.1"),)),
            seen(node("w1", version="v1.36.3")),
            ["the kubelet of w1 is 1.36.3, not 1.37.1"],
        ),
        (Wanted(coredns=True), seen(coredns()), []),
        (Wanted(coredns=True), seen(coredns(available=1)), ["CoreDNS has 1 of 2 replicas available"]),
        (Wanted(coredns=True), seen(coredns(updated=1)), ["CoreDNS has 1 of 2 replicas available"]),
        (Wanted(coredns=True), seen(coredns(observed=2)), ["CoreDNS is being changed"]),
        (Wanted(coredns=True), seen(), ["there is no Deployment coredns"]),
        (
            Wanted(nodes_ready=("w1",)),
            Observed({}, None, "connection refused"),
            ["the API server does not answer: connection refused"],
        ),
        (
            Wanted(apis=("10.0.0.11:6443",)),
            Observed({"10.0.0.11:6443": "refused", "10.0.0.12:6443": ""}),
            ["the API server 10.0.0.11:6443 is not ready: refused"],
        ),
        (Wanted(etcd=True), Observed({}, etcd=("cp2 is a learner",)), ["cp2 is a learner"]),
    ],
)
def test_conditions(wanted: Wanted, found: Observed, lacking: list[str]) -> None:
    assert missing(wanted, found) == lacking


class TestSpread:
    def test_one_of_two_replicas_on_one_node_moves_to_another_that_takes_pods(self) -> None:
        older, newer = pod("a", "cp1", created="2026-11-29T00:00:00Z"), pod("b", "cp1", created="2026-11-29T00:00:09Z")
        assert pod_to_move(seen(node("cp1"), node("w1"), newer, older)) == "b"

    def test_a_replica_that_does_not_serve_goes_first(self) -> None:
        assert pod_to_move(seen(node("w1"), node("w2"), pod("a", "w1", ready=False), pod("b", "w1"))) == "a"

    @pytest.mark.parametrize(
        "objects",
        [
            (node("w1"), node("w2"), pod("a", "w1"), pod("b", "w2")),
            (node("w1"), pod("a", "w1"), pod("b", "w1")),
            (node("w1"), node("w2", "False"), pod("a", "w1"), pod("b", "w1")),
            (node("w1"), node("w2", unschedulable=True), pod("a", "w1"), pod("b", "w1")),
            (node("w1"), node("cp1", taints=[{"key": "k", "effect": "NoSchedule"}]), pod("a", "w1"), pod("b", "w1")),
            (node("w1"), node("w2"), pod("a", "w1")),
            (node("w1"), node("w2"), pod("a", "w1"), pod("b", None)),
            (node("w1"), node("w2"), pod("a", "w1"), pod("b", "w1", deletionTimestamp="2026-11-29T00:00:00Z")),
            (node("w1"), node("w2")),
        ],
        ids=["spread", "one node", "not ready", "cordoned", "tainted", "one replica", "pending", "moving", "no pods"],
    )
    def test_there_is_no_need_or_no_way(self, objects: tuple[dict[str, Any], ...]) -> None:
        assert pod_to_move(seen(*objects)) is None
