# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Podman, as the lab calls it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from lab.process import attempt, run

LABEL = "quorum-lab.cluster"
# Without these the kernel's limits of a host without CAP_SYS_RESOURCE are exceeded at the start of a container.
LIMITS = ("--ulimit", "nofile=20000:20000", "--ulimit", "nproc=1000:1000")
# crun fails on hosts with hybrid cgroups.
_PODMAN = ("podman", "--runtime", "runc")


def podman(*arguments: str, stdin: str | None = None, fix: str = "") -> str:
    """Run podman and return what it printed; a failure is a LabError."""
    return run([*_PODMAN, *arguments], stdin=stdin, fix=fix)


def try_podman(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run podman where failing is an answer."""
    return attempt([*_PODMAN, *arguments])


def command(*arguments: str) -> list[str]:
    """Return the argument list, for a caller that becomes podman."""
    return [*_PODMAN, *arguments]


def listed(kind: Sequence[str], cluster: str | None = None) -> list[dict[str, Any]]:
    """Return podman's own description of the lab's objects: kind is `ps --all` or `network ls`."""
    label = LABEL if cluster is None else f"{LABEL}={cluster}"
    found: list[dict[str, Any]] = json.loads(podman(*kind, "--filter", f"label={label}", "--format", "json") or "[]")
    return found or []
