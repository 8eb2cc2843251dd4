# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Release archives that roles download, with the checksums beside them."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

from lab import build, sources
from lab.cache import new_directory
from lab.repository import FILES
from lab.sources import Release

ETCD_PATH = "etcd-io/etcd/releases/download"


def publish_etcd(release: Release, architecture: str) -> str:
    """Put etcd's release archive in place, under the path it has on GitHub; return its SHA-256 in hexadecimal."""
    programs = build.programs(sources.etcd(release))
    target = FILES / ETCD_PATH / f"v{release.etcd}"
    if not target.is_dir():
        _pack(programs, target, f"etcd-v{release.etcd}-linux-{architecture}")
    return (target / "SHA256SUMS").read_text(encoding="utf-8").split()[0]


def _pack(programs: Path, target: Path, name: str) -> None:
    with new_directory(target) as work:
        archive = work / f"{name}.tar.gz"
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            for program in sorted(programs.iterdir()):
                tar.add(program, f"{name}/{program.name}", filter=_owned_by_root)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        (work / "SHA256SUMS").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member
