# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wait for something by looking at it again and again, never by sleeping and hoping."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

#: How many times slower than a lab node the machines are; every limit of time in the checks is multiplied by it.
PATIENCE = float(os.environ.get("QUORUM_PATIENCE", "1"))


class NotInTime(Exception):
    """What was waited for did not happen; the text says what was missing at the end."""


def wait_until(missing: Callable[[], str], *, timeout: float, what: str, interval: float = 0.5) -> float:
    """Call `missing` until it returns "" and return the seconds that took.

    `missing` says in words what is not there yet. Exceptions of the network count as "not yet". After `timeout`
    seconds, of a lab node, NotInTime carries the last answer.
    """
    begin, limit = time.monotonic(), timeout * PATIENCE
    while True:
        try:
            answer = missing()
        except (OSError, ValueError) as error:
            answer = f"{type(error).__name__}: {error}"
        elapsed = time.monotonic() - begin
        if not answer:
            return elapsed
        if elapsed > limit:
            raise NotInTime(f"{what}: not within {limit:g} s: {answer}")
        time.sleep(interval)
