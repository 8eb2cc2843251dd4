"""The gates runner: what it promises a person who reads only its end."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tools import gates
from tools.collection_link import ROOT
from tools.gate_list import GATES, MACHINES, SCENARIOS, Gate


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the logs of these tests out of build/."""
    monkeypatch.setattr(gates, "LOGS", tmp_path)
    monkeypatch.setattr(gates, "ROOT", tmp_path)
    monkeypatch.setattr(gates, "KILL_AFTER", 1.0)
    return tmp_path


def gate(name: str, code: str, *, minutes: float = 1, expensive: bool = False) -> Gate:
    """Return a gate that runs some Python."""
    return Gate(name, "test", "a test", (sys.executable, "-c", code), minutes, expensive)


def run_all(monkeypatch: pytest.MonkeyPatch, *listed: Gate) -> int:
    """Run these gates as if they were the list."""
    monkeypatch.setattr(gates, "GATES", listed)
    return gates.main([])


def test_the_last_line_counts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all(monkeypatch, gate("a", "pass"), gate("b", "print('figure: 3 of 3')")) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[-1] == "2 passed, 0 failed"
    assert "    3 of 3" in told


def test_all_cheap_gates_run_and_expensive_ones_do_not_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run_all(
        monkeypatch,
        gate("broken", "print('the reason'); raise SystemExit(3)"),
        gate("cheap", "pass"),
        gate("dear", "print('never')", expensive=True),
    )
    told = capsys.readouterr().out
    assert status == 1
    assert "the reason" in told
    assert "never" not in told
    assert [line.split()[-1] for line in told.splitlines() if line.startswith(("broken", "cheap"))] == [
        "failed",
        "passed",
    ]
    assert told.splitlines()[-1] == "1 passed, 2 failed"


def test_an_expensive_failure_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    marker = "import pathlib; pathlib.Path('ran').touch()"
    listed = gate("one", "raise SystemExit(1)", expensive=True), gate("two", marker, expensive=True)
    assert run_all(monkeypatch, *listed) == 1
    assert gates.ROOT.joinpath("ran").exists()


def test_a_second_attempt_is_told_and_a_second_failure_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    once = "import pathlib; p = pathlib.Path('seen'); known = p.exists(); p.touch(); raise SystemExit(not known)"
    listed = replace(gate("shaky", once), attempts=2), replace(gate("broken", "raise SystemExit(1)"), attempts=2)
    assert run_all(monkeypatch, *listed) == 1
    told = capsys.readouterr().out
    assert "failed in" in told
    assert [line.split("  ")[-1] for line in told.splitlines() if line.startswith(("shaky  ", "broken  "))] == [
        gates.PASSED_AGAIN,
        "failed",
    ]
    assert told.splitlines()[-1] == "1 passed, 1 failed"


def test_what_failed_is_told_however_much_came_after_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logs: Path
) -> None:
    noise = "print('taken down\\n' * 500)"
    reason = "FAILED tests/checks/cluster/test_pods.py::test_pods_run - assert 'Evicted' == 'Running'"
    code = f"print({reason!r}); {noise}; raise SystemExit(1)"
    assert run_all(monkeypatch, replace(gate("shaky", code), attempts=2)) == 1
    assert capsys.readouterr().out.count(f"{reason}\n") == 2
    assert sorted(path.name for path in logs.glob("*.log")) == ["shaky-2.log", "shaky.log"]
    assert all(reason in path.read_text(encoding="utf-8") for path in logs.glob("*.log"))


def test_a_gate_that_hangs_is_ended_with_its_children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = (
        "import pathlib, subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "pathlib.Path('child').write_text(str(child.pid));"
        "time.sleep(60)"
    )
    started = time.monotonic()
    assert run_all(monkeypatch, gate("hangs", code, minutes=0.03)) == 1
    child = int(tmp_path.joinpath("child").read_text(encoding="utf-8"))
    while is_running(child) and time.monotonic() - started < 20:
        time.sleep(0.05)
    assert not is_running(child)


def test_an_unknown_gate_is_named() -> None:
    with pytest.raises(SystemExit, match="No such gate: tpyo"):
        gates.select(["tpyo"], date(2026, 1, 1))


def test_rotating_gates_take_turns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    always, *turns = gate("always", "pass"), gate("one", "pass"), gate("two", "pass")
    listed = (always, *(replace(each, rotates=True) for each in turns))
    assert run_all(monkeypatch, *listed) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[-1] == "2 passed, 0 failed"
    assert told.count("has its turn on another day") == 1
    days = [[chosen.name for chosen in gates.select([], date(2026, 1, day))] for day in (1, 2, 3)]
    assert days[0] == days[2]
    assert sorted(days[:2]) == [["always", "one"], ["always", "two"]]


