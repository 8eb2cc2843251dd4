# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The lock of a run on a host: one file on a tmpfs with who holds it, since when and until when.

A restart of the host ends it, as it ends what the run did there. A lease ends it when its holder is gone for good.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import (
    RUN_DIRECTORY,
    read_text,
    remove_files,
    write_private,
)

FILE = "lock.json"


@dataclass(frozen=True)
class Lock:
    """A held lock. `run_id` names the run for ever, `who` is for people, times are seconds since 1970."""

    run_id: str
    who: str
    since: float
    expires: float

    def text(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self))


def parse(text: str) -> Lock | None:
    """A stored lock; None for an absent or damaged one, which protects nothing."""
    try:
        found = json.loads(text)
        return Lock(str(found["run_id"]), str(found["who"]), float(found["since"]), float(found["expires"]))
    except (ValueError, KeyError, TypeError):
        return None


def refusal(held: Lock | None, run_id: str, dead_run: str, now: float) -> QuorumError | None:
    """Why a run may not take the lock; None when it may: free, its own, expired, or of a run known to be dead."""
    if held is None or held.run_id in (run_id, dead_run) or held.expires <= now:
        return None
    return QuorumError(
        "E2251",
        f"{held.who} works on this cluster since {clock(held.since)} (run {held.run_id})",
        f"wait for its end; if it is gone, its lock expires at {clock(held.expires)}",
    )


def clock(moment: float) -> str:
    """A moment in UTC for people."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))


class LockFile:
    """The stored lock. Taking it is atomic: of two runs that see it free, one succeeds."""

    def __init__(self, directory: str = RUN_DIRECTORY) -> None:
        self._directory = directory
        self._path = os.path.join(directory, FILE)

    def held(self) -> Lock | None:
        """The stored lock."""
        return parse(read_text(self._path))

    def take(self, lock: Lock, over: Lock | None) -> None:
        """Store a lock in the place of `over`, the one that was seen; QuorumError when somebody else was faster."""
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        with open(self._path + ".guard", "w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            if self.held() != over:
                raise QuorumError("E2251", "another run took the lock at this moment", "wait for its end")
            write_private(self._path, lock.text())

    def release(self) -> None:
        """Remove the lock."""
        remove_files([self._path])
