# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a playbook in the background, end it as a user or a dying controller would, and read its recap."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType

from tests.tools.inventory import tool
from tests.tools.nodes import ROOT
from tests.tools.waiting import NotInTime, wait_until

RECAP = re.compile(r"^(\S+)\s+: (ok=\d+.*)$", re.MULTILINE)
COUNT = re.compile(r"(\w+)=(\d+)")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
TASK_OR_CHANGE = re.compile(
    r"^(?:(?:TASK|RUNNING HANDLER) \[(?P<task>.+)\] \*+|changed: \[(?P<host>[^\s\]]+).*)$", re.MULTILINE
)
FINDING = re.compile(r"^([EW]\d{4}) ", re.MULTILINE)

Change = tuple[str, str]  # the host and the name of a task that reported a change there


@dataclass(frozen=True)
class Outcome:
    """How a run ended: exit status, seconds, and the counters of each host's line of the recap."""

    rc: int
    seconds: float
    recap: dict[str, dict[str, int]]

    @property
    def changed(self) -> dict[str, int]:
        """Hosts with changes and how many."""
        return {host: counts["changed"] for host, counts in self.recap.items() if counts.get("changed")}


def parse_recap(text: str) -> dict[str, dict[str, int]]:
    """The counters of `PLAY RECAP` by host, of the last recap in the text; empty where the run did not get to it."""
    _, found, tail = ESCAPES.sub("", text).rpartition("PLAY RECAP")
    if not found:
        return {}
    return {host: {key: int(value) for key, value in COUNT.findall(rest)} for host, rest in RECAP.findall(tail)}


def changed_tasks(text: str) -> list[str]:
    """The tasks that changed something, each with its host and the first lines of its result."""
    lines = ESCAPES.sub("", text).splitlines()
    found, task = [], ""
    for number, line in enumerate(lines):
        if line.startswith("TASK ["):
            task = line.rstrip("* ")
        elif line.startswith("changed: ["):
            found.append(f"{task}: {' '.join(part.strip() for part in lines[number : number + 12])}")
    return found


def parse_changes(text: str) -> frozenset[Change]:
    """The changes that a run reported, with its tasks' names as `collection.role : task`."""
    changes: set[Change] = set()
    task = ""
    for match in TASK_OR_CHANGE.finditer(ESCAPES.sub("", text)):
        if match["host"]:
            changes.add((match["host"], task))
        else:
            task = match["task"]
    return frozenset(changes)


def parse_codes(text: str) -> frozenset[str]:
    """The codes of docs/errors.md of the findings that a run printed, one a line."""
    return frozenset(FINDING.findall(ESCAPES.sub("", text)))


def descendants(pid: int) -> list[int]:
    """A process and everything below it, parents first. Ansible's workers have sessions of their own."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = (
                Path(f"/proc/{entry}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
            )
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


class PlaybookRun:
    """`ansible-playbook -vvvv` in a process group of its own; everything it prints goes to `log`.

    Leaving the `with` block kills what is left of it. `more` is added to its environment.
    """

    def __init__(
        self,
        inventory: Path,
        playbook: str,
        log: Path,
        *arguments: str,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.log = log
        environment = dict(
            os.environ,
            ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
            ANSIBLE_STDOUT_CALLBACK="default",  # the recap is read from the log
            ANSIBLE_NOCOLOR="1",
            ANSIBLE_FORCE_COLOR="0",
            **more,
        )
        command = [
            tool("ansible-playbook"),
            "-vvvv",
            "-i",
            str(inventory),
            *arguments,
            str(ROOT / "playbooks" / playbook),
        ]
        self._begin = time.monotonic()
        with log.open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> PlaybookRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(signal.SIGKILL)

    @property
    def running(self) -> bool:
        """Whether ansible-playbook itself still runs."""
        return self._process.poll() is None

    def end(self, kind: signal.Signals, *, timeout: float = 30) -> None:
        """Send a signal to ansible-playbook and all its workers, and wait until none is left.

        What survives a TERM for `timeout` seconds is killed: the next run must not meet workers of this one.
        """
        tree = descendants(self._process.pid) if self.running else []
        _signal(tree, kind)
        try:
            wait_until(lambda: self._left(tree), timeout=timeout, what="the end of the playbook", interval=0.1)
        except NotInTime:
            _signal(tree, signal.SIGKILL)
            wait_until(lambda: self._left(tree), timeout=timeout, what="the end of the killed playbook", interval=0.1)

    def wait(self, timeout: float) -> Outcome:
        """Wait for the end of the run. NotInTime, with the end of the log, if that takes over `timeout` seconds."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise NotInTime(f"{self.log.name}: no end after {timeout:g} s: {self.tail()}") from None
        seconds = time.monotonic() - self._begin
        return Outcome(self._process.returncode, seconds, parse_recap(self.text()))

    def text(self) -> str:
        """Everything printed until now."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tail(self, characters: int = 3000) -> str:
        """What a person wants to see of a failed run: the errors, otherwise its last lines."""
        lines = [line for line in self.text().splitlines() if not line.startswith("<")]  # no chatter of connections
        errors = [line[:1500] for line in lines if line.startswith(("fatal:", "[ERROR]", "ERROR"))]
        return "\n".join(errors or lines)[-characters:]

    def _left(self, tree: list[int]) -> str:
        self._process.poll()  # reap it
        alive = [pid for pid in tree if _alive(pid)]
        return f"processes {alive} still run" if alive else ""


def _signal(tree: list[int], kind: signal.Signals) -> None:
    for pid in tree:
        try:
            os.kill(pid, kind)
        except ProcessLookupError:
            continue


def _alive(pid: int) -> bool:
    """Whether a process exists and is more than a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.rpartition(") ")[2][:1] not in ("Z", "X")
