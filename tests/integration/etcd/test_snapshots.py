# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots of real etcd are proved, bad ones are refused, a restored cluster has all and only what was saved."""

from __future__ import annotations

import dataclasses
import os
import pwd
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client, etcd_snapshots
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_snapshots import (
    BUMP_REVISION,
    EtcdUtl,
    Expected,
    expected_of,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner
from ansible_collections.quorum.kubernetes.plugins.modules import etcd_restore

from tests.integration.etcd.cluster import RealEtcd
from tests.integration.etcd.test_members import coded, put

COMPACT = "/v3/kv/compaction"
ME = pwd.getpwuid(os.getuid()).pw_name


def save(etcd: RealEtcd, path: Path) -> dict[str, Any]:
    """Take a snapshot as the modules do."""
    utl = EtcdUtl(SubprocessRunner(), str(etcd.binaries / "etcdutl"))
    path.parent.mkdir(exist_ok=True)
    return etcd_snapshots.take(etcd.gateway, etcd_snapshots.find_member(etcd.gateway, etcd.endpoints), str(path), utl)


def verify(etcd: RealEtcd, path: Path, expected: Expected | None = None, version: str = "3.7.0") -> None:
    utl = EtcdUtl(SubprocessRunner(), str(etcd.binaries / "etcdutl"))
    etcd_snapshots.verify(utl, str(path), expected or Expected(), version)


def keys(etcd: RealEtcd) -> list[str]:
    """All keys, read through any member."""
    answer = etcd.gateway.call(etcd.endpoints[0], etcd_client.RANGE, {"key": coded("\0"), "range_end": coded("\0")})
    return [entry["key"] for entry in answer.get("kvs", ())]


def fill(etcd: RealEtcd, prefix: str, count: int) -> None:
    assert all(put(etcd, f"{prefix}{number:04d}") for number in range(count))


def test_a_snapshot_is_proved_and_described(etcd: RealEtcd, tmp_path: Path) -> None:
    fill(etcd, "a", 50)
    etcd.gateway.call(etcd.endpoints[0], COMPACT, {"revision": "20", "physical": True})
    fill(etcd, "b", 10)
    path = tmp_path / "backup" / "snapshot.db"
    described = save(etcd, path)
    assert (described["keys"], described["revision"], described["compact_revision"]) == (60, 61, 20)
    assert os.listdir(path.parent) == ["snapshot.db"]
    assert path.stat().st_mode & 0o777 == 0o600
    verify(etcd, path, Expected(described["sha256"], 61, 60, described["etcd_version"]))


def test_no_snapshot_is_taken_without_a_healthy_member(etcd: RealEtcd, tmp_path: Path) -> None:
    for name in ("a", "b"):
        etcd.kill(name)
    with pytest.raises(QuorumError, match="E2340 no member of etcd is healthy"):
        save(etcd, tmp_path / "snapshot.db")
    assert not (tmp_path / "snapshot.db").exists()


def test_a_full_disk_is_noticed_before_anything_is_written(
    etcd: RealEtcd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etcd_snapshots, "SPARE_MIB", 10**9)
    with pytest.raises(QuorumError, match=r"E2346 a backup of \d+ MiB needs \d+ MiB"):
        save(etcd, tmp_path / "snapshot.db")
    assert not list(tmp_path.glob("snapshot*"))


def test_bad_snapshots_are_refused(etcd: RealEtcd, tmp_path: Path) -> None:
    fill(etcd, "a", 20)
    good = tmp_path / "good.db"
    described = save(etcd, good)
    content = good.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    bad = tmp_path / "bad.db"
    for name, damaged, error in (
        ("truncated", content[:-1000], "E2341 .* is truncated"),
        ("without its digest", content[:-32], "E2341 .* is truncated"),
        ("one bit flipped", flipped, "E2342 .* is damaged"),
        ("empty", b"", "E2341 .* is truncated"),
        ("something else", b"x" * (512 * 8 + 32), "E2342 .* is damaged"),
    ):
        bad.write_bytes(damaged)
        with pytest.raises(QuorumError, match=error):
            verify(etcd, bad)
        print(f"figure: refused: {name}")
    with pytest.raises(QuorumError, match=r"E2348 .* other digest"):
        verify(etcd, good, Expected("0" * 64))
    with pytest.raises(QuorumError, match=r"E2348 .* revision 21 instead of 99"):
        verify(etcd, good, dataclasses.replace(expected_of(described), revision=99))
    with pytest.raises(QuorumError, match=r"E2343 a snapshot of etcd 3\.[67] cannot be restored by etcd 3\.5\.30"):
        verify(etcd, good, expected_of(described), "3.5.30")
    with pytest.raises(QuorumError, match="E2347 there is no snapshot"):
        verify(etcd, tmp_path / "nothing.db")
    verify(etcd, good, expected_of(described))


def restore(etcd: RealEtcd, name: str, path: Path, described: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Restore a member as the module does."""
    params = {
        "snapshot": str(path),
        "expected": described,
        "verify_only": False,
        "name": name,
        "members": [{"name": node.name, "peer_url": node.peer_url} for node in etcd.nodes.values()],
        "token": "restored",
        "data_directory": str(etcd.nodes[name].directory),
        "owner": ME,
        "replace": True,
        "bump_revision": BUMP_REVISION,
        "etcdutl": str(etcd.binaries / "etcdutl"),
        **given,
    }
    return etcd_restore.run(params, SubprocessRunner(), False)


def test_a_restored_cluster_has_what_was_saved_and_nothing_later(etcd: RealEtcd, tmp_path: Path) -> None:
    fill(etcd, "saved", 100)
    path = tmp_path / "snapshot.db"
    described = save(etcd, path)
    before = keys(etcd)
    fill(etcd, "later", 10)
    old = etcd.look().as_dict()["cluster_id"]
    for name in etcd.nodes:
        etcd.kill(name)
    with pytest.raises(QuorumError, match=r"E2349 .* holds data of a member"):
        restore(etcd, "a", path, described, replace=False)
    for name in etcd.nodes:
        assert restore(etcd, name, path, described)["kept"] != ""
    for name in etcd.nodes:
        etcd.start(name, *etcd.nodes, state="new")
    view = etcd.settle().as_dict()
    assert keys(etcd) == before
    assert view["cluster_id"] != old
    assert all(member["revision"] > BUMP_REVISION for member in view["members"])
    # A controller that asks for what it saw before is told that this is gone, instead of getting another past.
    with pytest.raises(QuorumError, match="compacted"):
        body = {"key": coded("saved0000"), "revision": str(described["revision"])}
        etcd.gateway.call(etcd.endpoints[0], etcd_client.RANGE, body)
    assert put(etcd, "after the restore")
    print(f"figure: {len(before)} keys of {len(before)} restored, revision {view['members'][0]['revision']}")


def test_a_cluster_that_is_rolled_back_twice_never_goes_back_in_revisions(etcd: RealEtcd, tmp_path: Path) -> None:
    """Further back the second time; a watcher that has lived through the first takes no past for the present."""
    saved = []
    for name in ("earlier", "later"):
        fill(etcd, name, 30)
        path = tmp_path / f"{name}.db"
        saved.append((path, save(etcd, path), keys(etcd)))
    seen = 0
    for number, (path, described, before) in enumerate(reversed(saved)):
        # Ten minutes lie between the two.
        moved = etcd_snapshots.bump(described["revision"], time.time() + 600 * number)
        for name in etcd.nodes:
            etcd.kill(name)
        for name in etcd.nodes:
            restore(etcd, name, path, described, bump_revision=moved)
        for name in etcd.nodes:
            etcd.start(name, *etcd.nodes, state="new")
        revisions = {member["revision"] for member in etcd.settle().as_dict()["members"]}
        assert keys(etcd) == before
        assert min(revisions) > seen
        fill(etcd, "since", 20)
        seen = max(member["revision"] for member in etcd.settle().as_dict()["members"])
    # What is saved afterwards can be proved and counted as ever.
    assert save(etcd, tmp_path / "again.db")["revision"] == seen
    print(f"figure: rolled back twice, revision {seen}")
