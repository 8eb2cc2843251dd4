# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the lab keeps things: one folder, and nothing outside it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.progress import say

CACHE = Path(os.environ.get("QUORUM_LAB_CACHE") or Path.home() / ".cache" / "quorum-lab").resolve()
BINARIES = CACHE / "bin"
MIRROR = CACHE / "mirror"
KEYS = CACHE / "keys"
CLUSTERS = CACHE / "clusters"
LOCKS = CACHE / "locks"
SSH_KEY = KEYS / "ssh"


def fingerprint(*parts: str | bytes) -> str:
    """Return a short name for a recipe: it changes when any part does."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part if isinstance(part, bytes) else part.encode()).digest())
    return digest.hexdigest()[:12]


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock of the cache; the kernel frees it when the process dies, however it dies."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / f"{name}.lock").open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another lab command that holds the lock {name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def new_directory(target: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `target` only when everything in it is complete.

    What a killed run left behind is removed first, so the caller must hold the lock of the target.
    """
    work = target.with_name(f"{target.name}.tmp")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    yield work
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)


@contextmanager
def scratch_directory(path: Path) -> Iterator[Path]:
    """Yield an empty folder for the time of a step; what a killed run left in it is removed first."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def write_file(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old or the new content and never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}.tmp")
    work.write_bytes(content if isinstance(content, bytes) else content.encode())
    work.chmod(mode)
    work.replace(path)


def read_state(path: Path) -> dict[str, str]:
    """Return what is noted in a JSON file; nothing where there is none, or a damaged one."""
    try:
        state: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state
