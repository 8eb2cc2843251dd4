# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Release archives that roles download, with the checksums beside them."""

from __future__ import annotations

import hashlib
import tarfile

from lab import build, sources
from lab.cache import new_directory
from lab.repository import FILES
from lab.sources import Release

ETCD_PATH = "etcd-io/etcd/releases/download"


def publish_etcd(release: Release, architecture: str) -> None:
    """Put etcd's release archive in place, under the path it has on GitHub."""
    programs = build.programs(sources.etcd(release))
    target = FILES / ETCD_PATH / f"v{release.etcd}"
    if target.is_dir():
        return
    name = f"etcd-v{release.etcd}-linux-{architecture}"
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
