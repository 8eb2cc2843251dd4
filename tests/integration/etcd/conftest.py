# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the real etcd comes from, and a fresh cluster for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.etcd.cluster import RealEtcd


@pytest.fixture(scope="session")
def binaries() -> Path:
    """The folder with etcd and etcdutl: QUORUM_ETCD_BIN, or the newest version that the lab has built."""
    given = os.environ.get("QUORUM_ETCD_BIN")
    cache = Path(os.environ.get("QUORUM_LAB_CACHE") or Path.home() / ".cache" / "quorum-lab")
    built = sorted((path.parent for path in cache.glob("bin/etcd-3.*/etcd")), key=_version_and_age)
    candidates = [Path(given)] if given else built
    for folder in reversed(candidates):
        if all((folder / name).is_file() for name in ("etcd", "etcdutl")):
            return folder
    pytest.fail(
        "no etcd to test with: run `python -m lab mirror`, or set QUORUM_ETCD_BIN to a folder with etcd and etcdutl"
    )


def _version_and_age(folder: Path) -> tuple[list[int], float]:
    """What orders folders named etcd-VERSION-FINGERPRINT."""
    return [int(number) for number in folder.name.split("-")[1].split(".")], folder.stat().st_mtime


@pytest.fixture
def etcd(binaries: Path, tmp_path: Path) -> Iterator[RealEtcd]:
    """Three members in agreement, gone after the test."""
    with RealEtcd(binaries, tmp_path) as cluster:
        cluster.form("a", "b", "c")
        yield cluster
