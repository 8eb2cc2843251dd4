# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A member's data is put back whole or not at all, and what was there is kept."""

from __future__ import annotations

import getpass
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules import etcd_restore
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

MEMBERS = [{"name": "e1", "address": "10.0.0.1"}, {"name": "e2", "address": "10.0.0.2"}]
STATUS = '{"hash":1,"revision":7,"totalKey":3,"totalSize":4096,"version":"3.7.0"}'


class Site:
    """A snapshot, a data directory, and an etcdutl that restores into the directory it is told."""

    def __init__(self, folder: Path) -> None:
        self.snapshot, self.data = folder / "snapshot.db", folder / "etcd"
        content = b"x" * 1024
        self.snapshot.write_bytes(content + hashlib.sha256(content).digest())
        self.runner = FakeRunner().on("version", Result(0, "etcdutl version: 3.7.0\n"))
        self.runner.on("snapshot status", Result(0, STATUS)).on("snapshot restore", self._restore)

    def _restore(self, argv: list[str], stdin: str | None) -> Result:
        database = Path(argv[argv.index("--data-dir") + 1]) / "member" / "snap" / "db"
        database.parent.mkdir(parents=True)
        database.write_text("restored")
        return Result(0)

    def old_data(self) -> None:
        """Give the host a member with data."""
        (self.data / "member").mkdir(parents=True)
        (self.data / "member" / "old").touch()

    def run(self, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        params = {
            "snapshot": str(self.snapshot),
            "expected": {"revision": 7, "keys": 3},
            "verify_only": False,
            "name": "e1",
            "members": MEMBERS,
            "token": "kubernetes",
            "data_directory": str(self.data),
            "owner": getpass.getuser(),
            "replace": False,
            "bump_revision": 1000,
            "etcdutl": "etcdutl",
            **given,
        }
        return etcd_restore.run(params, self.runner, check_mode)

    def restores(self) -> list[str]:
        return [line for line in self.runner.lines() if "snapshot restore" in line]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_what_a_killed_run_left_goes(site: Site) -> None:
    (site.data / ".restore-killed" / "data").mkdir(parents=True)
    site.run()
    assert os.listdir(site.data) == ["member"]


def test_an_empty_host_gets_the_data_as_one_member_of_the_new_cluster(site: Site) -> None:
    result = site.run()
    assert (result["changed"], result["kept"], result["snapshot"]["revision"]) == (True, "", 7)
    assert (site.data / "member/snap/db").read_text() == "restored"
    assert os.listdir(site.data) == ["member"]
    assert [(site.data / name).stat().st_mode & 0o777 for name in ("", "member", "member/snap")] == [0o700] * 3
    [line] = site.restores()
    assert "--name e1 --initial-cluster e1=https://10.0.0.1:2380,e2=https://10.0.0.2:2380" in line
    assert "--initial-advertise-peer-urls https://10.0.0.1:2380" in line
    assert line.endswith("--bump-revision 1000 --mark-compacted")


def test_data_that_is_there_is_replaced_only_when_told_and_then_kept(site: Site) -> None:
    site.old_data()
    with pytest.raises(QuorumError, match=r"E2349 .*holds data of a member"):
        site.run()
    assert site.restores() == []
    kept = Path(site.run(replace=True)["kept"])
    assert kept.parent == site.data and (kept / "old").exists()
    assert sorted(os.listdir(site.data)) == sorted(["member", kept.name])


def test_two_restores_within_one_second_keep_the_data_of_both(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "gmtime", lambda: time.struct_time((2026, 11, 29, 20, 41, 29, 6, 333, 0)))
    site.old_data()
    first, second = (Path(site.run(replace=True)["kept"]) for _ in range(2))
    assert (first / "old").exists() and (second / "snap" / "db").exists()
    assert sorted(os.listdir(site.data)) == sorted(["member", first.name, second.name])


def test_a_restore_that_fails_leaves_the_old_data_in_place(site: Site) -> None:
    site.old_data()
    site.runner.on("etcdutl snapshot restore", Result(1, "", "Error: no space left on device\n"))
    with pytest.raises(QuorumError, match=r"E2344 .*no space left"):
        site.run(replace=True)
    assert (site.data / "member" / "old").exists()
    assert os.listdir(site.data) == ["member"]


@pytest.mark.parametrize("given", [{"verify_only": True}, {"check_mode": True}])
def test_verifying_and_check_mode_touch_nothing(site: Site, given: dict[str, Any]) -> None:
    result = site.run(**given)
    assert result["changed"] is ("check_mode" in given)
    assert site.restores() == [] and not site.data.exists()


def test_a_host_that_is_no_member_and_a_snapshot_of_another_backup_are_refused(site: Site) -> None:
    with pytest.raises(QuorumError, match=r"E2334 e9 is not among the members"):
        site.run(name="e9")
    with pytest.raises(QuorumError, match=r"E2348 .*revision 7 instead of 8"):
        site.run(expected={"revision": 8})
    assert site.restores() == []
