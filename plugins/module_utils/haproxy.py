# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Taking a server of a running haproxy out of service and back, through its admin socket.

In state ``drain`` a server gets no new connections while its checks go on (haproxy's management guide, 9.3). A reload
or restart of haproxy ends the state, which is harmless: checks decide then.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Callable, Protocol

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

TIMEOUT_SECONDS = 5.0
POLL_SECONDS = 0.2

# Columns of `show servers state` (haproxy's management guide): operational state 2 is running, of the administrative
# state's bits any of these keeps new connections away, and bit 8 is the drain that this module sets.
RUNNING = 2
KEPT_AWAY = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x20
DRAINED = 0x08


class Socket(Protocol):
    """Sends one command to haproxy and returns its answer."""

    def __call__(self, command: str) -> str:
        """Return what haproxy says; an empty answer means done."""


def ask(path: str) -> Socket:
    """The admin socket at this path. Raises QuorumError when nobody listens there."""

    def send(command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
                stream.settimeout(TIMEOUT_SECONDS)
                stream.connect(path)
                stream.sendall(command.encode() + b"\n")
                return b"".join(iter(lambda: stream.recv(65536), b"")).decode(errors="replace").strip()
        except OSError as error:
            raise QuorumError(
                "E2530", f"haproxy does not answer at {path}: {error}", "look at it: journalctl -u haproxy"
            ) from error

    return send


@dataclass(frozen=True)
class State:
    """What haproxy thinks of a server."""

    name: str
    running: bool
    admin: int

    @property
    def serves(self) -> bool:
        """Whether it gets new connections."""
        return self.running and not self.admin & KEPT_AWAY


def parse(answer: str) -> list[State]:
    """Read the answer to `show servers state BACKEND`; its second line names the columns."""
    lines = answer.splitlines()
    header = next((line.lstrip("# ").split() for line in lines if line.startswith("#")), [])
    rows = [dict(zip(header, line.split())) for line in lines if line and not line.startswith("#")]
    return [
        State(row["srv_name"], int(row["srv_op_state"]) == RUNNING, int(row["srv_admin_state"]))
        for row in rows
        if "srv_admin_state" in row
    ]


def names(send: Socket, backend: str) -> list[str]:
    """The servers of a backend."""
    return [state.name for state in parse(send(f"show servers state {backend}"))]


@dataclass
class Server:
    """One server of one backend. Times are in seconds."""

    send: Socket
    backend: str
    name: str
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def states(self) -> tuple[State, list[State]]:
        """This server, and the others of its backend."""
        found = parse(self.send(f"show servers state {self.backend}"))
        own = [state for state in found if state.name == self.name]
        if not own:
            raise QuorumError(
                "E2531",
                f"haproxy has no server {self.name} in backend {self.backend}",
                "run cluster.yml, which writes haproxy's configuration",
            )
        return own[0], [state for state in found if state.name != self.name]

    def drain(self, grace: float) -> bool:
        """Give it no new connections, wait `grace` seconds, and end those that are left; return whether it changed.

        Where no other server takes connections it is left alone: one that serves is better than none.
        """
        if not self.would_drain():
            return False
        self._done(f"set server {self.backend}/{self.name} state drain")
        self.sleep(grace)
        self._done(f"shutdown sessions server {self.backend}/{self.name}")
        return True

    def ready(self, timeout: float) -> bool:
        """Let its checks decide again and return whether that changed.

        Waits until it takes connections; with `timeout` 0 for nothing.
        """
        changed = bool(self.states()[0].admin & DRAINED)
        if changed:
            self._done(f"set server {self.backend}/{self.name} state ready")
        deadline = self.clock() + timeout
        while timeout and not self.states()[0].serves:
            if self.clock() > deadline:
                wrong = f"haproxy gives {self.name} no connections after {timeout:g} s"
                raise QuorumError("E2532", wrong, "look at the API server there (crictl ps -a) and at haproxy's log")
            self.sleep(POLL_SECONDS)
        return changed

    def would_drain(self) -> bool:
        """Whether drain would change something."""
        own, others = self.states()
        return not own.admin & DRAINED and any(state.serves for state in others)

    def _done(self, command: str) -> None:
        answer = self.send(command)
        if answer:
            raise QuorumError("E2533", f"haproxy refuses '{command}': {answer}")
