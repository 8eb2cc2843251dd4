# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A backup is one complete file or none, older ones go, and what was backed up opens again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import backups, etcd_client
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result, SubprocessRunner
from ansible_collections.quorum.kubernetes.plugins.modules import cluster_backup, cluster_restore
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import SNAPSHOT, SavedEtcd
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

PASSPHRASE = "correct horse battery"


def programs(restored_hash: int = 5) -> FakeRunner:
    """The real openssl; kubectl and etcdutl answer as if a cluster were there."""
    hashed = {"hash": restored_hash, "hashRevision": 7, "compactRevision": -1}
    stored = {"data": {"ClusterConfiguration": "kind: ClusterConfiguration\n"}}
    runner = FakeRunner(SubprocessRunner()).on("etcdutl version", Result(0, "etcdutl version: 3.7.0\n"))
    runner.on("etcdutl", Result(0, '{"revision":7,"totalKey":3,"totalSize":1024,"version":"3.7.0"}'))
    runner.on("etcdutl hashkv", Result(0, json.dumps(hashed)))
    runner.on("kubeadm-config", Result(0, json.dumps(stored)))
    return runner.on("/version", Result(0, '{"gitVersion": "v1.37.1"}'))


@pytest.fixture
def etcd() -> SavedEtcd:
    return SavedEtcd("cp1", "cp2", "cp3")


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, etcd: SavedEtcd) -> dict[str, Any]:
    monkeypatch.setattr(etcd_client, "HttpGateway", lambda *_given: etcd)
    monkeypatch.setattr(backups, "secret_paths", lambda _manifest: [str(tmp_path / "pki")])
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "ca.key").write_text("secret key\n")
    manifest = tmp_path / "kube-apiserver.yaml"
    flags = {"servers": etcd.endpoints[0], "cafile": "/ca", "certfile": "/cert", "keyfile": "/key"}
    manifest.write_text("".join(f"    - --etcd-{name}={value}\n" for name, value in flags.items()))
    return {
        "cluster": "kubernetes",
        "directory": str(tmp_path / "backups"),
        "keep": 2,
        "passphrase": PASSPHRASE,
        "more_secrets": {"etcd1": "sealed elsewhere"},
        "etcdutl": "etcdutl",
        "api_server_manifest": str(manifest),
        "request_timeout": 5,
    }


def test_what_is_backed_up_opens_again(params: dict[str, Any], tmp_path: Path) -> None:
    runner = programs()
    made = cluster_backup.run(params, runner, False)
    assert made["manifest"]["versions"] == {"kubernetes": "v1.37.1", "etcd": "3.7.0"}
    assert (made["manifest"]["snapshot"]["keys"], made["manifest"]["snapshot"]["hash"]) == (3, 5)
    assert os.stat(made["path"]).st_mode & 0o777 == 0o600
    assert os.listdir(params["directory"]) == [os.path.basename(made["path"])]
    (tmp_path / "pki" / "ca.key").unlink()
    opened = cluster_restore.run(
        {
            "backup": made["path"],
            "cluster": "kubernetes",
            "passphrase": PASSPHRASE,
            "ca_cert_hash": "",
            "directory": str(tmp_path / "opened" / "here"),
            "paths": [str(tmp_path / "pki")],
            "of_other_host": False,
            "snapshot": "",
            "etcd_ca": "",
            "data_directory": "",
            "etcdutl": "etcdutl",
        },
        runner,
        False,
    )
    assert opened["manifest"] == made["manifest"]
    assert (tmp_path / "pki" / "ca.key").read_text() == "secret key\n"
    assert Path(opened["snapshot"]).read_bytes() == SNAPSHOT
    assert PASSPHRASE not in " ".join(runner.lines())


def test_a_snapshot_that_cannot_be_proved_leaves_nothing(params: dict[str, Any]) -> None:
    with pytest.raises(QuorumError, match=r"E2345 .*hash 5, then 6"):
        cluster_backup.run(params, programs(restored_hash=6), False)
    assert os.listdir(params["directory"]) == []


def test_older_backups_go_when_a_new_one_is_complete(params: dict[str, Any]) -> None:
    os.makedirs(params["directory"])
    for day in (1, 2, 3):
        Path(params["directory"], f"kubernetes-2020010{day}T000000Z.tar").write_text("")
    made = cluster_backup.run(params, programs(), False)
    assert made["removed"] == ["kubernetes-20200101T000000Z.tar", "kubernetes-20200102T000000Z.tar"]
    assert sorted(os.listdir(params["directory"])) == [
        "kubernetes-20200103T000000Z.tar",
        os.path.basename(made["path"]),
    ]


def test_what_killed_runs_left_goes(params: dict[str, Any]) -> None:
    left = Path(params["directory"], f"{cluster_backup.SCRATCH}killed")
    left.mkdir(parents=True)
    (left / backups.SNAPSHOT).write_bytes(SNAPSHOT)
    made = cluster_backup.run(params, programs(), False)
    assert os.listdir(params["directory"]) == [os.path.basename(made["path"])]


def test_a_run_that_is_killed_leaves_only_what_the_next_one_removes(
    params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: str, _files: object) -> None:
        Path(f"{path}.part").write_text("half a backup")
        written.extend(os.listdir(params["directory"]))
        raise KeyboardInterrupt

    written: list[str] = []
    monkeypatch.setattr(backups, "bundle", killed)
    with pytest.raises(KeyboardInterrupt):
        cluster_backup.run(params, programs(), False)
    assert [name for name in written if not name.startswith(cluster_backup.SCRATCH)] == []


def test_check_mode_writes_nothing_but_refuses_what_a_run_would_refuse(params: dict[str, Any], etcd: SavedEtcd) -> None:
    assert cluster_backup.run(params, programs(), True)["changed"]
    assert not os.path.exists(params["directory"])
    for member in etcd.members:
        member.alarm = "NOSPACE"
    with pytest.raises(QuorumError, match=r"E2340 no member .*: cp1 has the alarm NOSPACE; cp2 .* Fix: Look at"):
        cluster_backup.run(params, programs(), True)


def test_a_missing_passphrase_is_noticed_first(params: dict[str, Any]) -> None:
    with pytest.raises(QuorumError, match="E2350"):
        cluster_backup.run({**params, "passphrase": ""}, programs(), True)
