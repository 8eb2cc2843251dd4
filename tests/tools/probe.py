# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask the API every 100 ms over a new connection and say how many requests failed and how long the longest gap was.

python -m tests.tools.probe --kubeconfig FILE --seconds 30
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
import threading
import time
from dataclasses import asdict, dataclass
from types import TracebackType

INTERVAL = 0.1  # seconds between the starts of two requests
TIMEOUT = 2.0  # seconds after which a request counts as failed


@dataclass(frozen=True)
class Attempt:
    """One request: begin and end in seconds of the monotonic clock; `error` is "" if it was answered."""

    begin: float
    end: float
    error: str = ""


@dataclass(frozen=True)
class Report:
    """The figures of a stretch of time. Gaps are seconds without a request that was answered."""

    sent: int
    failed: int
    longest_gap: float
    errors: tuple[str, ...]

    def __str__(self) -> str:
        kinds = f" ({', '.join(self.errors)})" if self.errors else ""
        return f"failed/sent {self.failed}/{self.sent}, longest gap {self.longest_gap:.2f} s{kinds}"


def summarise(attempts: list[Attempt], begin: float, end: float) -> Report:
    """Figures of the requests that began in [begin, end].

    A gap runs from the beginning of the stretch or the end of an answered request to the end of the next answered
    one; a stretch that ends unanswered counts up to its own end.
    """
    ours = [attempt for attempt in attempts if begin <= attempt.begin <= end]
    answered = sorted(attempt.end for attempt in ours if not attempt.error)
    marks = [begin, *answered]
    if not answered or answered[-1] < end:
        marks.append(end)
    longest = max(later - earlier for earlier, later in zip(marks, marks[1:], strict=False))
    failed = [attempt.error for attempt in ours if attempt.error]
    return Report(len(ours), len(failed), longest, tuple(sorted(set(failed))))


class ApiProbe:
    """Sends requests from a thread of its own while the `with` block runs."""

    def __init__(self, endpoint: tuple[str, int], trust: ssl.SSLContext, path: str = "/readyz") -> None:
        self._endpoint = endpoint
        self._context = trust
        self._path = path
        self._attempts: list[Attempt] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()), daemon=True)

    def __enter__(self) -> ApiProbe:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=TIMEOUT + 5)

    def report(self, begin: float, end: float | None = None) -> Report:
        """Figures of the requests that began at `begin` (time.monotonic()) or later, up to `end`.

        Waits until the requests in flight are over, so that none is missing in the figures.
        """
        until = time.monotonic() if end is None else end
        time.sleep(max(0.0, until + TIMEOUT + 2 * INTERVAL - time.monotonic()))
        return summarise(list(self._attempts), begin, until)

    def wait_answers(self, count: int, *, timeout: float) -> float:
        """Wait until the last `count` requests begun after now were answered; the seconds that took.

        TimeoutError after `timeout` seconds.
        """
        asked = time.monotonic()
        while (now := time.monotonic()) - asked <= timeout:
            later = sorted((a for a in list(self._attempts) if a.begin > asked), key=lambda attempt: attempt.begin)
            if len(later) >= count and not any(attempt.error for attempt in later[-count:]):
                return now - asked
            time.sleep(INTERVAL)
        raise TimeoutError(f"no {count} answers in a row of the API within {timeout:g} s")

    async def _work(self) -> None:
        pending: set[asyncio.Task[None]] = set()
        tick = time.monotonic()
        while not self._stop.is_set():
            task = asyncio.create_task(self._ask())
            pending.add(task)
            task.add_done_callback(pending.discard)
            tick += INTERVAL
            await asyncio.sleep(max(0.0, tick - time.monotonic()))
        if pending:
            await asyncio.wait(pending)

    async def _ask(self) -> None:
        begin = time.monotonic()
        try:
            error = await asyncio.wait_for(self._status(), TIMEOUT)
        except TimeoutError:
            error = "no answer in time"
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError) as failure:
            error = type(failure).__name__
        self._attempts.append(Attempt(begin, time.monotonic(), error))

    async def _status(self) -> str:
        host, port = self._endpoint
        reader, writer = await asyncio.open_connection(host, port, ssl=self._context)
        try:
            writer.write(f"GET {self._path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            line = (await reader.readuntil(b"\r\n")).split()
        finally:
            writer.close()
        return "" if line[1:2] == [b"200"] else f"HTTP {line[1].decode() if len(line) > 1 else '?'}"


def main() -> int:
    """Probe for some seconds and print the figures as JSON; exit status 1 if nothing was answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    host, _, port = arguments.endpoint.rpartition(":")
    begin = time.monotonic()
    with ApiProbe((host, int(port)), ssl.create_default_context(cafile=arguments.ca)) as probe:
        time.sleep(arguments.seconds)
        report = probe.report(begin)
    print(json.dumps(asdict(report)))
    return 0 if report.sent > report.failed else 1


if __name__ == "__main__":
    sys.exit(main())
