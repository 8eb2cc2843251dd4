# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has happened in a run, as the timeline callback tells it: phases, tasks, hosts. Nothing is printed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ansible_collections.quorum.kubernetes.plugins.plugin_utils.timeline_text import (
    clock,
    counted,
    duration,
    host_list,
    task_title,
)

SLOW_TASK = 5.0
"""Seconds from which a task gets a line although it changed nothing."""

OK, CHANGED, FAILED, UNREACHABLE, SKIPPED = "ok", "changed", "failed", "unreachable", "skipped"


@dataclass
class Task:
    """One task of a phase: which hosts work on it and what came of it on those that are done."""

    identity: str
    title: str
    started: float
    working: set[str] = field(default_factory=set)
    done: dict[str, str] = field(default_factory=dict)

    def hosts(self, state: str) -> list[str]:
        """Return the hosts with that outcome."""
        return [host for host, outcome in self.done.items() if outcome == state]


@dataclass
class Phase:
    """One play, or the batches of one play with `serial`."""

    name: str
    started: float
    announced: bool = False
    ended: float | None = None
    hosts: set[str] = field(default_factory=set)
    changes: Counter[str] = field(default_factory=Counter)
    broken: dict[str, str] = field(default_factory=dict)

    def seconds(self, now: float) -> float:
        """Return how long it took, or has taken so far."""
        return (now if self.ended is None else self.ended) - self.started


class Timeline:
    """The run so far. Every method that ends something returns the lines that are worth printing."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.started = now()
        self.phases: list[Phase] = []
        self.task: Task | None = None
        self.failures: dict[tuple[str, tuple[str, ...]], list[str]] = {}

    @property
    def phase(self) -> Phase | None:
        """Return the phase that goes on."""
        return self.phases[-1] if self.phases else None

    def elapsed(self) -> float:
        """Return the seconds since the run began."""
        return self._now() - self.started

    def start_phase(self, name: str) -> list[str]:
        """Begin a phase; a play of the same name is a further batch of the phase that goes on."""
        lines = self.end_task()
        if self.phase is not None and self.phase.name == name:
            return lines
        lines += self.end_phase()
        self.phases.append(Phase(name, self._now()))
        return lines

    def end_phase(self) -> list[str]:
        """End the phase that goes on and return the line about its hosts, if they did anything."""
        lines = self.end_task()
        phase = self.phase
        if phase is None or phase.ended is not None:
            return lines
        phase.ended = self._now()
        if phase.announced and phase.hosts:
            lines.append(f"{duration(phase.seconds(self._now())):>13}  = {phase_outcome(phase)}")
        return lines

    def start_task(self, identity: str, name: str) -> list[str]:
        """Begin a task; the first one of a phase brings the phase's own line."""
        lines = self.end_task()
        phase = self.phase
        if phase is not None and not phase.announced:
            phase.announced = True
            lines += ["", f"[{clock(phase.started - self.started):>5}] {phase.name}"]
        self.task = Task(identity, task_title(name), self._now())
        return lines

    def end_task(self) -> list[str]:
        """End the task that goes on; return its line if it changed something or was slow."""
        task, self.task = self.task, None
        if task is None:
            return []
        seconds = self._now() - task.started
        changed = task.hosts(CHANGED)
        if not changed and (seconds < SLOW_TASK or not task.done):
            return []
        outcome = f"changed {host_list(changed)}" if changed else "nothing to change"
        return [f"{duration(seconds):>13}  {task.title}: {outcome}"]

    def begin(self, host: str, identity: str) -> None:
        """Note that a host works on the current task."""
        if self.task is not None and self.task.identity == identity:
            self.task.working.add(host)

    def finish(self, host: str, identity: str, state: str) -> None:
        """Note what came of a task on a host."""
        if self.task is not None and self.task.identity == identity:
            self.task.working.discard(host)
            self.task.done[host] = state
        phase = self.phase
        if phase is None:
            return
        if state != SKIPPED:
            phase.hosts.add(host)
        if state == CHANGED:
            phase.changes[host] += 1
        if state in (FAILED, UNREACHABLE):
            phase.broken[host] = state

    def fail(self, host: str, title: str, lines: list[str]) -> None:
        """Keep a failure for the end of the run; hosts that failed alike stand together there."""
        self.failures.setdefault((title, tuple(lines)), []).append(host)

    def status(self) -> str:
        """Return the one line that says what goes on at this moment; empty when nothing does."""
        if self.phase is None or self.task is None:
            return ""
        waiting = f" - waiting for {host_list(self.task.working)}" if self.task.working else ""
        return f"[{clock(self.elapsed()):>5}] {self.phase.name}: {self.task.title}{waiting}"

    def phase_rows(self) -> list[tuple[str, str]]:
        """Return the phases that did something and how long each took."""
        now = self._now()
        return [(duration(phase.seconds(now)), phase.name) for phase in self.phases if phase.announced]


def phase_outcome(phase: Phase) -> str:
    """Return what came of a phase: which hosts changed, how many did not, which broke."""
    parts = [f"{state} {host_list(hosts)}" for state, hosts in broken_by_state(phase).items()]
    if phase.changes:
        parts.append(f"changed {counted(phase.changes)}")
    quiet = phase.hosts - set(phase.changes) - set(phase.broken)
    if quiet:
        parts.append(f"ok {host_list(quiet)}")
    return ", ".join(parts)


def broken_by_state(phase: Phase) -> dict[str, list[str]]:
    """Return the hosts that failed and those that could not be reached."""
    states: dict[str, list[str]] = {FAILED: [], UNREACHABLE: []}
    for host, state in phase.broken.items():
        states[state].append(host)
    return {state: hosts for state, hosts in states.items() if hosts}
