# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that role etcd puts on a host goes, once, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.modules import etcd_reset
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for path in ("units/etcd.service", "etc/pki/ca.key", "bin/etcd", "bin/etcdutl", "bin/other", "data/member/wal/0"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    monkeypatch.setattr(etcd_reset, "UNITS", str(tmp_path / "units"))
    folders = {"data_directory": "data", "configuration": "etc", "programs": "bin"}
    return {"service": "etcd", **{name: str(tmp_path / folder) for name, folder in folders.items()}}


def apply(params: dict[str, Any], runner: FakeRunner, check_mode: bool = False) -> list[str]:
    removed: list[str] = etcd_reset.run(params, runner, check_mode)["removed"]
    return removed


def test_check_then_run_then_run(params: dict[str, Any], tmp_path: Path) -> None:
    runner = FakeRunner().on("systemctl")
    predicted = apply(params, runner, check_mode=True)
    assert runner.lines() == []
    assert (tmp_path / "data/member/wal/0").exists()
    assert apply(params, runner) == predicted
    assert predicted[0] == "the service etcd"
    assert runner.lines() == ["systemctl disable --now etcd", "systemctl daemon-reload"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "units"]
    assert os.listdir(tmp_path / "bin") == ["other"]
    assert apply(params, runner) == []


def test_a_data_directory_that_is_a_file_system_is_only_emptied(
    params: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path).endswith("data"))
    apply(params, FakeRunner().on("systemctl"))
    assert list((tmp_path / "data").iterdir()) == []
