# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Progress for a person: one line when a long step begins, one with its duration when it ends."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_STARTED = time.monotonic()
_HEARTBEAT_SECONDS = 60.0


def say(text: str) -> None:
    """Write one line to stderr, with the seconds since the command began in front."""
    print(f"[{time.monotonic() - _STARTED:6.1f}s] {text}", file=sys.stderr, flush=True)


@contextmanager
def step(title: str, *, slow: bool = False) -> Iterator[None]:
    """Announce a step, and say how long it took or that it failed; a slow one shows once a minute that it goes on."""
    say(f"{title} ...")
    started = time.monotonic()
    ended = threading.Event()
    if slow:
        threading.Thread(target=_beat, args=(title, started, ended), daemon=True).start()
    try:
        yield
    except BaseException:
        say(f"{title}: failed after {time.monotonic() - started:.1f} s")
        raise
    finally:
        ended.set()
    say(f"{title}: done in {time.monotonic() - started:.1f} s")


def _beat(title: str, started: float, ended: threading.Event) -> None:
    while not ended.wait(_HEARTBEAT_SECONDS):
        say(f"{title}: still at it after {time.monotonic() - started:.0f} s")
