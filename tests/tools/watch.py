# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that clients of a cluster notice while something is done to it."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from tests.tools.kube_api import KubeApi, KubeConfig
from tests.tools.probe import ApiProbe, KeptAliveProbe, Probe, Report, Request
from tests.tools.writer import Writer

NAMESPACE = "quorum-watch"
FOLDER = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
OBJECTS = [f"probe-{number}" for number in range(50)]  # so many that no update meets another of the same object
MAY_FAIL = 40.0  # of 4,000 on any machine, also one that nine nodes keep busy; the figures say what was seen
STEADY = 30  # answers in a row after which the API counts as working


@dataclass(frozen=True)
class Seen:
    """What clients saw: figures by kind of request, and what became of objects that were written."""

    reports: dict[str, Report]
    acknowledged: int
    refused: int
    lost: tuple[str, ...]

    def __str__(self) -> str:
        requests = "; ".join(f"{kind}: {report}" for kind, report in self.reports.items())
        return f"{requests}; {self.acknowledged} writes acknowledged, {self.refused} refused, {len(self.lost)} lost"

    @property
    def failed_of_4000(self) -> float:
        """How many of 4,000 requests failed, of the kind that fared worst; fewer requests count as 4,000."""
        return max(4000 * report.failed / max(report.sent, 4000) for report in self.reports.values())

    @property
    def longest_gap(self) -> float:
        """The longest time without an answer, of the kind that fared worst."""
        return max(report.longest_gap for report in self.reports.values())


class Watch:
    """Asks, reads, updates and writes objects through the cluster's endpoint while the `with` block runs."""

    def __init__(self, config: KubeConfig) -> None:
        self._api = KubeApi(config)
        login = config.login()
        reads = [Request(f"{FOLDER}/{name}") for name in OBJECTS]
        self._probes: dict[str, Probe] = {
            "GET /readyz": ApiProbe(config.endpoint, config.trust()),
            "GET": ApiProbe(config.endpoint, login, itertools.cycle(reads)),
            "PUT": ApiProbe(config.endpoint, login, updates()),
            "kept alive": KeptAliveProbe(config.endpoint, config.trust()),
        }
        self._writer = Writer(config, NAMESPACE)
        self._running = contextlib.ExitStack()
        self._begin = 0.0

    def __enter__(self) -> Watch:
        document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        self._api.apply(f"/api/v1/namespaces/{NAMESPACE}", document)
        for name in OBJECTS:
            self._api.apply(f"{FOLDER}/{name}", counter(name))
        for probe in self._probes.values():
            self._running.enter_context(probe)
        self._running.enter_context(self._writer)
        self.wait_answers(timeout=60)
        self._begin = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def wait_answers(self, *, timeout: float) -> None:
        """Wait until every kind of request is answered again and again."""
        now = time.monotonic()
        for probe in self._probes.values():
            probe.wait_answers(STEADY, timeout=timeout, since=now)

    def seen(self) -> Seen:
        """What clients saw since the block began, once the API answers."""
        end = time.monotonic()
        reports = {kind: probe.report(self._begin, end) for kind, probe in self._probes.items()}
        lost = tuple(self._writer.lost())
        return Seen(reports, len(self._writer.acknowledged), self._writer.failed, lost)


def updates() -> Iterator[Request]:
    """A request to update each of the objects in turn, again and again."""
    for name in itertools.cycle(OBJECTS):
        yield Request(f"{FOLDER}/{name}", "PUT", json.dumps(counter(name)))


def counter(name: str) -> dict[str, Any]:
    """An object with another content each time, so that every update is one."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"at": str(time.monotonic_ns())}}
