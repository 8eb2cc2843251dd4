"""The timeline's words: known answers."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.plugin_utils import timeline_text as text


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3599, "59:59"), (3600, "1:00:00"), (7325, "2:02:05")],
)
def test_clock(seconds: float, expected: str) -> None:
    assert text.clock(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 00 s"), (151, "2 min 31 s")]
)
def test_duration(seconds: float, expected: str) -> None:
    assert text.duration(seconds) == expected


def test_hosts_are_in_natural_order() -> None:
    assert text.host_list({"cp10", "cp2", "lb1"}) == "cp2 cp10 lb1"


def test_many_hosts_are_shortened() -> None:
    assert text.host_list(f"w{n}" for n in range(1, 13)) == "w1 w2 w3 w4 w5 w6 ... w12 (12 hosts)"


def test_a_task_is_named_without_the_namespace() -> None:
    assert text.task_title("quorum.kubernetes.node : Load the modules ") == "node : Load the modules"


def test_a_failure_is_its_message() -> None:
    result = {"msg": "E2101 no swap allowed\n\nturn it off", "invocation": {"module_args": {"token": "abc"}}}
    assert text.failure_lines(result) == ["E2101 no swap allowed", "turn it off"]


def test_a_commands_last_words_are_shown_once() -> None:
    result = {"msg": "non-zero return code", "rc": 1, "stderr": "E1\nE2\nE3\nE4\nE5\nE6\n"}
    assert text.failure_lines(result) == ["non-zero return code", "  E2", "  E3", "  E4", "  E5", "  E6"]
    assert text.failure_lines({"msg": "it said f", "stderr": "f\n"}) == ["it said f"]


@pytest.mark.parametrize(
    "result", [{"censored": "the output has been hidden"}, {"_ansible_no_log": True, "msg": "s3cret"}]
)
def test_what_no_log_hides_stays_hidden(result: dict[str, object]) -> None:
    assert text.failure_lines(result) == [text.CENSORED]


def test_a_very_long_failure_is_cut() -> None:
    lines = text.failure_lines({"msg": "\n".join(f"line {n}" for n in range(100))})
    assert len(lines) == text.FAILURE_LINES + 1
    assert lines[-1].startswith("... and 60 lines more")


def test_the_summary_shows_the_cluster_its_nodes_and_what_to_do() -> None:
    lines = text.cluster_summary(
        {
            "cluster": "prod",
            "endpoint": "10.0.0.10:6443",
            "nodes": [
                {
                    "name": "cp1",
                    "roles": ["control-plane"],
                    "version": "v1.37.1",
                    "ready": True,
                    "internal_ip": "10.0.0.1",
                },
                {"name": "w1", "ready": False},
            ],
            "next": ["kubectl get nodes"],
        }
    )
    assert lines == [
        "  cluster     prod",
        "  endpoint    10.0.0.10:6443",
        "",
        "  NODE  STATUS    ROLES          VERSION  ADDRESS",
        "  cp1   Ready     control-plane  v1.37.1  10.0.0.1",
        "  w1    NotReady  -              -        -",
        "",
        "What to do next",
        "  kubectl get nodes",
    ]


def test_an_empty_summary_says_nothing() -> None:
    assert text.cluster_summary({}) == []


def test_the_recap_has_the_form_that_other_programs_read() -> None:
    totals = {"ok": 3, "changed": 0, "unreachable": 0, "failures": 1, "skipped": 2, "rescued": 0, "ignored": 0}
    line = text.recap_line("cp1", 4, totals)
    assert line == "cp1  : ok=3    changed=0    unreachable=0    failed=1    skipped=2    rescued=0    ignored=0"
