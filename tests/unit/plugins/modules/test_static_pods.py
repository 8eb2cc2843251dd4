# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kubelet stops before the containers it would start again, and only what runs is stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.static_pods import run
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner


def container(name: str, namespace: str = "kube-system") -> dict[str, Any]:
    labels = {"io.kubernetes.pod.namespace": namespace}
    return {"id": f"id-{name}", "metadata": {"name": name}, "labels": labels, "createdAt": "1"}


def listing(*containers: dict[str, Any]) -> Result:
    return Result(0, json.dumps({"containers": list(containers)}))


def host(active: bool, *containers: dict[str, Any]) -> FakeRunner:
    """A host whose containers run until the last of them is stopped."""
    runner = FakeRunner().on("systemctl is-active", Result(0 if active else 3))
    stopped: list[str] = []

    def ps(argv: list[str], stdin: str | None) -> Result:
        calls = [line for line in runner.lines() if "stop --timeout" in line]
        stopped[:] = [line.rsplit(" ", 1)[1] for line in calls]
        return listing(*(one for one in containers if one["id"] not in stopped))

    runner.on("crictl ps", ps)
    return runner.on("systemctl stop").on("systemctl start").on("crictl stop")


def apply(runner: FakeRunner, state: str, check_mode: bool = False) -> list[str]:
    components = ["kube-apiserver", "etcd"]
    steps: list[str] = run({"state": state, "components": components, "grace": 7}, runner, check_mode)["steps"]
    return steps


def changes(runner: FakeRunner) -> list[str]:
    words = ("systemctl stop", "systemctl start", "stop --timeout")
    return [line for line in runner.lines() if any(word in line for word in words)]


def test_the_kubelet_stops_first_then_the_components_in_order() -> None:
    runner = host(True, container("etcd"), container("kube-apiserver"), container("etcd", "other"))
    assert apply(runner, "stopped") == ["stop the kubelet", "stop kube-apiserver", "stop etcd"]
    kubelet, first, second = changes(runner)
    assert kubelet == "systemctl stop kubelet"
    assert first.endswith("stop --timeout 7 id-kube-apiserver")
    assert second.endswith("stop --timeout 7 id-etcd")


def test_a_container_that_goes_on_is_an_error() -> None:
    runner = FakeRunner().on("systemctl").on("crictl stop").on("crictl ps", listing(container("etcd")))
    with pytest.raises(QuorumError, match="E2361 etcd cannot be stopped"):
        apply(runner, "stopped")


def test_what_is_stopped_stays_as_it_is() -> None:
    runner = host(False)
    assert (apply(runner, "stopped"), changes(runner)) == ([], [])


def test_the_kubelet_is_started_once() -> None:
    assert apply(host(False), "started") == ["start the kubelet"]
    assert apply(host(True), "started") == []


def test_check_mode_does_nothing() -> None:
    runner = host(True, container("etcd"))
    assert apply(runner, "stopped", check_mode=True) == ["stop the kubelet", "stop etcd"]
    assert changes(runner) == []
