# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a timer saves is complete or not there, and comes from a member that is well.

etcd and etcdutl are real in tests/integration/etcd.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import backups, pki, snapshot_job, snapshot_program
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import Credentials
from ansible_collections.quorum.kubernetes.plugins.module_utils.snapshot_job import Job
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import SNAPSHOT, SavedEtcd
from ansible_collections.quorum.kubernetes.tests.unit.plugins.modules.test_cluster_backup import programs
from ansible_collections.quorum.kubernetes.tests.unit.plugins.modules.test_cluster_restore import certificate

LIST_MODULES = "import sys; sys.path.insert(0, sys.argv[1]); import {package}.snapshot_job; print(*sys.modules)"


@pytest.fixture
def etcd() -> SavedEtcd:
    return SavedEtcd("a", "b", "c")


@pytest.fixture
def job(tmp_path: Path, etcd: SavedEtcd) -> Job:
    certificate(tmp_path / "ca.crt")
    folder = str(tmp_path / "saved")
    return Job("k8s", folder, 2, etcd.endpoints[1], "etcdutl", Credentials(str(tmp_path / "ca.crt"), "", ""))


def save(job: Job, etcd: SavedEtcd, restored_hash: int = 5) -> str:
    path, _snapshot = snapshot_job.save(job, etcd, programs(restored_hash))  # type: ignore[arg-type]  # a fake gateway
    return path


def test_the_own_member_is_saved_into_one_file(job: Job, etcd: SavedEtcd) -> None:
    path = save(job, etcd)
    assert [os.path.join(job.directory, name) for name in os.listdir(job.directory)] == [path]
    assert path.endswith("Z-b.snapshot.tar")
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(job.directory).st_mode & 0o777 == 0o700
    assert {host for host, _path in etcd.calls} == {job.endpoint}
    with tarfile.open(path) as archive:
        parts = {entry.name: file.read() for entry in archive if (file := archive.extractfile(entry))}
    assert parts[backups.SNAPSHOT] == SNAPSHOT
    manifest = backups.parse_manifest(parts[backups.MANIFEST].decode(), "k8s", backups.SNAPSHOT_FORMAT)
    assert (manifest["snapshot"]["keys"], manifest["snapshot"]["member"]) == (3, "b")
    assert manifest["etcd_ca"] == pki.ca_cert_hash(Path(job.credentials.ca).read_text())
    assert "KEY" not in json.dumps(manifest)


def test_only_the_newest_are_kept_and_backups_are_left_alone(job: Job, etcd: SavedEtcd) -> None:
    os.makedirs(job.directory)
    older = [backups.snapshot_name("k8s", f"2020010{day}T000000Z", "b") for day in (1, 2, 3)]
    for name in (*older, "k8s-20200101T000000Z.tar", "other-20200101T000000Z-b.snapshot.tar"):
        Path(job.directory, name).write_text("")
    newest = os.path.basename(save(job, etcd))
    assert snapshot_job.prune(job) == list(older[:2])
    kept = {older[2], newest, "k8s-20200101T000000Z.tar", "other-20200101T000000Z-b.snapshot.tar"}
    assert set(os.listdir(job.directory)) == kept


def test_a_member_that_is_not_well_is_not_saved(job: Job, etcd: SavedEtcd) -> None:
    etcd.member("b").alarm = "CORRUPT"
    with pytest.raises(QuorumError, match=r"E2340 b is not healthy, .* alarm CORRUPT"):
        save(job, etcd)
    etcd.member("b").alarm = ""
    etcd.member("b").learner = True
    with pytest.raises(QuorumError, match=r"E2340 .* is a learner"):
        save(job, etcd)
    etcd.member("b").learner = False
    for name in ("a", "c"):
        etcd.member(name).up = False
    with pytest.raises(QuorumError, match=r"E2340 b is not healthy, .* timed out"):
        save(job, etcd)
    assert os.listdir(job.directory) == []


def test_what_cannot_be_proved_leaves_nothing_and_neither_does_a_killed_run(job: Job, etcd: SavedEtcd) -> None:
    left = Path(job.directory, snapshot_job.SCRATCH + "killed")
    left.mkdir(parents=True)
    (left / "snapshot.db.part").write_text("")
    with pytest.raises(QuorumError, match="E2345"):
        save(job, etcd, restored_hash=6)
    assert os.listdir(job.directory) == []


def test_the_program_is_whole_and_the_same_each_time(tmp_path: Path) -> None:
    path = tmp_path / "program.pyz"
    snapshot_program.put(str(path), snapshot_program.build())
    assert snapshot_program.read(str(path)) == snapshot_program.build()
    code = LIST_MODULES.format(package=snapshot_program.PACKAGE)
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(path)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    prefix = f"{snapshot_program.PACKAGE}."
    loaded = {name[len(prefix) :] for name in done.stdout.split() if name.startswith(prefix)}
    assert loaded == set(snapshot_program.PARTS)


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("saved", "E2303 the client certificate for etcd cannot be used"),
        ("/dev/null/saved", "[Errno 20] Not a directory: '/dev/null/saved'"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, folder: str, said: str) -> None:
    path = tmp_path / "program.pyz"
    snapshot_program.put(str(path), snapshot_program.build())
    given = {"cluster": "k8s", "directory": str(tmp_path / folder), "endpoint": "https://127.0.0.1:1", "keep": "2"}
    given.update(dict.fromkeys(("etcdutl", "ca-cert", "client-cert", "client-key"), "/none"))
    argv = [sys.executable, "-I", str(path), *(f"--{name}={value}" for name, value in given.items())]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
