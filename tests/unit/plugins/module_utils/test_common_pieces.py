# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Errors, the waiter, the real runner and kubectl."""

from __future__ import annotations

import json

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import (
    RC_NOT_FOUND,
    RC_TIMEOUT,
    Result,
    SubprocessRunner,
    run_checked,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner

REFUSED = Result(
    1, "", "The connection to the server 10.0.0.11:6443 was refused - did you specify the right host or port?"
)


class TestErrors:
    def test_an_error_is_one_line_with_its_fix(self) -> None:
        assert str(QuorumError("E1", "a\n  b", "do\nthis")) == "E1 a b. Fix: do this"

    def test_without_a_fix_and_with_a_full_stop(self) -> None:
        assert str(QuorumError("E1", "it is broken.")) == "E1 it is broken."


class TestEntry:
    class Module:
        def __init__(self) -> None:
            self.ended: dict[str, object] = {}

        def exit_json(self, **result: object) -> None:
            self.ended = dict(result, failed=False)

        def fail_json(self, **result: object) -> None:
            self.ended = dict(result, failed=True)

    def test_a_result_ends_the_module(self) -> None:
        module = self.Module()
        finish(module, lambda: {"changed": True})
        assert module.ended == {"changed": True, "failed": False}

    def test_an_error_fails_it_with_one_line_and_the_code(self) -> None:
        def work() -> dict[str, object]:
            raise QuorumError("E9", "broken")

        module = self.Module()
        finish(module, work)
        assert module.ended == {"msg": "E9 broken.", "code": "E9", "failed": True}


class TestRunner:
    runner = SubprocessRunner()

    def test_input_environment_and_status(self) -> None:
        result = self.runner.run(["sh", "-c", "cat; echo $MARK; echo e >&2; exit 3"], stdin="in ", env={"MARK": "m"})
        assert result == Result(3, "in m\n", "e\n")

    def test_without_input_standard_input_is_empty(self) -> None:
        assert self.runner.run(["cat"]) == Result(0)

    def test_a_missing_program_is_a_result(self) -> None:
        result = self.runner.run(["/nonexistent/program"])
        assert result.rc == RC_NOT_FOUND
        assert "/nonexistent/program" in result.reason()

    def test_a_slow_program_is_a_result(self) -> None:
        assert self.runner.run(["sleep", "5"], timeout=0.05).rc == RC_TIMEOUT

    def test_the_reason_is_the_last_line_that_says_something(self) -> None:
        assert Result(1, "out", "first\n  last \n\n").reason() == "last"
        assert Result(1, "out\n", " \n").reason() == "out"
        assert Result(7).reason() == "exit status 7"

    def test_checked_raises_with_the_reason(self) -> None:
        with pytest.raises(QuorumError, match=r"^E5 ip failed: no such device\. Fix: plug it in$"):
            run_checked(FakeRunner().on("ip", Result(1, "", "no such device")), ["ip", "link"], "E5", "plug it in")


class TestWaiter:
    def test_it_returns_what_was_seen_when_nothing_is_missing(self) -> None:
        clock, seen = FakeClock(), iter([["a"], ["a"], []])
        assert wait_until(lambda: next(seen), list, 10, "E1", interval=2, clock=clock, sleep=clock.sleep) == []
        assert clock.slept == [2, 2]

    def test_the_timeout_names_what_is_missing_now(self) -> None:
        clock = FakeClock()
        with pytest.raises(QuorumError, match=r"^E1 after 3 s: w2 is NotReady; DNS is away\. Fix: look$"):
            wait_until(
                lambda: None,
                lambda _seen: ["w2 is NotReady", "DNS is away"],
                3,
                "E1",
                "look",
                interval=1,
                clock=clock,
                sleep=clock.sleep,
            )
        assert sum(clock.slept) == 3

    def test_without_time_it_looks_once(self) -> None:
        looks: list[int] = []
        with pytest.raises(QuorumError):
            wait_until(lambda: looks.append(1), lambda _seen: ["x"], 0, "E1", sleep=lambda _seconds: None)
        assert len(looks) == 1


class TestKubectl:
    def kubectl(self, runner: FakeRunner) -> Kubectl:
        clock = FakeClock()
        return Kubectl(runner, server="https://10.0.0.11:6443", clock=clock, sleep=clock.sleep)

    def test_calls_go_to_the_given_server_with_a_time_limit(self) -> None:
        runner = FakeRunner().on("get node cp1", Result(0, '{"kind": "Node"}'))
        assert self.kubectl(runner).get("node", "cp1") == {"kind": "Node"}
        assert runner.lines() == [
            "kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s --server https://10.0.0.11:6443 "
            "get node cp1 -o json"
        ]

    def test_a_missing_object_is_none(self) -> None:
        missing = Result(1, "", 'Error from server (NotFound): nodes "cp9" not found')
        assert self.kubectl(FakeRunner().on("get", missing)).get("node", "cp9") is None

    @pytest.mark.parametrize(
        "stderr",
        [
            "The connection to the server 10.0.0.11:6443 was refused - did you specify the right host or port?",
            "Unable to connect to the server: EOF",
            "Error from server (InternalError): etcdserver: leader changed",
            "error: http2: client connection lost",
            'Error from server (Forbidden): nodes is forbidden: User "kubernetes-admin" cannot list resource "nodes"',
        ],
    )
    def test_a_lost_connection_is_tried_again(self, stderr: str) -> None:
        runner = FakeRunner().on(
            "get", Result(1, "", stderr), Result(1, "", stderr), Result(0, '{"items": [{"a": 1}]}')
        )
        assert self.kubectl(runner).list("nodes") == [{"a": 1}]
        assert len(runner.calls) == 3

    def test_other_failures_are_not_tried_again(self) -> None:
        runner = FakeRunner().on("get", Result(1, "", "Error from server (Forbidden): nodes is forbidden"))
        with pytest.raises(QuorumError, match=r"E2012 kubectl get nodes failed: .*forbidden"):
            self.kubectl(runner).list("nodes")
        assert len(runner.calls) == 1

    def test_trying_again_ends(self) -> None:
        runner = FakeRunner().on("get", REFUSED)
        with pytest.raises(QuorumError, match=r"E2011"):
            self.kubectl(runner).list("nodes")
        assert 10 < len(runner.calls) < 30

    def test_an_answer_that_is_not_json_is_an_error_of_ours(self) -> None:
        with pytest.raises(QuorumError, match=r"E2013"):
            self.kubectl(FakeRunner().on("get", Result(0, "<html>"))).get("node", "x")

    def test_a_patch_travels_on_standard_input(self) -> None:
        runner = FakeRunner().on("patch")
        self.kubectl(runner).patch("node", "w1", {"metadata": {"labels": {"a": "b"}}})
        assert json.loads(runner.calls[0].stdin or "") == {"metadata": {"labels": {"a": "b"}}}
        assert "labels" not in runner.lines()[0]

    def test_deleting_nothing_asks_nobody(self) -> None:
        runner = FakeRunner()
        self.kubectl(runner).delete("secrets", [], "kube-system")
        assert runner.calls == []

    def test_yaml_is_read_without_a_server(self) -> None:
        runner = FakeRunner().on("patch --local -f -", Result(0, '{"a": {"b": 1}}\n{"c": 2}\n'))
        assert self.kubectl(runner).yaml_to_json(["a:\n  b: 1\n", "c: 2\n"]) == [{"a": {"b": 1}}, {"c": 2}]
        assert runner.calls[0].stdin == "a:\n  b: 1\n\n---\nc: 2\n"

    def test_a_document_that_kubectl_does_not_find_is_no_other_ones(self) -> None:
        runner = FakeRunner().on("patch --local -f -", Result(0, '{"c": 2}'))
        with pytest.raises(QuorumError, match="E2013 kubectl found 1 YAML documents instead of 2"):
            self.kubectl(runner).yaml_to_json(["# nothing\n", "c: 2\n"])

    def test_objects_that_do_not_exist_are_left_out(self) -> None:
        items = [{"metadata": {"name": "a"}, "data": {}}]
        runner = FakeRunner().on("get configmap a b", Result(0, json.dumps({"items": items})), Result(0, ""))
        assert self.kubectl(runner).get_each("configmap", ["a", "b"]) == {"a": items[0]}
        assert self.kubectl(runner).get_each("configmap", ["a", "b"]) == {}
