# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host saves its member at set times when that is wanted, and nothing of it stays when it is not; each step once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_files
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.module_utils.snapshot_program import Paths
from ansible_collections.quorum.kubernetes.plugins.modules import etcd_snapshot_timer
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

TIMER = "quorum-etcd-snapshot.timer"
UNKNOWN = Result(0, "LoadState=not-found\nActiveState=inactive\nUnitFileState=\n")
WAITS = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nActiveEnterTimestampMonotonic=99999999999999999\n"


class Host:
    """A host in a directory; systemd is not real."""

    def __init__(self, folder: Path) -> None:
        files = ("lib/program.pyz", "units/quorum-etcd-snapshot.service", "stamp", f"units/{TIMER}")
        self.folder, self.paths = folder, Paths(*(str(folder / name) for name in files))

    def apply(self, state: str, runner: FakeRunner, check_mode: bool = False, **given: str) -> list[str]:
        params = {"state": state, "schedule": "daily", "directory": str(self.folder / "saved")}
        params.update({"service": "[Service]\n", "timer": "[Timer]\nOnCalendar=daily\n"}, **given)
        result = etcd_snapshot_timer.run(params, runner, check_mode, self.paths)
        assert result["changed"] == bool(result["changes"])
        changes: list[str] = result["changes"]
        return changes

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setattr(os, "chown", lambda *_given: None)
    for name in ("_user_name", "_group_name"):
        monkeypatch.setattr(host_files, name, lambda _id: "root")
    return Host(tmp_path)


def systemd(*shown: Any) -> FakeRunner:
    return FakeRunner().on("systemctl").on("systemctl show", *shown).on("systemd-analyze calendar")


def test_check_then_run_then_check_then_run(host: Host) -> None:
    predicted = host.apply("present", systemd(UNKNOWN), check_mode=True)
    assert host.files() == []
    runner = systemd(UNKNOWN)
    assert host.apply("present", runner) == predicted
    assert [line for line in runner.lines() if "show" not in line] == [
        "systemd-analyze calendar daily",
        f"systemctl enable {TIMER}",
        f"systemctl start {TIMER}",
    ]
    assert host.files() == ["lib/program.pyz", "units/quorum-etcd-snapshot.service", f"units/{TIMER}"]
    assert (host.folder / "saved").stat().st_mode & 0o777 == 0o700
    for check_mode in (True, False):
        assert host.apply("present", systemd(Result(0, WAITS)), check_mode) == []


def test_another_time_starts_the_timer_again(host: Host) -> None:
    host.apply("present", systemd(UNKNOWN))
    changes = host.apply("present", systemd(Result(0, WAITS)), timer="[Timer]\nOnCalendar=hourly\n")
    assert changes == [f"write {host.paths.timer}", f"restart {TIMER}"]


def test_another_program_is_put_in_place(host: Host) -> None:
    host.apply("present", systemd(UNKNOWN))
    Path(host.paths.program).write_bytes(b"of an older release")
    assert host.apply("present", systemd(Result(0, WAITS))) == [f"write {host.paths.program}"]
    assert host.apply("present", systemd(Result(0, WAITS))) == []


def test_times_that_systemd_does_not_understand_change_nothing(host: Host) -> None:
    runner = systemd(UNKNOWN).on("systemd-analyze calendar 25:00", Result(1, "", "Failed to parse '25:00'"))
    with pytest.raises(QuorumError, match=r"E2404 .*Failed to parse"):
        host.apply("present", runner, schedule="25:00")
    assert host.files() == []


def test_nothing_stays_but_what_was_saved(host: Host) -> None:
    host.apply("present", systemd(UNKNOWN))
    Path(host.paths.stamp).write_text("")
    (host.folder / "saved" / "snapshot").write_text("")
    predicted = host.apply("absent", systemd(), check_mode=True)
    assert len(host.files()) == 5
    runner = systemd()
    assert host.apply("absent", runner) == predicted
    assert runner.lines() == [
        f"systemctl disable --now {TIMER}",
        "systemctl stop quorum-etcd-snapshot.service",
        "systemctl daemon-reload",
    ]
    assert host.files() == ["saved/snapshot"]
    assert host.apply("absent", systemd()) == []
