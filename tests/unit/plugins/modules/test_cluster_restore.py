# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A backup comes back whole with the right passphrase, and every kind of bad one is refused before anything is written.

openssl is real here, etcd and its programs are not: their part is proved in tests/integration/etcd.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import backups, etcd_snapshots, pki, sealed
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result, SubprocessRunner
from ansible_collections.quorum.kubernetes.plugins.modules import cluster_restore, sealed_files
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

PASSPHRASE = "correct horse battery"
KEY = "-----BEGIN PRIVATE KEY-----\nsecret\n"


@pytest.fixture
def runner() -> FakeRunner:
    """The real openssl, and an etcdutl that finds 3 keys at revision 7."""
    status = '{"revision":7,"totalKey":3,"totalSize":4096,"version":"3.7.0"}'
    runner = FakeRunner(SubprocessRunner()).on("etcdutl version", Result(0, "etcdutl version: 3.7.0\n"))
    return runner.on("etcdutl snapshot", Result(0, status))


class Backup:
    """A backup with its parts on disk, which a test may spoil before it is bundled."""

    def __init__(
        self, folder: Path, runner: FakeRunner, cluster: str = "kubernetes", ca: str = "", **snapshot: Any
    ) -> None:
        self.folder, self.runner = folder / "parts", runner
        self.folder.mkdir()
        database = b"x" * 1024
        (self.folder / backups.SNAPSHOT).write_bytes(database + hashlib.sha256(database).digest())
        digest = hashlib.sha256((self.folder / backups.SNAPSHOT).read_bytes()).hexdigest()
        described = {"sha256": digest, "revision": 7, "keys": 3, "etcd_version": "3.7.0", **snapshot}
        self.write(backups.CONFIGURATION, "kind: ClusterConfiguration\n")
        files = {backups.CONFIGURATION: backups.text_digest("kind: ClusterConfiguration\n")}
        manifest = backups.make_manifest(cluster, "20261129T013000Z", described, {"kubernetes": "v1.37.1"}, files)
        self.write(backups.MANIFEST, json.dumps(manifest))
        pki = folder / "pki"
        pki.mkdir()
        (pki / "ca.key").write_text(KEY)
        (pki / "ca.key").chmod(0o600)
        self.pki = str(pki)
        more = {"etcd1": sealed.pack([], {"certificate": ""}), "etcd2": sealed.pack([self.pki])}
        texts = {backups.MORE + host: sealed.seal(runner, files, PASSPHRASE) for host, files in more.items()}
        texts[backups.MANIFEST] = json.dumps(manifest)
        texts.update(dict.fromkeys((backups.CA_CERTIFICATE, *backups.ETCD_CA_CERTIFICATES[1:]), ca))
        content = sealed.pack([self.pki], {name: text for name, text in texts.items() if text})
        self.write(backups.SEALED, sealed.seal(runner, content, PASSPHRASE))
        (pki / "ca.key").unlink()
        self.path = folder / "backup.tar"

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def restore(self, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        if not self.path.exists():
            backups.bundle(str(self.path), {path.name: str(path) for path in sorted(self.folder.iterdir())})
        params = {
            "backup": str(self.path),
            "cluster": "kubernetes",
            "passphrase": PASSPHRASE,
            "directory": str(self.path.parent / "opened" / "here"),
            "paths": [self.pki],
            "of_other_host": False,
            "snapshot": "",
            "etcd_ca": "",
            "ca_cert_hash": "",
            "data_directory": "",
            "etcdutl": "etcdutl",
            **given,
        }
        return cluster_restore.run(params, self.runner, check_mode)


def certificate(path: Path) -> str:
    """A CA's certificate, made by openssl."""
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*argv, "-subj", "/CN=ca", "-keyout", f"{path}.key", "-out", str(path)], check=True)
    return path.read_text()


@pytest.fixture
def backup(tmp_path: Path, runner: FakeRunner) -> Backup:
    return Backup(tmp_path, runner)


@pytest.mark.parametrize("other", [False, True])
def test_a_backup_comes_back_whole(backup: Backup, other: bool) -> None:
    result = backup.restore(of_other_host=other)
    key = Path(backup.pki, "ca.key")
    assert result["written"] == [str(key)]
    assert (key.read_text(), key.stat().st_mode & 0o777) == (KEY, 0o600)
    assert result["manifest"]["versions"] == {"kubernetes": "v1.37.1"}
    assert result["bump_revision"] > etcd_snapshots.BUMP_REVISION
    assert os.path.exists(result["snapshot"])
    assert os.stat(os.path.dirname(result["snapshot"])).st_mode & 0o777 == 0o700
    assert backup.restore()["written"] == [str(key)]


