# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Spoil a good backup in the ways that a restore has to notice."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from ansible_collections.quorum.kubernetes.plugins.module_utils import backups, sealed
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner

Parts = dict[str, bytes]
CUT_OFF = 20_000  # bytes
OTHER_LINE = "3.9.0"


def read(backup: Path) -> Parts:
    """The files in a backup."""
    with tarfile.open(backup) as archive:
        return {entry.name: file.read() for entry in archive if (file := archive.extractfile(entry))}


def write(path: Path, parts: Parts) -> None:
    """Make a backup of files."""
    with tarfile.open(path, "w") as archive:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def truncated(good: Path, bad: Path, _passphrase: str) -> None:
    """The copy broke off."""
    bad.write_bytes(good.read_bytes()[:-CUT_OFF])


def one_bit_flipped(good: Path, bad: Path, _passphrase: str) -> None:
    """A disk changed one bit in the middle of the snapshot."""
    parts = read(good)
    snapshot = bytearray(parts[backups.SNAPSHOT])
    snapshot[len(snapshot) // 2] ^= 1
    write(bad, {**parts, backups.SNAPSHOT: bytes(snapshot)})


def other_manifest(good: Path, bad: Path, _passphrase: str) -> None:
    """The manifest in the open says another time than the sealed one."""
    parts = read(good)
    manifest = json.loads(parts[backups.MANIFEST])
    manifest["created"] = "20200101T000000Z"
    write(bad, {**parts, backups.MANIFEST: json.dumps(manifest).encode()})


def other_line(good: Path, bad: Path, passphrase: str) -> None:
    """A member of a later line of etcd wrote the snapshot; every digest and seal is right."""
    parts = read(good)
    manifest = json.loads(parts[backups.MANIFEST])
    manifest["snapshot"]["etcd_version"] = OTHER_LINE
    text = json.dumps(manifest)
    runner = SubprocessRunner()
    content = _with_manifest(sealed.unseal(runner, parts[backups.SEALED].decode(), passphrase), text)
    resealed = sealed.seal(runner, content, passphrase).encode()
    write(bad, {**parts, backups.MANIFEST: text.encode(), backups.SEALED: resealed})


def _with_manifest(content: bytes, text: str) -> bytes:
    """The sealed archive with another manifest."""
    source, target = io.BytesIO(content), io.BytesIO()
    with tarfile.open(fileobj=source) as old, tarfile.open(fileobj=target, mode="w") as new:
        for entry in old:
            file = old.extractfile(entry)
            content_of = text.encode() if entry.name == backups.MANIFEST else file.read() if file else b""
            entry.size = len(content_of)
            new.addfile(entry, io.BytesIO(content_of))
    return target.getvalue()


SPOILERS: dict[str, Callable[[Path, Path, str], None]] = {
    "truncated": truncated,
    "one bit flipped": one_bit_flipped,
    "other manifest": other_manifest,
    "other line of etcd": other_line,
}
