# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Signed package repositories: the community's flat one for Kubernetes and Docker's for containerd."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from lab.cache import MIRROR, fingerprint, new_directory, write_file
from lab.debian import Debian
from lab.openpgp import SigningKey
from lab.packages import build_package, containerd_package, kubernetes_packages
from lab.process import run
from lab.sources import Release

FILES = MIRROR / "files"
KUBERNETES_KEY = SigningKey("apt-kubernetes")
CONTAINERD_KEY = SigningKey("apt-containerd")
KEY_FILE = "Release.key"
CONTAINERD_PATH = "linux/debian"


@dataclass(frozen=True)
class Entry:
    """A package in an index: its control file and where it is served."""

    control: str
    path: str
    content: bytes


def kubernetes_path(minor: str) -> str:
    """Return the place of a minor's repository, as on the community's server."""
    return f"core:/stable:/v{minor}/deb"


def packages_index(entries: Sequence[Entry]) -> str:
    """Render a Packages file: every control file with its file's name, size and checksum."""
    return "\n".join(
        f"{entry.control.strip()}\n"
        f"Filename: {entry.path}\n"
        f"Size: {len(entry.content)}\n"
        f"SHA256: {hashlib.sha256(entry.content).hexdigest()}\n"
        for entry in entries
    )


def release_file(fields: Mapping[str, str], indexes: Mapping[str, bytes], date: str) -> str:
    """Render a Release file: the fields, and the size and checksum of every index."""
    head = "".join(f"{name}: {value}\n" for name, value in {**fields, "Date": date}.items())
    sums = "".join(
        f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n" for name, content in sorted(indexes.items())
    )
    return f"{head}SHA256:\n{sums}"


def publish_kubernetes(release: Release, architecture: str) -> None:
    """Put the repository of one minor in place."""
    debs = [build_package(package, architecture) for package in kubernetes_packages(release)]
    fields = {
        "Origin": "quorum.kubernetes lab",
        "Label": kubernetes_path(release.minor),
        "Architectures": architecture,
        "Description": f"Kubernetes {release.minor}, built by the lab",
    }
    target = FILES / kubernetes_path(release.minor)
    _publish(target, target, debs, fields, KUBERNETES_KEY, pool=architecture)


def publish_containerd(debian: Debian, architecture: str) -> None:
    """Put the suite of containerd's repository in place that is for a release of Debian."""
    debs = [build_package(containerd_package(debian), architecture)]
    fields = {
        "Origin": "quorum.kubernetes lab",
        "Label": "containerd",
        "Suite": debian.codename,
        "Codename": debian.codename,
        "Architectures": architecture,
        "Components": "stable",
    }
    root = FILES / CONTAINERD_PATH
    suite = root / "dists" / debian.codename
    pool, index = f"pool/stable/{architecture}", f"stable/binary-{architecture}/"
    _publish(root, suite, debs, fields, CONTAINERD_KEY, pool=pool, index_folder=index)


def _publish(
    root: Path,
    target: Path,
    debs: Sequence[Path],
    fields: Mapping[str, str],
    key: SigningKey,
    *,
    pool: str,
    index_folder: str = "",
) -> None:
    """Put a suite in place: `target` is its folder, `root` the one that names of packages count from.

    Pool and indexes are below `target`, so that one suite is replaced without the others; the key is at the root.
    """
    stamp = fingerprint(repr(fields), key.fingerprint(), pool, *(str(deb) for deb in debs))
    recipe, public_key = target / ".recipe", root / KEY_FILE
    if public_key.is_file() and recipe.is_file() and recipe.read_text(encoding="utf-8") == stamp:
        return
    with new_directory(target) as work:
        (work / pool).mkdir(parents=True)
        for deb in debs:
            shutil.copyfile(deb, work / pool / deb.name)
        place = (target.relative_to(root) / pool).as_posix()
        index = packages_index([_entry(deb, place) for deb in debs]).encode()
        indexes = {f"{index_folder}Packages": index, f"{index_folder}Packages.gz": gzip.compress(index, mtime=0)}
        for name, content in indexes.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(content)
        text = release_file(fields, indexes, formatdate(usegmt=True).replace("GMT", "UTC"))
        (work / "Release").write_text(text, encoding="utf-8")
        key.sign_inline(work / "Release", work / "InRelease")
        key.sign_detached(work / "Release", work / "Release.gpg")
        (work / recipe.name).write_text(stamp, encoding="utf-8")
    write_file(public_key, key.armored())


def _entry(deb: Path, pool: str) -> Entry:
    return Entry(run(["dpkg-deb", "--field", str(deb)]), f"{pool}/{deb.name}", deb.read_bytes())
