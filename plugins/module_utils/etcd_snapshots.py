# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots of etcd: taken from a healthy member, proved by restoring them, and described so that damage shows.

A snapshot file is the member's database followed by its SHA-256 digest (32 bytes). ``etcdutl snapshot status`` reads it
and leaves it as it is; ``etcdutl hashkv`` writes to what it reads, so it is only ever given a restored copy.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client, versions
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import Gateway
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import ClusterView, Member, disagreements
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner

HASHKV = "/v3/maintenance/hashkv"

DIGEST_BYTES = 32
MIB = 1024 * 1024

# Room for the snapshot, for the copy restored to prove it, and for what else is written, such as etcd's log (64 MiB).
COPIES = 2
SPARE_MIB = 128

# How far revisions are moved on at least when a cluster is rolled back, so that no watcher has seen the next one
# (the value of etcd's own recovery guide for Kubernetes).
BUMP_REVISION = 1_000_000_000

# More writes a second than etcd makes for long.
WRITES_A_SECOND = 10_000

# Beginning of the name of the directory with the copy.
PROOF = ".proof-"

# etcdutl may read for long; a database has at most some GiB.
TIMEOUT = 1800


@dataclass(frozen=True)
class Status:
    """What ``etcdutl snapshot status`` says. ``version`` is the storage version, "" before etcd 3.6."""

    revision: int
    keys: int
    size: int
    version: str


@dataclass(frozen=True)
class Hash:
    """A hash of all keys up to ``revision`` that ``compacted`` has left."""

    value: int
    revision: int
    compacted: int


def room_needed(db_size: int, copies: int = COPIES) -> int:
    """Free bytes that a snapshot of a database of this size needs, with its proof, or so many copies of it."""
    return db_size * copies + SPARE_MIB * MIB


def choose_member(cluster: ClusterView) -> Member:
    """The member to take a snapshot of: a healthy voter with the newest data, rather a follower than the leader."""
    able = [member for member in cluster.members if member.healthy and not member.listed.learner and member.view]
    if not able:
        why = "; ".join(disagreements(cluster))
        fix = "Look at the members that are named; docs/etcd.md says how to replace one."
        raise QuorumError("E2340", f"no member of etcd is healthy, so none can be trusted with a backup: {why}", fix)
    return max(able, key=lambda m: (m.view.revision if m.view else 0, not m.leads, m.listed.name))


def find_member(gateway: Gateway, endpoints: Sequence[str]) -> Member:
    """Ask all members and choose the one to take a snapshot of."""
    cluster = etcd_client.look(gateway, endpoints)
    if not cluster.members:
        raise QuorumError("E2301", cluster.error, "Look at etcd's log on the hosts of its members.")
    return choose_member(cluster)


def parse_status(text: str) -> Status:
    """Read the JSON of ``etcdutl snapshot status -w json``."""
    values = json.loads(text)
    return Status(int(values["revision"]), int(values["totalKey"]), int(values["totalSize"]), values.get("version", ""))


def parse_hash(values: Mapping[str, Any]) -> Hash:
    """Read the answer of /v3/maintenance/hashkv, or the JSON of ``etcdutl hashkv``; absent means 0."""

    def number(*names: str) -> int:
        return int(next((values[name] for name in names if name in values), 0))

    return Hash(
        number("hash"),
        number("hash_revision", "hashRevision"),
        number("compact_revision", "compactRevision"),
    )


def digest_of(path: str) -> tuple[str, str]:
    """The SHA-256 digests, hexadecimal, of the whole file and of the file without the digest at its end."""
    whole, database = hashlib.sha256(), hashlib.sha256()
    rest = os.path.getsize(path) - DIGEST_BYTES
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(MIB), b""):
            whole.update(piece)
            database.update(piece[: max(rest, 0)])
            rest -= len(piece)
    return whole.hexdigest(), database.hexdigest()


