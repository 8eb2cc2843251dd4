# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One waiter for everything: observe, ask a pure predicate what is missing, sleep, again."""

from __future__ import annotations

import time
from typing import Callable, TypeVar

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

Seen = TypeVar("Seen")


def wait_until(
    observe: Callable[[], Seen],
    missing: Callable[[Seen], list[str]],
    timeout: float,
    code: str,
    fix: str = "",
    interval: float = 0.5,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Seen:
    """Observe until `missing` returns an empty list; return the last observation.

    `missing` is pure and names in short sentences what is not there yet. `timeout` and `interval` are in seconds; there
    is always at least one observation. After the timeout QuorumError names what was missing in the last one.
    """
    deadline = clock() + timeout
    while True:
        seen = observe()
        lacking = missing(seen)
        if not lacking:
            return seen
        if clock() + interval > deadline:
            raise QuorumError(code, f"after {timeout:g} s: {'; '.join(lacking)}", fix)
        sleep(interval)