def test_keys_come_back_from_the_host_that_had_them_whatever_hosts_are_called_now(backup: Backup) -> None:
    key = f"{backup.pki}/ca.key"
    assert backup.restore(of_other_host=True, paths=[backup.pki, key])["written"] == [key, key]
    with pytest.raises(QuorumError, match=r"E2357 the backup does not have .*/ca.key and /etc/ca.crt of any host"):
        backup.restore(of_other_host=True, paths=[key, "/etc/ca.crt"])


def test_check_mode_verifies_and_writes_nothing(backup: Backup) -> None:
    assert backup.restore(check_mode=True)["written"] == []
    assert os.listdir(backup.pki) == []
    assert not (backup.path.parent / "opened").exists()
    with pytest.raises(QuorumError, match="E2351"):
        backup.restore(check_mode=True, passphrase="another passphrase")


def test_nothing_secret_is_in_the_open(backup: Backup, runner: FakeRunner) -> None:
    backup.restore()
    said = " ".join(runner.lines()) + backup.path.read_bytes().decode(errors="replace")
    assert PASSPHRASE not in said
    assert "PRIVATE KEY" not in said
    assert backup.path.stat().st_mode & 0o777 == 0o600


def test_a_wrong_passphrase_is_refused(backup: Backup) -> None:
    with pytest.raises(
        QuorumError, match="E2351 the passphrase is wrong, or the sealed part of the backup was changed"
    ):
        backup.restore(passphrase="incorrect horse battery")
    assert os.listdir(backup.pki) == []


@pytest.mark.parametrize("passphrase", ["", "too short"])
def test_a_passphrase_that_was_forgotten_is_not_called_a_wrong_one(backup: Backup, passphrase: str) -> None:
    with pytest.raises(QuorumError, match=r"E2350 the passphrase of the backup is missing.*KUBE_BACKUP_PASSPHRASE"):
        backup.restore(passphrase=passphrase)


def test_a_backup_of_another_cluster_is_refused(tmp_path: Path, runner: FakeRunner) -> None:
    with pytest.raises(QuorumError, match="E2354 the backup is of the cluster staging, not of kubernetes"):
        Backup(tmp_path, runner, cluster="staging").restore()


def test_a_backup_of_another_cluster_of_the_same_name_is_refused(tmp_path: Path, runner: FakeRunner) -> None:
    own, other = certificate(tmp_path / "own"), certificate(tmp_path / "other")
    backup = Backup(tmp_path, runner, ca=own)
    with pytest.raises(QuorumError, match="E2354 the backup is of another cluster of the same name"):
        backup.restore(ca_cert_hash=pki.ca_cert_hash(other))
    assert os.listdir(backup.pki) == []
    assert backup.restore(ca_cert_hash=pki.ca_cert_hash(own))["written"]


