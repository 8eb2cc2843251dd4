"""Run every check of the project and say what passed and how long each took: `make test`.

Cheap gates run first and all of them, so that one run shows every cheap fault; if any failed, the expensive ones
(those that build clusters) are not started. Output goes to build/logs/<gate>.log, of which a failed gate's reasons
and last lines are printed, because CI keeps only what is printed. One that takes too long is ended with its children.

A gate that builds a cluster gets a second attempt (its log is <gate>-2.log), since two cores carry seven machines here:
the first failure is shown, and the closing table says which gates needed it, so that what fails now and then is seen.

The longest gates take turns, a day each, and while the very longest has its turn the others of its group rest; which
ones have to wait is said before the closing table. What wants minutes to spare runs last, if they are left of the
budget, and it is told whether it did; that the budget ended before it is no failure of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path

from tools.gate_list import GATES, GROUPS, Gate
from tools.tool_versions import print_versions

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "logs"
TAIL_LINES = 80
FAILURES = ("FAILED ", "ERROR ", "E   ", "fatal: ")  # how pytest and Ansible begin the lines that say what is wrong
PASSED, PASSED_AGAIN, TIMEOUT = "passed", "passed at a second attempt", "timeout"
KILL_AFTER = 30.0  # seconds between asking a gate's processes to end and ending them


@dataclass(frozen=True)
class Outcome:
    """What came of one gate; `seconds` is its elapsed time, 0 when it was not run."""

    gate: Gate
    verdict: str  # PASSED, PASSED_AGAIN, TIMEOUT, failed or not run
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the gate passed, at the first attempt or at a later one."""
        return self.verdict in (PASSED, PASSED_AGAIN)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the gates that were asked for and return 0 only if all of them passed."""
    options = parse(arguments)
    deadline = time.monotonic() + options.budget * 60
    gates = select(options.gates, datetime.now(timezone.utc).date())
    LOGS.mkdir(parents=True, exist_ok=True)
    print_versions()
    outcomes: list[Outcome] = []
    for gate in gates:
        if gate.expensive and any(not outcome.passed for outcome in outcomes if not outcome.gate.expensive):
            outcomes.append(Outcome(gate, "not run", 0.0))
        elif options.gates or not gate.spare:
            outcomes.append(attempt(gate, deadline))
        else:
            outcomes += spend_the_rest(gate, deadline)
    for gate in GATES if not options.gates else ():
        if gate not in gates and not gate.asked_for:
            reason = "has its turn on another day" if gate.rotates else "rests today"
            print(f"\n{gate.name} {reason}; now: python -m tools.gates {gate.name}")
    return report(outcomes)


def spend_the_rest(gate: Gate, deadline: float) -> list[Outcome]:
    """Run a gate that wants minutes to spare if they are left, and tell; no outcome is what it had no time for.

    It may have been slow, or have come late: that the budget ends before it does says nothing of what it proves.
    """
    left = (deadline - time.monotonic()) / 60
    enough = left >= gate.spare
    now = f"now: python -m tools.gates {gate.name}"
    wants = f"{gate.name} wants {gate.spare:g} minutes, {max(int(left), 0)} are left of the budget"
    print(f"\n{wants}: it {'runs' if enough else f'did not run; {now}'}", flush=True)
    if not enough:
        return []
    outcome = attempt(gate, deadline)
    if outcome.verdict == TIMEOUT and time.monotonic() >= deadline:
        print(f"    the budget ended before {gate.name} did; {now}", flush=True)
        return []
    return [outcome]


def attempt(gate: Gate, deadline: float) -> Outcome:
    """Run a gate as often as it may be tried; the seconds are those of all attempts."""
    seconds = 0.0
    for number in range(1, gate.attempts + 1):
        outcome = run(gate, deadline, LOGS / f"{gate.name}{f'-{number}' if number > 1 else ''}.log")
        seconds += outcome.seconds
        if outcome.passed:
            return Outcome(gate, PASSED if number == 1 else PASSED_AGAIN, seconds)
        if number < gate.attempts:
            print(f"    {gate.name} gets another attempt", flush=True)
    return Outcome(gate, outcome.verdict, seconds)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("gates", nargs="*", help=f"gates or groups ({', '.join(GROUPS)}); all when none is named")
    parser.add_argument("--budget", type=float, default=80.0, help="minutes for the whole run")
    return parser.parse_args(arguments)


def select(names: Sequence[str], today: date) -> list[Gate]:
    """Return the named gates in the order of the list; a name may be a group's. Unknown names end the run.

    Without names it is all that need not be asked for, but of those that rotate only the one whose turn it is today,
    and if that one runs alone no other of its group.
    """
    if not names:
        rotating = [gate for gate in GATES if gate.rotates]
        turn = rotating[today.toordinal() % len(rotating)] if rotating else None
        resting = turn.group if turn and turn.alone else None
        left_out = [gate for gate in GATES if gate.rotates or gate.asked_for or gate.group == resting]
        return [gate for gate in GATES if gate is turn or gate not in left_out]
    known = {gate.name for gate in GATES} | set(GROUPS)
    unknown = sorted(set(names) - known)
    if unknown:
        raise SystemExit(f"No such gate: {', '.join(unknown)}. There are: {', '.join(sorted(known))}")
    return [gate for gate in GATES if gate.name in names or gate.group in names]


def run(gate: Gate, deadline: float, log: Path) -> Outcome:
    """Run one gate with its output in the log, ended at its own limit or the whole run's deadline."""
    started = time.monotonic()
    limit = min(gate.minutes * 60.0, deadline - started)
    print(f"\n=== {gate.name}: {gate.proves}", flush=True)
    if limit <= 0:
        print("    no time left in the budget of the whole run")
        return Outcome(gate, TIMEOUT, 0.0)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            gate.argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
            env=environment(gate), start_new_session=True,
        )  # fmt: skip
        verdict = wait(process, limit)
    outcome = Outcome(gate, verdict, time.monotonic() - started)
    show(outcome, log)
    return outcome


