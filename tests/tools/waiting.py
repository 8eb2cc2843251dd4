# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wait for something by looking at it again and again, never by sleeping and hoping."""

from __future__ import annotations

import time
from collections.abc import Callable


class NotInTime(Exception):
    """What was waited for did not happen; the text says what was missing at the end."""


def wait_until(missing: Callable[[], str], *, timeout: float, what: str, interval: float = 0.5) -> float:
    """Call `missing` until it returns "" and return the seconds that took.

    `missing` says in words what is not there yet. Exceptions of the network count as "not yet". After `timeout`
    seconds NotInTime carries the last answer.
    """
    begin = time.monotonic()
    while True:
        try:
            answer = missing()
        except (OSError, ValueError) as error:
            answer = f"{type(error).__name__}: {error}"
        elapsed = time.monotonic() - begin
        if not answer:
            return elapsed
        if elapsed > timeout:
            raise NotInTime(f"{what}: not within {timeout:g} s: {answer}")
        time.sleep(interval)
