# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is decided about snapshots, without etcd: whom to take them from, room, digests, versions, proofs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_snapshots as snapshots
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import look
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_snapshots import EtcdUtl, Hash, Status
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd, FakeMember
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

# Printed by etcd 3.7.0.
STATUS = '{"hash":2534857738,"revision":22,"totalKey":6,"totalSize":20480,"version":"3.7.0"}'
HASH = '{"hash":3768002405,"hashRevision":22,"compactRevision":-1}'
LIVE = {"hash": 3768002405, "compact_revision": "-1", "hash_revision": "22"}


def test_a_healthy_follower_is_asked_rather_than_the_leader() -> None:
    etcd = FakeEtcd("a", "b", "c")
    etcd.members.append(FakeMember(4, "d", learner=True))
    etcd.member("c").alarm = "NOSPACE"
    assert snapshots.choose_member(look(etcd, etcd.endpoints)).listed.name == "b"
    etcd.member("b").alarm = "CORRUPT"
    assert snapshots.choose_member(look(etcd, etcd.endpoints)).listed.name == "a"
    etcd.member("a").alarm = "NOSPACE"
    with pytest.raises(QuorumError, match="E2340"):
        snapshots.choose_member(look(etcd, etcd.endpoints))


def test_etcds_answers_are_read() -> None:
    assert snapshots.parse_status(STATUS) == Status(22, 6, 20480, "3.7.0")
    assert snapshots.parse_hash(json.loads(HASH)) == snapshots.parse_hash(LIVE) == Hash(3768002405, 22, -1)


def test_room_is_for_the_snapshot_and_its_proof() -> None:
    assert snapshots.room_needed(100 * snapshots.MIB) == 328 * snapshots.MIB


@pytest.mark.parametrize("directory", ["not/there", "{}/not/there"])
def test_the_disk_of_a_directory_that_is_not_there_is_that_of_the_next_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, directory: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(QuorumError, match=rf"E2346 a lot needs .* MiB, {tmp_path} has \d+ MiB free"):
        snapshots.refuse_full_disk("a lot", directory.format(tmp_path), 1 << 70)
    snapshots.refuse_full_disk("nothing", directory.format(tmp_path), 0)


def test_the_digest_at_the_end_is_compared(tmp_path: Path) -> None:
    path, content = tmp_path / "snapshot.db", b"database" * 64 * 5000
    path.write_bytes(content + hashlib.sha256(content).digest())
    assert snapshots.refuse_damaged(str(path)) == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(b"D" + path.read_bytes()[1:])
    with pytest.raises(QuorumError, match="E2342"):
        snapshots.refuse_damaged(str(path))


@pytest.mark.parametrize(
    ("storage", "taken_from", "program", "refused"),
    [
        ("3.7.0", "3.7.1", "3.7.1", False),
        ("3.7.0", "3.7.1", "3.6.14", True),
        ("3.6.0", "3.6.8", "3.7.0", False),
        ("3.6.0", "3.6.8", "3.8.0", True),
        ("", "3.5.30", "3.7.1", True),
        ("", "3.5.30", "3.6.14", False),
        ("3.5.0", "3.7.1", "3.7.1", False),
        ("", "3.7.1", "3.5.30", True),
        ("3.7.0", "", "3.7.1", False),
        ("3.5.0", "", "3.7.1", True),
        ("", "", "3.7.1", False),
    ],
)
def test_the_line_of_etcd_must_fit(storage: str, taken_from: str, program: str, refused: bool) -> None:
    if not refused:
        snapshots.refuse_other_line(storage, taken_from, program)
        return
    with pytest.raises(QuorumError, match="E2343"):
        snapshots.refuse_other_line(storage, taken_from, program)


def restored(hashed: str = HASH, status: str = STATUS) -> EtcdUtl:
    """An etcdutl whose restored copy has this status and hash."""
    runner = FakeRunner().on("snapshot status", Result(0, STATUS), Result(0, status))
    runner.on("snapshot restore", Result(0)).on("hashkv", Result(0, hashed))
    return EtcdUtl(runner, "etcdutl")


def test_a_snapshot_is_proved_by_what_is_restored_from_it(tmp_path: Path) -> None:
    path = str(tmp_path / "snapshot.db")
    assert snapshots.prove(restored(), path, snapshots.parse_hash(LIVE)).keys == 6
    assert list(tmp_path.iterdir()) == []


def test_the_copy_of_a_proof_that_was_killed_goes(tmp_path: Path) -> None:
    left = tmp_path / f"{snapshots.PROOF}killed" / "data" / "member"
    left.mkdir(parents=True)
    snapshots.prove(restored(), str(tmp_path / "snapshot.db"), None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("utl", "what"),
    [
        (restored(status=STATUS.replace("22,", "21,")), "revision 22, then 21"),
        (restored(status=STATUS.replace('"totalKey":6', '"totalKey":5')), "number of keys 6, then 5"),
        (restored(HASH.replace("3768002405", "1")), "hash 3768002405, then 1"),
    ],
)
def test_any_difference_fails_the_proof(tmp_path: Path, utl: EtcdUtl, what: str) -> None:
    with pytest.raises(QuorumError, match=f"E2345 .*{what}"):
        snapshots.prove(utl, str(tmp_path / "snapshot.db"), snapshots.parse_hash(LIVE))
    assert list(tmp_path.iterdir()) == []


def test_hashes_are_not_compared_across_a_compaction(tmp_path: Path) -> None:
    live = Hash(1, 22, 15)
    assert snapshots.prove(restored(), str(tmp_path / "snapshot.db"), live).revision == 22


def test_etcdutls_own_words_are_told() -> None:
    log = '{"level":"info"}\nError: snapshot missing hash but --skip-hash-check=false\n'
    utl = EtcdUtl(FakeRunner().on("snapshot status", Result(1, "", log)), "etcdutl")
    with pytest.raises(QuorumError, match="E2344 etcdutl snapshot status failed: snapshot missing hash"):
        utl.status("x")


@pytest.mark.parametrize("later", [9_000, 5_000, 0])
def test_what_is_restored_later_begins_later_whatever_the_snapshot(later: int) -> None:
    """The second time a cluster is rolled back further, after it has gone on for ten minutes."""
    first = 9_000 + snapshots.bump(9_000, now=1_796_000_000.5)
    written = 600 * 5_000
    second = later + snapshots.bump(later, now=1_796_000_600.5)
    assert second > first + written
    assert first > 9_000 + snapshots.BUMP_REVISION


def test_a_clock_that_is_wrong_takes_no_revision_back() -> None:
    assert snapshots.bump(2_000_000_000, now=0) == snapshots.BUMP_REVISION


def test_revisions_are_moved_on_and_marked_unless_told_otherwise() -> None:
    options = snapshots.restore_options("a", "a=https://h:2380", "https://h:2380", "t", 5)
    assert options[-3:] == ["--bump-revision", "5", "--mark-compacted"]
    assert "--bump-revision" not in snapshots.restore_options("a", "a=https://h:2380", "https://h:2380", "t", 0)
