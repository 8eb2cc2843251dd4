# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""systemd services: what has to be done with one, decided from what systemd says of it.

A service is restarted when one of its files is newer than its start. So a run that was killed after a file was written
and before the service was restarted is finished by the next run, with nothing remembered in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PROPERTIES = (
    "Id",
    "LoadState",
    "ActiveState",
    "UnitFileState",
    "NeedDaemonReload",
    "ActiveEnterTimestampMonotonic",
    "StateChangeTimestampMonotonic",
)

_RUNNING = ("active", "activating", "reloading")


@dataclass(frozen=True)
class WantedService:
    """A service as it should be; `state` is started, stopped or empty, `enabled` None leaves it as it is."""

    name: str
    state: str = ""
    enabled: bool | None = None
    restart_on: tuple[str, ...] = ()
    reload_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeenService:
    """A service as systemd shows it; times are seconds since the epoch, 0 when it never started."""

    exists: bool = False
    running: bool = False
    enabled: bool = False
    needs_daemon_reload: bool = False
    started_at: float = 0.0
    settled_at: float = 0.0


def parse_show(text: str, boot_time: float) -> SeenService:
    """Read ``systemctl show``. `boot_time` is the epoch time at which the monotonic clock was zero, in seconds."""
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def moment(name: str) -> float:
        microseconds = int(values.get(name) or 0)
        return boot_time + microseconds / 1e6 if microseconds else 0.0

    return SeenService(
        exists=values.get("LoadState") == "loaded",
        running=values.get("ActiveState") in _RUNNING,
        enabled=values.get("UnitFileState", "").startswith("enabled"),
        needs_daemon_reload=values.get("NeedDaemonReload") == "yes",
        started_at=moment("ActiveEnterTimestampMonotonic"),
        settled_at=moment("StateChangeTimestampMonotonic"),
    )


def actions(wanted: WantedService, seen: SeenService, changed: Iterable[str], mtimes: dict[str, float]) -> list[str]:
    """The verbs of systemctl that bring a service to its wanted state, in order; empty when it is there.

    `changed` are the paths this run changes, `mtimes` the times of the other files, in seconds since the epoch.
    """
    verbs: list[str] = []
    if wanted.enabled is not None and wanted.enabled != seen.enabled:
        verbs.append("enable" if wanted.enabled else "disable")
    if wanted.state == "stopped":
        return verbs + (["stop"] if seen.running else [])
    if not seen.running:
        return verbs + (["start"] if wanted.state == "started" else [])
    if _is_newer(wanted.restart_on, seen.started_at, changed, mtimes):
        return [*verbs, "restart"]
    if _is_newer(wanted.reload_on, seen.settled_at, changed, mtimes):
        return [*verbs, "reload"]
    return verbs


def _is_newer(paths: Iterable[str], since: float, changed: Iterable[str], mtimes: dict[str, float]) -> bool:
    changed_paths = set(changed)
    return any(path in changed_paths or mtimes.get(path, 0.0) > since for path in paths)