def refuse_damaged(path: str) -> str:
    """Raise QuorumError unless the digest at the end of the snapshot is right; return the whole file's digest."""
    size = os.path.getsize(path)
    if size % 512 != DIGEST_BYTES:
        raise QuorumError("E2341", f"the snapshot {path} is truncated, or no snapshot at all ({size} bytes)")
    whole, database = digest_of(path)
    with open(path, "rb") as file:
        file.seek(-DIGEST_BYTES, os.SEEK_END)
        claimed = file.read().hex()
    if claimed != database:
        raise QuorumError("E2342", f"the snapshot {path} is damaged: its content does not match its digest")
    return whole


def refuse_other_line(storage_version: str, taken_from: str, program_version: str) -> None:
    """Raise QuorumError unless programs of ``program_version`` may restore this snapshot: its own line or the next.

    The line of a snapshot is that of the member it was ``taken_from``. The storage version inside it is only a lower
    bound: for some seconds a young member of etcd 3.7 has none, or says 3.5.0, or 3.6.0 after an upgrade.
    """
    known = [version for version in map(versions.parse, (storage_version, taken_from)) if version is not None]
    program = versions.parse(program_version)
    if not known or program is None:
        return
    snapshot = max(known)
    if snapshot.major == program.major and snapshot.minor <= program.minor <= snapshot.minor + 1:
        return
    why = f"a snapshot of etcd {snapshot.line} cannot be restored by etcd {program_version}"
    raise QuorumError("E2343", why, "Restore it with the version of etcd that it was taken from.")


class EtcdUtl:
    """The program etcdutl."""

    def __init__(self, runner: Runner, path: str) -> None:
        self._runner = runner
        self._path = path

    def run(self, *arguments: str) -> str:
        """Run it and return what it prints. Raises QuorumError with its last line."""
        result = self._runner.run([self._path, *arguments], timeout=TIMEOUT)
        if not result.ok:
            # Its log and its error are on standard error; the error comes last.
            lines = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
            why = re.sub(r"^Error: ", "", lines[-1]) if lines else result.reason()
            raise QuorumError("E2344", f"etcdutl {arguments[0]} {arguments[1]} failed: {why}")
        return result.stdout

    def status(self, path: str) -> Status:
        """Check the database's structure and count what is in it."""
        return parse_status(self.run("snapshot", "status", path, "--write-out", "json"))

    def hash(self, path: str) -> Hash:
        """Hash a restored database, which this changes."""
        return parse_hash(json.loads(self.run("hashkv", path, "--write-out", "json")))

    def restore(self, snapshot: str, directory: str, *options: str) -> str:
        """Make a data directory of a snapshot, which is verified first; return the path of its database."""
        self.run("snapshot", "restore", snapshot, "--data-dir", directory, *options)
        return os.path.join(directory, "member", "snap", "db")


def prove(utl: EtcdUtl, path: str, live: Hash | None) -> Status:
    """Restore the snapshot beside itself, compare, and remove the copy. Raises QuorumError unless all is the same.

    ``live`` is the running member's hash at the snapshot's revision. The hashes can be compared only if nothing was
    compacted in between.
    """
    status = utl.status(path)
    remove_leftovers(os.path.dirname(path), PROOF)
    scratch = tempfile.mkdtemp(prefix=PROOF, dir=os.path.dirname(path))
    try:
        database = utl.restore(path, os.path.join(scratch, "data"))
        restored, hashed = utl.status(database), utl.hash(database)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    for what, before, after in (
        ("revision", status.revision, restored.revision),
        ("number of keys", status.keys, restored.keys),
        ("hash", live.value if live and live.compacted == hashed.compacted else hashed.value, hashed.value),
    ):
        if before != after:
            raise QuorumError("E2345", f"the snapshot is not what was restored from it: {what} {before}, then {after}")
    return status


def live_hash(gateway: Gateway, endpoint: str, revision: int) -> Hash:
    """The running member's hash of all keys up to this revision."""
    return parse_hash(gateway.call(endpoint, HASHKV, {"revision": str(revision)}))


