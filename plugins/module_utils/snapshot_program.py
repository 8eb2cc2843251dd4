# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The program that saves etcd at set times, as one file: a zip of this collection's own modules that Python runs.

So the host runs the very code that etcd_snapshot runs, and needs nothing but Python for it.
"""

from __future__ import annotations

import importlib
import inspect
import io
import os
import zipfile
from typing import NamedTuple

# The job is imported, so that Ansible brings it and all that it imports to the host.
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_files, host_state, snapshot_job

PACKAGE = "ansible_collections.quorum.kubernetes.plugins.module_utils"

# snapshot_job and all that it imports.
PARTS = (
    "backups",
    "errors",
    "etcd_client",
    "etcd_snapshots",
    "etcd_state",
    "pki",
    "quorum",
    "runner",
    "snapshot_job",
    "versions",
)


class Paths(NamedTuple):
    """Where the program, its units and systemd's note of the last time lie."""

    program: str
    service: str
    stamp: str
    timer: str


PATHS = Paths(
    "/usr/local/lib/quorum-etcd-snapshot.pyz",
    "/etc/systemd/system/quorum-etcd-snapshot.service",
    "/var/lib/systemd/timers/stamp-quorum-etcd-snapshot.timer",
    host_state.SNAPSHOT_TIMER,
)

MAIN = f"from {snapshot_job.__name__} import main\n\nmain()\n"

# The same parts make the same bytes on every host and in every run.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def build() -> bytes:
    """The program's file."""
    # Wherever they were loaded from: Ansible brings modules to a host in a zip of its own.
    modules = {part: importlib.import_module(f"{PACKAGE}.{part}") for part in PARTS}
    folder = PACKAGE.replace(".", "/")
    texts = {f"{folder}/{part}.py": inspect.getsource(module) for part, module in modules.items()}
    # Python finds no package in a zip without these.
    levels = folder.split("/")
    texts.update({f"{'/'.join(levels[: depth + 1])}/__init__.py": "" for depth in range(len(levels))})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in {"__main__.py": MAIN, **texts}.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text)
    return buffer.getvalue()


def read(path: str) -> bytes:
    """What lies there; nothing if there is no file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def put(path: str, content: bytes) -> None:
    """Write the program in one step: who starts it gets the old one or the new one."""
    host_files.replace(path, content, lambda new: os.chmod(new, 0o644))
