# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask the API every 100 ms and say how many requests failed and how long the longest gap was.

python -m tests.tools.probe --kubeconfig FILE --seconds 30
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import itertools
import json
import re
import select
import ssl
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

INTERVAL = 0.1  # seconds between the starts of two requests
MOMENTS = 12  # that are told
TIMEOUT = 5.0  # seconds after which a request counts as failed
FAILED_CHECK = re.compile(r"^\[-\](\S+) failed", re.MULTILINE)  # as /readyz tells it


@dataclass(frozen=True)
class Attempt:
    """One request: begin and end in seconds of the monotonic clock; `error` is "" if it was answered."""

    begin: float
    end: float
    error: str = ""


@dataclass(frozen=True)
class Report:
    """The figures of a stretch of time. Gaps are seconds without a request that was answered.

    `moments` are the seconds (UTC) in which requests failed, to look for in the logs of the nodes.
    """

    sent: int
    failed: int
    longest_gap: float
    errors: tuple[str, ...]
    moments: tuple[str, ...] = ()

    def __str__(self) -> str:
        kinds = f" ({', '.join((*self.errors, *self.moments[:MOMENTS]))})" if self.errors else ""
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
    failed = sorted((attempt for attempt in ours if attempt.error), key=lambda attempt: attempt.begin)
    errors = tuple(sorted({attempt.error for attempt in failed}))
    return Report(len(ours), len(failed), longest, errors, tuple(dict.fromkeys(_clock(a.begin) for a in failed)))


def _clock(begin: float) -> str:
    """A moment of the monotonic clock as logs tell it (UTC)."""
    return time.strftime("%H:%M:%S", time.gmtime(time.time() - time.monotonic() + begin))


def refusal(status: int, body: str) -> str:
    """An answer that is none, in short: its status, and the API server's checks that failed, where it names them."""
    return " ".join((f"HTTP {status}", *FAILED_CHECK.findall(body)))


class Probe(ABC):
    """Sends requests from a thread of its own while the `with` block runs."""

    def __init__(self) -> None:
        self._attempts: list[Attempt] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=TIMEOUT + 5)

    @abstractmethod
    def _work(self) -> None:
        """Note an attempt every INTERVAL until `_stop` is set."""

    def report(self, begin: float, end: float | None = None) -> Report:
        """Figures of the requests that began at `begin` (time.monotonic()) or later, up to `end`.

        Waits until the requests in flight are over, so that none is missing in the figures.
        """
        until = time.monotonic() if end is None else end
        time.sleep(max(0.0, until + TIMEOUT + 2 * INTERVAL - time.monotonic()))
        return summarise(list(self._attempts), begin, until)

    def wait_answers(self, count: int, *, timeout: float, since: float | None = None) -> float:
        """Wait until the last `count` requests begun after `since` (now) were answered; the seconds that took.

        TimeoutError after `timeout` seconds.
        """
        asked = time.monotonic() if since is None else since
        while (now := time.monotonic()) - asked <= timeout:
            later = sorted((a for a in list(self._attempts) if a.begin > asked), key=lambda attempt: attempt.begin)
            if len(later) >= count and not any(attempt.error for attempt in later[-count:]):
                return now - asked
            time.sleep(INTERVAL)
        raise TimeoutError(f"no {count} answers in a row of the API within {timeout:g} s")


@dataclass(frozen=True)
class Request:
    """What is asked of the API."""

    path: str = "/readyz"
    method: str = "GET"
    body: str = ""

    def text(self, host: str) -> str:
        """The request as it is sent, for one that ends its connection."""
        head = (
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: {host}",
            "Connection: close",
            "Content-Type: application/json",
            f"Content-Length: {len(self.body)}",
        )
        return "\r\n".join((*head, "", self.body))


class ApiProbe(Probe):
    """Requests over new connections, whether the one before was answered or not."""

    def __init__(
        self, endpoint: tuple[str, int], context: ssl.SSLContext, requests: Iterator[Request] | None = None
    ) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._context = context
        self._requests = requests or itertools.repeat(Request())

    def _work(self) -> None:
        asyncio.run(self._send())

    async def _send(self) -> None:
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
            writer.write(next(self._requests).text(f"{host}:{port}").encode())
            line = (await reader.readuntil(b"\r\n")).split()
            status = int(line[1]) if line[1:2] and line[1].isdigit() else 0
            return "" if status == http.client.OK else refusal(status, (await reader.read()).decode(errors="replace"))
        finally:
            writer.close()


class KeptAliveProbe(Probe):
    """GET /readyz over one connection, which is opened again when it was closed between two requests.

    Go's and other HTTP clients do so too; a connection that ends while an answer is awaited is a failure.
    """

    def __init__(self, endpoint: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__()
        self._connection = http.client.HTTPSConnection(*endpoint, context=context, timeout=TIMEOUT)

    def _work(self) -> None:
        tick = time.monotonic()
        while not self._stop.is_set():
            begin = time.monotonic()
            try:
                error = self._status()
            except (OSError, http.client.HTTPException) as failure:
                self._connection.close()
                error = type(failure).__name__
            self._attempts.append(Attempt(begin, time.monotonic(), error))
            tick = max(tick + INTERVAL, time.monotonic())
            time.sleep(max(0.0, tick - time.monotonic()))
        self._connection.close()

    def _status(self) -> str:
        socket = self._connection.sock
        if socket is not None and select.select([socket], [], [], 0)[0]:  # nothing was asked: it can only be the end
            self._connection.close()
        self._connection.request("GET", "/readyz")
        answer = self._connection.getresponse()
        body = answer.read().decode(errors="replace")
        return "" if answer.status == http.client.OK else refusal(answer.status, body)


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