def save(pieces: Iterator[bytes], path: str) -> None:
    """Write the pieces to a file that only root may read, and make sure that they are on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def speaker(member: Member) -> str:
    """The URL to reach a member."""
    return member.listed.client_urls[0]


def remove_leftovers(directory: str, prefix: str) -> None:
    """Remove the scratch directories, named by their prefix, of runs that were killed."""
    for name in os.listdir(directory):
        if name.startswith(prefix):
            shutil.rmtree(os.path.join(directory, name))


def take(gateway: etcd_client.HttpGateway, member: Member, path: str, utl: EtcdUtl) -> dict[str, Any]:
    """Take a snapshot to ``path``, prove it, and return its description. Nothing is left at ``path`` if it fails."""
    if member.view is None:
        raise QuorumError("E2340", f"{member.label} does not answer")
    size = member.view.db_size
    refuse_full_disk(f"a backup of {size // MIB} MiB", os.path.dirname(path), room_needed(size))
    partial = f"{path}.part"
    try:
        save(gateway.snapshot(speaker(member)), partial)
        digest = refuse_damaged(partial)
        revision = utl.status(partial).revision
        hashed = live_hash(gateway, speaker(member), revision)
        status = prove(utl, partial, hashed)
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)
    return {
        "sha256": digest,
        "size": os.path.getsize(path),
        "revision": status.revision,
        "keys": status.keys,
        "hash": hashed.value,
        "compact_revision": hashed.compacted,
        "etcd_version": member.view.version,
        "storage_version": status.version,
        "member": member.listed.name,
        "cluster_id": member.view.cluster_id,
    }


def refuse_full_disk(what: str, directory: str, needed: int) -> None:
    """Raise QuorumError unless the disk of the directory, which need not be there yet, has so many bytes free."""
    directory = os.path.abspath(directory)
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    free = shutil.disk_usage(directory).free
    if free < needed:
        why = f"{what} needs {needed // MIB} MiB, {directory} has {free // MIB} MiB free"
        raise QuorumError("E2346", why, "Make room, or choose another directory.")


@dataclass(frozen=True)
class Expected:
    """What a backup's manifest says of its snapshot; empty or 0 for what it does not say."""

    sha256: str = ""
    revision: int = 0
    keys: int = 0
    etcd_version: str = ""


def expected_of(described: Mapping[str, Any]) -> Expected:
    """What a manifest says of its snapshot."""
    return Expected(
        str(described.get("sha256") or ""),
        int(described.get("revision") or 0),
        int(described.get("keys") or 0),
        str(described.get("etcd_version") or ""),
    )


def verify(utl: EtcdUtl, path: str, expected: Expected, program_version: str) -> Status:
    """Raise QuorumError unless the file is an undamaged snapshot, the expected one, and may be restored by etcdutl."""
    if not os.path.isfile(path):
        raise QuorumError("E2347", f"there is no snapshot {path}")
    digest = refuse_damaged(path)
    if expected.sha256 and digest != expected.sha256:
        raise QuorumError("E2348", f"the snapshot {path} is not the one that its manifest describes: other digest")
    status = utl.status(path)
    refuse_other_line(status.version, expected.etcd_version, program_version)
    for what, wanted, found in (
        ("revision", expected.revision, status.revision),
        ("number of keys", expected.keys, status.keys),
    ):
        if wanted and wanted != found:
            why = f"the snapshot {path} is not the one that its manifest describes: {what} {found} instead of {wanted}"
            raise QuorumError("E2348", why)
    return status


def bump(revision: int, now: float) -> int:
    """How far to move the revisions of a snapshot on that is restored ``now``, in seconds since 1970.

    A cluster may be rolled back more than once, the second time further back than the first. So what is restored later
    has to begin at a later revision, whatever the snapshot: at so many a second since 1970.
    """
    return max(BUMP_REVISION, int(now) * WRITES_A_SECOND - revision)


def restore_options(name: str, cluster: str, peer_url: str, token: str, bump_revision: int) -> list[str]:
    """The options of ``etcdutl snapshot restore`` for one member of a new cluster."""
    options = ["--name", name, "--initial-cluster", cluster, "--initial-advertise-peer-urls", peer_url]
    options += ["--initial-cluster-token", token]
    # Marked as compacted, a revision from before the restore is an error to every watcher and not a wrong answer.
    return options + (["--bump-revision", str(bump_revision), "--mark-compacted"] if bump_revision else [])
