"""The cost of a run: what counts as a round trip."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.callback.cost import needs_connection
from ansible_collections.quorum.kubernetes.plugins.plugin_utils.cost import Cost, executions


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"changed": True}, 1),
        ({"skipped": True}, 0),
        ({"results": [{"changed": True}, {"skipped": True}, {}]}, 2),
        ({"results": []}, 1),
        ({"results": ["a line of a package manager"]}, 1),
    ],
)
def test_executions(result: dict[str, Any], expected: int) -> None:
    assert executions(result) == expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("command", True),
        ("copy", True),
        ("debug", False),
        ("group_by", False),
        ("ansible.builtin.include_role", False),
        ("set_stats", False),
        ("validate_argument_spec", False),
    ],
)
def test_what_needs_a_connection(action: str, expected: bool) -> None:
    assert needs_connection(action) is expected


def test_counts_of_a_run() -> None:
    cost = Cost()
    cost.add("cp1", {"changed": True}, connected=True)
    cost.add("cp1", {"changed": False}, connected=False)
    cost.add("cp2", {"skipped": True}, connected=True)
    assert cost.as_dict(10.0, 3.0) == {
        "elapsed_seconds": 10.0,
        "controller_cpu_seconds": 3.0,
        "controller_cpu_seconds_per_host": 1.5,
        "round_trips": {"cp1": 1, "cp2": 0},
        "results": {"cp1": 2, "cp2": 1},
        "changed": {"cp1": 1, "cp2": 0},
    }
    assert cost.lines(10.0, 3.0) == [
        "Cost: 10.0 s, 3.0 CPU-seconds of the controller, 1.50 a host",
        "  host  round trips  results  changed",
        "  cp1   1            2        1",
        "  cp2   0            1        0",
    ]
