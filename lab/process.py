# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs programs and turns their failures into sentences."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import INSTALL, LabError

_TAIL_LINES = 15


def run(
    argv: Sequence[str],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    fix: str = "",
) -> str:
    """Run a program and return its standard output.

    `env` is added to the environment. A failure is a LabError with the end of what the program wrote, and `fix` as
    the advice.
    """
    result = attempt(argv, stdin=stdin, env=env, cwd=cwd)
    if result.returncode != 0:
        raise LabError(f"`{' '.join(argv[:6])}` ended with status {result.returncode}:\n{tail(result)}", fix)
    return result.stdout


def bound(argv: Sequence[str]) -> list[str]:
    """Return a command line that ends when this process does, however that is killed.

    A builder that outlives its lab would write into the folder of the one that takes its place. To be called from
    the main thread: the kernel means the thread when it says parent (prctl(2), PR_SET_PDEATHSIG).
    """
    return ["setpriv", "--pdeathsig", "TERM", *argv]


def attempt(
    argv: Sequence[str],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program whose failure the caller judges; one that is missing or too slow is a LabError."""
    try:
        return subprocess.run(
            list(argv),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            timeout=timeout,
        )
    except FileNotFoundError as missing:
        raise LabError(f"`{argv[0]}` is not installed", INSTALL) from missing
    except subprocess.TimeoutExpired as late:
        raise LabError(f"`{' '.join(argv[:6])}` did not end within {timeout} s") from late


def tail(result: subprocess.CompletedProcess[str]) -> str:
    """Return the last lines of a program's output, indented."""
    lines = (result.stdout + result.stderr).strip().splitlines()[-_TAIL_LINES:]
    return "\n".join(f"    {line}" for line in lines)