def test_gates_rest_while_one_of_their_group_runs_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other, daily = replace(gate("other", "pass"), group="lint"), gate("daily", "pass")
    short, long = (replace(gate(name, "pass"), rotates=True, alone=name == "long") for name in ("short", "long"))
    monkeypatch.setattr(gates, "GATES", (other, daily, short, long))
    days = [[chosen.name for chosen in gates.select([], date(2026, 1, day))] for day in (1, 2)]
    assert sorted(days) == [["other", "daily", "short"], ["other", "long"]]
    assert gates.select(["daily"], date(2026, 1, 1)) == [daily]
    assert run_all(monkeypatch, daily, long) == 0
    told = capsys.readouterr().out
    assert "daily rests today; now: python -m tools.gates daily" in told
    assert told.splitlines()[-1] == "1 passed, 0 failed"


def test_only_a_gate_that_takes_turns_runs_alone() -> None:
    assert all(one.rotates for one in GATES if one.alone)


def test_a_rotating_gate_runs_whenever_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = tuple(replace(gate(name, "pass"), rotates=True) for name in ("one", "two"))
    monkeypatch.setattr(gates, "GATES", listed)
    assert gates.select(["one", "two"], date(2026, 1, 1)) == list(listed)


def test_every_scenario_is_a_gate_and_has_its_folder() -> None:
    assert {f"molecule-{name}" for name in SCENARIOS} == {one.name for one in GATES if one.group == "molecule"}
    folders = {path.parent.name for path in ROOT.glob("molecule/*/molecule.yml")}
    assert SCENARIOS.keys() | MACHINES.keys() == folders


@pytest.mark.parametrize(("budget", "runs"), [(60, True), (20, False)])
def test_what_wants_minutes_to_spare_runs_if_they_are_left_and_it_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], budget: int, runs: bool
) -> None:
    slow = replace(gate("slow", "print('figure: booted')", expensive=True), spare=35)
    monkeypatch.setattr(gates, "GATES", (gate("first", "pass"), slow))
    assert gates.main([f"--budget={budget}"]) == 0
    told = capsys.readouterr().out
    verdict = "runs" if runs else "did not run"
    assert re.search(rf"^slow wants 35 minutes, \d+ are left of the budget: it {verdict}", told, re.MULTILINE)
    assert ("booted" in told) is runs
    assert told.splitlines()[-1] == f"{2 if runs else 1} passed, 0 failed"


@pytest.mark.parametrize(("named", "status"), [([], 0), (["slow"], 1)])
def test_the_end_of_the_budget_is_no_failure_of_what_had_minutes_to_spare(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: list[str], status: int
) -> None:
    slow = replace(gate("slow", "import time; time.sleep(60)"), spare=0.001)
    monkeypatch.setattr(gates, "GATES", (gate("first", "pass"), slow))
    assert gates.main([*named, "--budget=0.05"]) == status
    assert ("the budget ended before slow did" in capsys.readouterr().out) is (not named)


def test_its_own_limit_and_its_failure_are_failures_of_what_had_minutes_to_spare(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    late = replace(gate("late", "import time; time.sleep(60)", minutes=0.01), spare=0.001)
    wrong = replace(gate("wrong", "raise SystemExit(1)"), spare=0.001)
    assert run_all(monkeypatch, late, wrong) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 2 failed"


def test_what_wants_minutes_to_spare_runs_whenever_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "GATES", (replace(gate("slow", "raise SystemExit(1)"), spare=35),))
    assert gates.main(["slow", "--budget=1"]) == 1


def test_what_wants_minutes_to_spare_does_not_run_after_a_cheap_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = replace(gate("slow", "print('figure: booted')", expensive=True), spare=35)
    assert run_all(monkeypatch, gate("broken", "raise SystemExit(1)"), slow) == 1
    assert "booted" not in capsys.readouterr().out


def test_a_virtual_machine_comes_last_and_several_are_for_those_who_ask() -> None:
    everything = [one.name for one in gates.select([], date(2026, 1, 1))]
    assert everything[-1] == "molecule-vagrant_single"
    assert [one.name for one in gates.select(["vm"], date(2026, 1, 1))] == [
        "molecule-vagrant_single",
        "molecule-vagrant_pair",
    ]
    assert "molecule-vagrant_ha" not in everything


def is_running(pid: int) -> bool:
    """Return whether a process is there and not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
