# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Running programs behind an interface that a test replaces.

Every module reaches the outside world through a Runner, so that what it decides can be tested without a host.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError, one_line

RC_TIMEOUT = 124
RC_NOT_FOUND = 127

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Result:
    """What a program left: exit status, standard output and standard error as text."""

    rc: int
    stdout: str = ""
    stderr: str = ""

    @property
    def ok(self) -> bool:
        """Whether the program ended with status 0."""
        return self.rc == 0

    def reason(self) -> str:
        """The most telling line: the last one of standard error, else of standard output, else the status."""
        for text in (self.stderr, self.stdout):
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            if lines:
                return one_line(lines[-1])
        return f"exit status {self.rc}"


class Runner(Protocol):
    """Runs a program. Never raises for what the program does: a missing program is status 127, a timeout 124."""

    def run(
        self,
        argv: Sequence[str],
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run argv without a shell. `env` is added to the environment, `timeout` is in seconds."""


class SubprocessRunner:
    """The real runner. Output is decoded as UTF-8 with replacement, messages are in English (LC_ALL=C.UTF-8)."""

    def run(
        self,
        argv: Sequence[str],
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run argv; see Runner.run."""
        path = os.environ.get("PATH", "")
        environment = dict(os.environ, LC_ALL="C.UTF-8", PATH=f"{path}:{SYSTEM_PATH}" if path else SYSTEM_PATH)
        environment.update(env or {})
        try:
            # AnsibleModule.run_command has no timeout and cannot be replaced by a test.
            done = subprocess.run(  # pylint: disable=ansible-bad-function
                list(argv),
                input=None if stdin is None else stdin.encode(),
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                env=environment,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Result(RC_TIMEOUT, "", f"{argv[0]} did not answer within {timeout:g} s")
        except OSError as error:
            return Result(RC_NOT_FOUND, "", f"{argv[0]}: {error.strerror or error}")
        return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def run_checked(
    runner: Runner,
    argv: Sequence[str],
    code: str,
    fix: str = "",
    stdin: str | None = None,
    timeout: float | None = None,
) -> Result:
    """Run argv and raise QuorumError with its most telling line unless it ends with status 0."""
    result = runner.run(argv, stdin=stdin, timeout=timeout)
    if not result.ok:
        raise QuorumError(code, f"{argv[0]} failed: {result.reason()}", fix)
    return result
