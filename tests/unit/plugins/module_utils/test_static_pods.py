"""Static pods' containers are found by name and namespace, and stopped in the order that is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import static_pods
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

Json = dict[str, Any]


def container(identifier: str, name: str, created: int, namespace: str = "kube-system") -> Json:
    """Return a container as crictl prints it; `created` in seconds."""
    return {
        "id": identifier,
        "metadata": {"name": name},
        "labels": {"io.kubernetes.pod.namespace": namespace},
        "createdAt": str(created * 10**9),
    }


CONTAINERS = [
    container("a", "etcd", 100),
    container("b", "kube-apiserver", 200),
    container("c", "etcd", 300, namespace="default"),
    container("d", "coredns", 400),
]


def test_the_youngest_container_of_kube_system_counts() -> None:
    found = static_pods.started([*CONTAINERS, container("e", "etcd", 150)], ["etcd", "kube-apiserver"])
    assert found == {"etcd": 150.0, "kube-apiserver": 200.0}


def test_they_are_stopped_in_order_and_gently() -> None:
    runner = FakeRunner().on("crictl ps", Result(0, json.dumps({"containers": CONTAINERS}))).on("crictl stop")
    static_pods.Containers(runner).stop(["kube-apiserver", "etcd"], 30)
    stopped = [line for line in runner.lines() if " stop " in line]
    assert [line.split()[-3:] for line in stopped] == [["--timeout", "30", "b"], ["--timeout", "30", "a"]]


@pytest.mark.parametrize("text", ["", "{}", "[]", "no JSON"])
def test_an_answer_that_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(QuorumError, match="E2541"):
        static_pods.parse(text)


def test_a_runtime_that_does_not_answer_is_said() -> None:
    runner = FakeRunner().on("crictl ps", Result(1, "", "connection refused"))
    with pytest.raises(QuorumError, match="E2541 crictl failed: connection refused"):
        static_pods.Containers(runner).running()
