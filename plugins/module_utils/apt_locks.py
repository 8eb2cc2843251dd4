# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who holds the locks of dpkg and apt."""

from __future__ import annotations

import fcntl
import os
import struct

from ansible_collections.quorum.kubernetes.plugins.module_utils import host_files
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until

LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock")


def lock_holder(path: str) -> str:
    """Who holds a lock of fcntl(2) on a file, as `name (pid)`; empty when nobody does or there is no such file."""
    layout = "hhqqi4x"  # struct flock on Linux with 64-bit offsets
    try:
        with open(path, "rb") as stream:
            query = struct.pack(layout, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            kind, _whence, _start, _length, pid = struct.unpack(layout, fcntl.fcntl(stream, fcntl.F_GETLK, query))
    except OSError:
        return ""
    if kind == fcntl.F_UNLCK:
        return ""
    name = host_files.read(f"/proc/{pid}/comm").content or "a program that is gone"
    return f"{name.strip()} (pid {pid})"


def wait_for_locks(timeout: float) -> None:
    """Wait until nobody holds them, `timeout` seconds at most. Raises QuorumError with who does."""
    wait_until(
        observe=lambda: {path: lock_holder(path) for path in LOCKS},
        missing=lambda holders: [f"{who} holds {path}" for path, who in holders.items() if who],
        timeout=timeout,
        code="E2415",
        fix="let it finish, then run again",
        interval=1.0,
    )
