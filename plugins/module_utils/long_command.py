# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""kubeadm's long commands, so that they survive a lost connection and a killed module.

Each runs as the transient systemd unit `quorum-kubeadm.service`. systemd starts a unit once, so two runs cannot start
two commands: the second finds the running one, waits for it and then looks at the host again. A configuration that may
carry secrets lies in a directory for root alone on a tmpfs and is removed when the unit ends, whatever ended it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Callable

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError, one_line
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import RC_TIMEOUT, Runner

UNIT = "quorum-kubeadm.service"
RUN_DIRECTORY = "/run/quorum"

POLL_SECONDS = 0.2
# The result file appears when the unit ends. systemd is asked less often, in case it could not be written.
POLLS_PER_UNIT_CHECK = 10

# How much longer than the command's own limit to wait for systemd to end it.
GRACE_SECONDS = 30

RUNNING_STATES = ("active", "activating", "deactivating", "reloading")

_BOOTSTRAP_TOKEN = re.compile(r"\b([a-z0-9]{6})\.[a-z0-9]{16}\b")
_LONG_HEX = re.compile(r"(?<!sha256:)\b[0-9a-f]{64}\b")
_PREFLIGHT = re.compile(r"^\s*\[ERROR ([^\]]+)\]: (.*)$")
_PHASE = re.compile(r"^error execution phase ([^:]+): ")
_STACK_TRACE_HINT = "To see the stack trace of this error"
# systemd's word for a command that ended with another status than 0.
FAILED = "exit-code"
REASON_LENGTH = 600


@dataclass(frozen=True)
class Outcome:
    """How a long command ended: systemd's word for it (`success`, `exit-code`, `signal`, `timeout`) and its output."""

    result: str
    log: str = ""

    @property
    def ok(self) -> bool:
        """Whether the command ended with status 0."""
        return self.result == "success"


def _unfinished(why: str) -> QuorumError:
    fix = "see what it waits for (journalctl -u kubelet, crictl ps -a); run again to go on waiting for it"
    return QuorumError("E2102", why, fix)


