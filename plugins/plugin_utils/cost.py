# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run costs: round trips, results and changes of each host, and the controller's time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.plugin_utils.timeline_text import columns, natural


@dataclass
class Cost:
    """Counts of one run. A round trip is a module that ran on a host over a connection, for each item of a loop."""

    round_trips: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def add(self, host: str, result: Mapping[str, Any], connected: bool) -> None:
        """Count one result of a task; `connected` says whether it used a connection to the host."""
        self.results[host] += 1
        self.changed[host] += bool(result.get("changed"))
        if connected:
            self.round_trips[host] += executions(result)

    def as_dict(self, elapsed: float, cpu: float) -> dict[str, Any]:
        """Return the counts with the elapsed and the controller's CPU seconds, for a file."""
        hosts = len(self.results)
        return {
            "elapsed_seconds": round(elapsed, 2),
            "controller_cpu_seconds": round(cpu, 2),
            "controller_cpu_seconds_per_host": round(cpu / hosts, 2) if hosts else 0.0,
            "round_trips": dict(self.round_trips),
            "results": dict(self.results),
            "changed": dict(self.changed),
        }

    def lines(self, elapsed: float, cpu: float) -> list[str]:
        """Return the counts as a table for a person."""
        rows = [("host", "round trips", "results", "changed")]
        for host in sorted(self.results, key=natural):
            rows.append((host, str(self.round_trips[host]), str(self.results[host]), str(self.changed[host])))
        hosts = max(len(self.results), 1)
        totals = f"{elapsed:.1f} s, {cpu:.1f} CPU-seconds of the controller, {cpu / hosts:.2f} a host"
        return [f"Cost: {totals}", *columns(rows)]


def executions(result: Mapping[str, Any]) -> int:
    """Return how often a module ran for a result: once, or once an item that was not skipped; never if skipped."""
    if result.get("skipped"):
        return 0
    items = result.get("results")
    if isinstance(items, list) and items and all(isinstance(item, Mapping) for item in items):
        return sum(executions(item) for item in items)
    return 1