def environment(gate: Gate) -> dict[str, str]:
    """Return the environment of a gate: the programs of this Python's environment come first, output has no colours."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "NO_COLOR": "1", **dict(gate.environment)}


def wait(process: subprocess.Popen[bytes], limit: float) -> str:
    """Wait `limit` seconds for the process; then end its whole group. Return the verdict."""
    try:
        status = process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        end_group(process)
    if status is None:
        return TIMEOUT
    return PASSED if status == 0 else "failed"


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the gate's process group: politely, then for good."""
    for number, seconds in ((signal.SIGTERM, KILL_AFTER), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue


def show(outcome: Outcome, log: Path) -> None:
    """Print how a gate ended; after a failure the end of its log, after a success the figures it gives."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if not outcome.passed:
        # A scenario takes its cluster down after the checks, so what failed is far from the end.
        print(*(line for line in lines if line.startswith(FAILURES)), sep="\n")
        print(*deque(lines, TAIL_LINES), sep="\n")
        print(f"--- the whole output: {log.relative_to(ROOT)}")
    for line in lines:
        if line.startswith("figure: "):
            print(f"    {line.removeprefix('figure: ')}")
    print(f"    {outcome.verdict} in {outcome.seconds:.1f} s", flush=True)


def report(outcomes: Sequence[Outcome]) -> int:
    """Print the closing table and the counts; return the exit status."""
    width = max(len(outcome.gate.name) for outcome in outcomes)
    print("\nGate".ljust(width + 1), "  seconds  result")
    for outcome in outcomes:
        print(f"{outcome.gate.name:<{width}}  {outcome.seconds:>8.1f}  {outcome.verdict}")
    print(f"{'total':<{width}}  {sum(outcome.seconds for outcome in outcomes):>8.1f}")
    passed = sum(outcome.passed for outcome in outcomes)
    print(f"\n{passed} passed, {len(outcomes) - passed} failed")
    return 0 if passed == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