def test_what_a_killed_run_left_in_memory_is_removed(
    backup: Backup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    monkeypatch.setattr(sealed, "MEMORY", str(memory))
    for name in ("sealed-old", "sealed-now", "lock"):
        (memory / name).mkdir(parents=True)
        (memory / name / "out").write_text(KEY)
    for name in ("sealed-old", "lock"):
        os.utime(memory / name, (0, 0))
    backup.restore()
    assert sorted(path.name for path in memory.iterdir()) == ["lock", "sealed-now"]


def test_a_changed_manifest_is_refused(backup: Backup) -> None:
    manifest = json.loads((backup.folder / backups.MANIFEST).read_text())
    manifest["snapshot"]["sha256"] = "0" * 64
    backup.write(backups.MANIFEST, json.dumps(manifest))
    with pytest.raises(QuorumError, match="E2353 the manifest of the backup was changed"):
        backup.restore()


def test_a_changed_configuration_is_refused(backup: Backup) -> None:
    backup.write(backups.CONFIGURATION, "kind: Other\n")
    with pytest.raises(QuorumError, match="E2353 kubeadm's configuration in the backup was changed"):
        backup.restore()


def test_a_changed_sealed_part_is_refused(backup: Backup) -> None:
    text = json.loads((backup.folder / backups.SEALED).read_text())
    text["data"] = text["data"][:-8] + "AAAAAAA="
    backup.write(backups.SEALED, json.dumps(text))
    with pytest.raises(QuorumError, match="E2351"):
        backup.restore()


@pytest.mark.parametrize("text", ["", "{", "{}", '{"format": "other"}'])
def test_a_damaged_manifest_or_sealed_part_is_refused(backup: Backup, text: str) -> None:
    backup.write(backups.SEALED, text)
    with pytest.raises(QuorumError, match="E2351"):
        backup.restore()
    backup.write(backups.MANIFEST, text)
    backup.path.unlink()
    with pytest.raises(QuorumError, match="E2353"):
        backup.restore()


def test_another_snapshot_is_refused(backup: Backup) -> None:
    other = b"y" * 1024
    (backup.folder / backups.SNAPSHOT).write_bytes(other + hashlib.sha256(other).digest())
    with pytest.raises(QuorumError, match=r"E2348 .*other digest"):
        backup.restore()


def test_a_damaged_snapshot_is_refused(backup: Backup) -> None:
    path = backup.folder / backups.SNAPSHOT
    path.write_bytes(b"z" + path.read_bytes()[1:])
    with pytest.raises(QuorumError, match=r"E2342 .*is damaged"):
        backup.restore()


def test_a_snapshot_with_other_keys_is_refused(tmp_path: Path, runner: FakeRunner) -> None:
    with pytest.raises(QuorumError, match=r"E2348 .*number of keys 3 instead of 4"):
        Backup(tmp_path, runner, keys=4).restore()


@pytest.mark.parametrize("length", [0, 100, 2000])
def test_a_truncated_file_is_refused(backup: Backup, length: int) -> None:
    backup.restore(check_mode=True)
    backup.path.write_bytes(backup.path.read_bytes()[:length])
    with pytest.raises(QuorumError, match="E2355"):
        backup.restore()
    assert os.listdir(backup.pki) == []


def test_a_disk_that_cannot_hold_the_data_is_noticed_before_anything_is_written(
    backup: Backup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "not yet there" / "etcd"
    backup.restore(data_directory=str(data), check_mode=True)
    monkeypatch.setattr(etcd_snapshots, "SPARE_MIB", 10**9)
    with pytest.raises(
        QuorumError, match=rf"E2346 the data of 0 MiB needs 1000000000 MiB, {tmp_path} has \d+ MiB free"
    ):
        backup.restore(data_directory=str(data))
    assert os.listdir(backup.pki) == []
    backup.restore()


def test_a_disk_that_is_full_is_not_taken_for_a_bad_backup(backup: Backup, tmp_path: Path) -> None:
    backup.restore(check_mode=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / backups.SNAPSHOT).symlink_to("/dev/full")
    with pytest.raises(QuorumError, match=r"E2346 .*full has no room for what is in .*backup.tar"):
        backups.unbundle(str(backup.path), str(tmp_path / "full"))


def test_a_missing_file_is_named(backup: Backup, tmp_path: Path) -> None:
    with pytest.raises(QuorumError, match=r"E2355 .*none.tar is no backup"):
        backup.restore(backup=str(tmp_path / "none.tar"))
    assert not (tmp_path / "opened" / "here").exists()


class Later:
    """A snapshot that a host of etcd saved by itself after the backup, which a test may spoil."""

    def __init__(self, folder: Path, etcd_ca: str, **described: Any) -> None:
        self.path, self.folder = folder / "later.snapshot.tar", folder / "later"
        self.folder.mkdir()
        database = b"y" * 1024
        self.content = database + hashlib.sha256(database).digest()
        digest = hashlib.sha256(self.content).hexdigest()
        self.described = {"sha256": digest, "revision": 7, "keys": 3, "etcd_version": "3.7.0", **described}
        manifest = backups.snapshot_manifest("kubernetes", "20261130T010000Z", self.described, etcd_ca)
        self.write({backups.MANIFEST: json.dumps(manifest).encode(), backups.SNAPSHOT: self.content})

    def write(self, parts: dict[str, bytes]) -> None:
        for name, content in parts.items():
            (self.folder / name).write_bytes(content)
        backups.bundle(str(self.path), {path.name: str(path) for path in sorted(self.folder.iterdir())})


@pytest.fixture
def ca(tmp_path: Path) -> str:
    return certificate(tmp_path / "ca.crt")


def test_a_later_snapshot_comes_back_with_the_keys_of_the_backup(tmp_path: Path, runner: FakeRunner, ca: str) -> None:
    backup, later = Backup(tmp_path, runner, ca=ca), Later(tmp_path, pki.ca_cert_hash(ca))
    result = backup.restore(snapshot=str(later.path))
    assert Path(result["snapshot"]).read_bytes() == later.content
    assert result["manifest"]["snapshot"] == later.described
    assert result["manifest"]["created"] == "20261130T010000Z"
    assert Path(backup.pki, "ca.key").read_text() == KEY
    # As the playbook does it to get more secrets out of the backup.
    backup.restore()
    assert Path(result["snapshot"]).read_bytes() == later.content


def test_a_later_snapshot_of_another_etcd_is_refused(tmp_path: Path, runner: FakeRunner, ca: str) -> None:
    other = pki.ca_cert_hash(certificate(tmp_path / "other.crt"))
    with pytest.raises(QuorumError, match="E2354 the backup is of another etcd than the snapshot"):
        Backup(tmp_path, runner, ca=ca).restore(snapshot=str(Later(tmp_path, other).path))
    assert not (tmp_path / "opened" / "here").exists()


def test_a_backup_is_refused_that_is_not_of_the_etcd_that_is_kept(tmp_path: Path, runner: FakeRunner, ca: str) -> None:
    backup = Backup(tmp_path, runner, ca=ca)
    backup.restore(etcd_ca=str(tmp_path / "ca.crt"))
    backup.restore(etcd_ca=str(tmp_path / "none.crt"))
    certificate(tmp_path / "other.crt")
    with pytest.raises(QuorumError, match="E2354 the backup is of another etcd than the one that lives"):
        backup.restore(etcd_ca=str(tmp_path / "other.crt"))


@pytest.mark.parametrize(
    ("case", "code"),
    [("truncated", "E2355"), ("damaged", "E2342"), ("line", "E2343"), ("cluster", "E2354"), ("backup", "E2355")],
)
def test_a_bad_later_snapshot_is_refused(tmp_path: Path, runner: FakeRunner, ca: str, case: str, code: str) -> None:
    backup = Backup(tmp_path, runner, ca=ca)
    later = Later(tmp_path, pki.ca_cert_hash(ca), **({"etcd_version": "3.9.0"} if case == "line" else {}))
    if case == "truncated":
        later.path.write_bytes(later.path.read_bytes()[:1500])
    elif case == "damaged":
        later.write({backups.SNAPSHOT: b"z" + later.content[1:]})
    elif case == "cluster":
        manifest = backups.snapshot_manifest("staging", "20261130T010000Z", later.described, pki.ca_cert_hash(ca))
        later.write({backups.MANIFEST: json.dumps(manifest).encode()})
    elif case == "backup":
        backup.restore(check_mode=True)
        later.path = backup.path
    with pytest.raises(QuorumError, match=code):
        backup.restore(snapshot=str(later.path))
    assert os.listdir(backup.pki) == []


def test_a_snapshot_alone_is_no_backup(tmp_path: Path, runner: FakeRunner, ca: str) -> None:
    later = Later(tmp_path, pki.ca_cert_hash(ca))
    with pytest.raises(QuorumError, match=r"E2355 .* is a snapshot alone, and no backup.*together with an earlier"):
        Backup(tmp_path, runner, ca=ca).restore(backup=str(later.path))


@pytest.mark.parametrize("passphrase", ["", "short", "with\nline break in it"])
def test_a_weak_passphrase_seals_nothing(runner: FakeRunner, passphrase: str) -> None:
    with pytest.raises(QuorumError, match="E2350"):
        sealed.seal(runner, b"", passphrase)


def test_links_are_sealed_as_what_they_lead_to(tmp_path: Path) -> None:
    disk, folder = tmp_path / "disk", tmp_path / "pki"
    disk.mkdir()
    (disk / "ca.key").write_text(KEY)
    os.link(disk / "ca.key", disk / "same.key")
    (disk / "sa.key").symlink_to("ca.key")
    folder.symlink_to(disk)
    restored = sealed.unpack(sealed.pack([str(folder)]), str(folder), str(tmp_path / "root"))
    assert {Path(path).name: Path(path).read_text() for path in restored} == dict.fromkeys(
        ("ca.key", "same.key", "sa.key"), KEY
    )


def test_what_another_host_seals_is_what_it_has(runner: FakeRunner, tmp_path: Path) -> None:
    key, other = tmp_path / "ca.key", str(tmp_path / "ca.crt")
    key.write_text(KEY)
    result = sealed_files.run({"paths": [str(key), other], "passphrase": PASSPHRASE}, runner)
    assert (result["changed"], result["paths"]) == (False, [str(key)])
    assert sealed.names(sealed.unseal(runner, result["sealed"], PASSPHRASE)) == [str(key).lstrip("/")]


def test_older_backups_of_this_cluster_are_outdated() -> None:
    names = [f"k8s-2026112{day}T000000Z.tar" for day in range(5)] + ["other-20261120T000000Z.tar", "notes.txt"]
    assert backups.outdated(names, "k8s", 2) == names[:3]
    assert backups.outdated(names, "k8s", 0) == []
    assert backups.outdated(names, "k8s", 9) == []


def test_snapshots_and_backups_of_a_cluster_do_not_push_each_other_out() -> None:
    saved = [backups.snapshot_name("k8s", f"2026112{day}T000000Z", f"etcd{day}") for day in range(3)]
    names = [*saved, "k8s-20261120T000000Z.tar", backups.snapshot_name("other", "20261120T000000Z", "etcd1")]
    assert backups.outdated_snapshots(names, "k8s", 1) == saved[:2]
    assert backups.outdated(names, "k8s", 1) == []


def test_keys_that_encrypt_secrets_are_part_of_a_backup() -> None:
    manifest = "    - --encryption-provider-config=/etc/kubernetes/enc/config.yaml\n"
    assert backups.secret_paths(manifest) == ["/etc/kubernetes/pki", "/etc/etcd/pki", "/etc/kubernetes/enc/config.yaml"]