class LongCommand:
    """Starts, finds and awaits the one long command of this host.

    `directory` (0700) holds the configuration, output and result of one run (0600), with this process' number in their
    names, and `log_path`: the output of the last command that failed.
    """

    def __init__(
        self,
        runner: Runner,
        directory: str = RUN_DIRECTORY,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._runner = runner
        self._directory = directory
        self._clock = clock
        self._sleep = sleep
        self.log_path = os.path.join(directory, "kubeadm.log")
        self.config_path = os.path.join(directory, f"run-{os.getpid()}.json")
        self._output_path = os.path.join(directory, f"run-{os.getpid()}.log")
        self._result_path = os.path.join(directory, f"run-{os.getpid()}.result")
        self._end_path = os.path.join(directory, f"run-{os.getpid()}.end")

    def running(self) -> bool:
        """Whether a long command runs on this host, started by this run or by an earlier one."""
        return unit_runs(self._runner)

    def wait_for_running(self, timeout: float) -> bool:
        """Wait for a command or sequence of an earlier run; return whether there was one. `timeout` is in seconds."""
        if not os.path.isdir(self._directory):
            return False
        with self.sequence(timeout) as waited:
            return waited

    @contextlib.contextmanager
    def sequence(self, timeout: float) -> Iterator[bool]:
        """Keep others out between several commands of this process, and say whether it had to wait for such a one.

        A module goes on when the run that started it is killed. The kernel's lock on the directory ends with it, and
        its command may go on even then: so the lock comes first, and nothing can begin between the two waits.
        """
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            waited = self._lock(directory, timeout)
            if self.running():
                waited = True
                self._wait(timeout)
            yield waited
        finally:
            os.close(directory)

    def _lock(self, descriptor: int, timeout: float) -> bool:
        deadline = self._clock() + timeout
        waited = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return waited
            except BlockingIOError:
                waited = True
            if self._clock() > deadline:
                raise _unfinished(f"another run still works on this host after {timeout:g} s")
            self._sleep(POLL_SECONDS)

    def run(self, title: str, argv: Sequence[str], timeout: float, config: str = "") -> Outcome:
        """Run argv to its end and return the outcome. `timeout` is in seconds; systemd ends the command then.

        `config` is written to `config_path` for the time that the command runs; it may hold secrets, argv must not.
        """
        self._prepare(config)
        try:
            started = self._runner.run(self._systemd_run(title, argv, timeout))
            if not started.ok:
                raise QuorumError("E2101", f"systemd could not start {title}: {started.reason()}")
            self._wait(timeout + GRACE_SECONDS)
        finally:
            if not self.running():
                remove_files([self.config_path, self._end_path])
        return self._outcome()

    def _prepare(self, config: str) -> None:
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        os.chmod(self._directory, 0o700)
        # What runs left that were killed before their unit began; nothing runs now.
        remove_files(os.path.join(self._directory, name) for name in os.listdir(self._directory) if _is_of_run(name))
        write_private(self._output_path, "")
        # A script, since systemd (252) writes `;` and `$` of a transient unit in a form that it cannot read again, and
        # kubeadm makes it read all units. $SERVICE_RESULT comes from systemd. The configuration goes first: a result
        # means that it is gone.
        removed = f"rm -f {self.config_path} {self._end_path}"
        write_private(self._end_path, f"{removed}\numask 077\necho $SERVICE_RESULT >{self._result_path}\n")
        if config:
            write_private(self.config_path, config)

    def _systemd_run(self, title: str, argv: Sequence[str], timeout: float) -> list[str]:
        properties = [
            "Type=exec",
            f"RuntimeMaxSec={int(timeout)}",
            f"StandardOutput=append:{self._output_path}",
            f"StandardError=append:{self._output_path}",
            f"ExecStopPost=/bin/sh {self._end_path}",
        ]
        options = ["systemd-run", f"--unit={UNIT}", f"--description=quorum.kubernetes: {title}", "--collect", "--quiet"]
        return [*options, *(f"--property={value}" for value in properties), "--", *argv]

    def _wait(self, timeout: float) -> None:
        deadline = self._clock() + timeout
        polls = 0
        while True:
            if os.path.exists(self._result_path) and not self.running():
                return
            polls += 1
            if polls % POLLS_PER_UNIT_CHECK == 0 and not self.running():
                return
            if self._clock() > deadline:
                raise _unfinished(f"{UNIT} still runs after {timeout:g} s")
            self._sleep(POLL_SECONDS)

    def _outcome(self) -> Outcome:
        """The outcome; the output is kept only of a failure, and without secrets."""
        result = read_text(self._result_path).strip() or "lost"
        log = masked(read_text(self._output_path))
        remove_files([self._result_path, self._output_path])
        if result != "success":
            write_private(self.log_path, log)
        return Outcome(result, log)


def unit_runs(runner: Runner) -> bool:
    """Whether the unit runs by systemd's ActiveState; one whose state systemd does not tell in time may still run."""
    shown = runner.run(["systemctl", "show", UNIT, "--property=ActiveState", "--value"], timeout=30)
    return shown.rc == RC_TIMEOUT or shown.stdout.strip() in RUNNING_STATES


def failure(title: str, outcome: Outcome, log_path: str, code: str) -> QuorumError:
    """The error of a failed long command, with kubeadm's reason."""
    return QuorumError(
        code,
        f"{title} failed: {reason(outcome)}",
        f"{'correct this and ' if outcome.result == FAILED else ''}run again; the output is in {log_path} on this host",
    )


def reason(outcome: Outcome) -> str:
    """kubeadm's reason in one line: its fatal preflight checks, else its last error, else its last line."""
    lines = [line.rstrip() for line in outcome.log.splitlines() if line.strip()]
    lines = [line for line in lines if _STACK_TRACE_HINT not in line]
    fatal = [match.groups() for match in map(_PREFLIGHT.match, lines) if match]
    if fatal:
        return _short("; ".join(f"{text} ({check})" for check, text in fatal))
    starts = [index for index, line in enumerate(lines) if line.lower().startswith("error")]
    if starts:
        text = one_line(" ".join(lines[starts[-1] :]))
        text = text[len("error: ") :] if text.lower().startswith("error: ") else text
        return _short(_PHASE.sub(r"\1: ", text))
    if outcome.result != FAILED:
        return f"it was ended ({outcome.result})"
    return _short(one_line(lines[-1])) if lines else "it gave no reason"


def masked(text: str) -> str:
    """The text without bootstrap tokens (their public id stays) and certificate keys; CA pins are public."""
    return _LONG_HEX.sub("<hidden>", _BOOTSTRAP_TOKEN.sub(r"\1.<hidden>", text))


def write_private(path: str, content: str) -> None:
    """Write a new file that root alone can read, in place of whatever has this name."""
    remove_files([path])
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)


def remove_files(paths: Iterable[str]) -> None:
    """Remove files, also those that are gone already."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


def read_text(path: str) -> str:
    """A file's text, or an empty one when it does not exist."""
    try:
        with open(path, errors="replace") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def _is_of_run(name: str) -> bool:
    return name.startswith("run-")


def _short(text: str) -> str:
    return text if len(text) <= REASON_LENGTH else text[: REASON_LENGTH - 4] + " ..."
