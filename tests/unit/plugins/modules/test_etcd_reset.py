# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that role etcd puts on a host goes, once, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_options import LOCAL_ENDPOINT
from ansible_collections.quorum.kubernetes.plugins.modules import etcd_reset
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner


class EtcdHere(FakeEtcd):
    """The first member runs on this host."""

    def call(self, endpoint: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return super().call(self.endpoints[0] if endpoint == LOCAL_ENDPOINT else endpoint, path, body)


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for path in ("units/etcd.service", "etc/pki/ca.key", "bin/etcd", "bin/etcdutl", "bin/other", "data/member/wal/0"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    monkeypatch.setattr(etcd_reset, "UNITS", str(tmp_path / "units"))
    folders = {"data_directory": "data", "configuration": "etc", "programs": "bin"}
    return {
        "leave_cluster": False,
        "service": "etcd",
        **{name: str(tmp_path / folder) for name, folder in folders.items()},
    }


def apply(
    params: dict[str, Any], runner: FakeRunner, check_mode: bool = False, etcd: FakeEtcd | None = None
) -> list[str]:
    gateway = etcd or EtcdHere("etcd1", "etcd2", "etcd3")
    removed: list[str] = etcd_reset.run(params, runner, check_mode, gateway)["removed"]
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


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_member_that_others_count_on_is_not_taken_from_them(
    params: dict[str, Any], tmp_path: Path, check_mode: bool
) -> None:
    runner = FakeRunner().on("systemctl")
    with pytest.raises(QuorumError, match="E2337 etcd on this host is one of 3 members"):
        apply({**params, "leave_cluster": True}, runner, check_mode)
    assert runner.lines() == []
    assert (tmp_path / "data/member/wal/0").exists()


def test_a_member_that_is_alone_or_silent_goes_with_its_host(params: dict[str, Any]) -> None:
    leaving = {**params, "leave_cluster": True}
    predicted = apply(leaving, FakeRunner().on("systemctl"), True, EtcdHere("etcd1"))
    assert predicted[0] == "the service etcd"
    etcd = EtcdHere("etcd1", "etcd2", "etcd3")
    etcd.member("etcd1").up = False
    assert apply(leaving, FakeRunner().on("systemctl"), False, etcd) == predicted
