"""The timeline: which lines a run brings."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.plugin_utils.timeline import (
    CHANGED,
    FAILED,
    OK,
    SKIPPED,
    UNREACHABLE,
    Timeline,
)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timeline(clock: Clock) -> Timeline:
    return Timeline(clock)


def test_a_phase_is_announced_with_its_first_task(timeline: Timeline, clock: Clock) -> None:
    assert timeline.start_phase("Prepare") == []
    clock.time += 65
    assert timeline.start_task("1", "A") == ["", "[ 0:00] Prepare"]
    assert timeline.start_task("2", "B") == []


def test_a_play_without_hosts_is_not_shown(timeline: Timeline) -> None:
    timeline.start_phase("Nobody")
    assert timeline.start_phase("Next") == []
    assert timeline.end_phase() == []
    assert timeline.phase_rows() == []


def test_a_task_that_changed_something_has_a_line(timeline: Timeline, clock: Clock) -> None:
    timeline.start_phase("Prepare")
    timeline.start_task("1", "quorum.kubernetes.node : Write")
    clock.time += 2
    timeline.finish("cp2", "1", CHANGED)
    timeline.finish("cp1", "1", OK)
    assert timeline.start_task("2", "B") == ["        2.0 s  node : Write: changed cp2"]


def test_a_quick_task_without_a_change_has_none(timeline: Timeline, clock: Clock) -> None:
    timeline.start_phase("Prepare")
    timeline.start_task("1", "A")
    clock.time += 1
    timeline.finish("cp1", "1", OK)
    assert timeline.end_task() == []


def test_a_slow_task_has_a_line(timeline: Timeline, clock: Clock) -> None:
    timeline.start_phase("Prepare")
    timeline.start_task("1", "A")
    clock.time += 7
    timeline.finish("cp1", "1", OK)
    assert timeline.end_task() == ["        7.0 s  A: nothing to change"]


def test_a_phase_ends_with_the_state_of_its_hosts(timeline: Timeline, clock: Clock) -> None:
    timeline.start_phase("Prepare")
    timeline.start_task("1", "A")
    clock.time += 1
    for host, state in {"cp1": CHANGED, "cp2": OK, "w1": FAILED, "w2": UNREACHABLE, "lb1": SKIPPED}.items():
        timeline.finish(host, "1", state)
    timeline.end_task()
    assert timeline.end_phase() == ["        1.0 s  = failed w1, unreachable w2, changed cp1 (1), ok cp2"]
    assert timeline.end_phase() == []


def test_batches_of_one_play_are_one_phase(timeline: Timeline) -> None:
    for batch in ("cp2", "cp3"):
        timeline.start_phase("Join")
        timeline.start_task(batch, "Join")
        timeline.finish(batch, batch, CHANGED)
    assert [name for _seconds, name in timeline.phase_rows()] == ["Join"]
    assert timeline.phase is not None
    assert timeline.phase.changes == {"cp2": 1, "cp3": 1}


def test_the_status_names_the_hosts_that_are_waited_for(timeline: Timeline, clock: Clock) -> None:
    assert timeline.status() == ""
    timeline.start_phase("Prepare")
    timeline.start_task("1", "Pull")
    for host in ("cp2", "cp1"):
        timeline.begin(host, "1")
    timeline.finish("cp2", "1", OK)
    clock.time += 61
    assert timeline.status() == "[ 1:01] Prepare: Pull - waiting for cp1"


def test_hosts_that_failed_alike_stand_together(timeline: Timeline) -> None:
    timeline.fail("cp1", "A", ["no"])
    timeline.fail("cp2", "A", ["no"])
    timeline.fail("w1", "A", ["other"])
    assert timeline.failures == {("A", ("no",)): ["cp1", "cp2"], ("A", ("other",)): ["w1"]}
