# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What has to be done with a service follows from what systemd shows and from the times of its files."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_services import (
    SeenService,
    WantedService,
    actions,
    parse_show,
)

SHOW = """Id=haproxy.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no
ActiveEnterTimestampMonotonic=50000000
StateChangeTimestampMonotonic=70500000
"""

RUNNING = SeenService(exists=True, running=True, enabled=True, started_at=100.0, settled_at=200.0)
RESTARTED = WantedService("x", "started", True, restart_on=("/etc/x",))
RELOADED = WantedService("x", "started", True, reload_on=("/etc/x",))


def test_what_systemd_shows_is_read_with_times_since_the_epoch() -> None:
    seen = parse_show(SHOW, boot_time=1000.0)
    assert seen == SeenService(True, True, True, False, 1050.0, 1070.5)


def test_a_unit_that_is_not_there() -> None:
    seen = parse_show("LoadState=not-found\nActiveState=inactive\nActiveEnterTimestampMonotonic=0\n", 1000.0)
    assert seen == SeenService()


@pytest.mark.parametrize(
    ("wanted", "seen", "changed", "mtime", "verbs"),
    [
        (RESTARTED, RUNNING, [], 99.0, []),
        (RESTARTED, RUNNING, ["/etc/x"], 0.0, ["restart"]),
        (RESTARTED, RUNNING, [], 101.0, ["restart"]),
        (RELOADED, RUNNING, [], 199.0, []),
        (RELOADED, RUNNING, [], 201.0, ["reload"]),
        (RELOADED, SeenService(exists=True), ["/etc/x"], 0.0, ["enable", "start"]),
        (WantedService("x", "stopped", False), RUNNING, [], 0.0, ["disable", "stop"]),
        (WantedService("x", "stopped"), SeenService(exists=True), [], 0.0, []),
        (WantedService("x", enabled=True), SeenService(exists=True), [], 0.0, ["enable"]),
        (WantedService("x", restart_on=("/etc/x",)), SeenService(exists=True), ["/etc/x"], 0.0, []),
        (WantedService("x", restart_on=("/etc/x",)), RUNNING, ["/etc/x"], 0.0, ["restart"]),
    ],
    ids=[
        "at rest",
        "changed file",
        "file newer than the start: an earlier run was killed",
        "reloaded since",
        "file newer than the reload",
        "not running: started, not reloaded",
        "stopped and disabled",
        "stopped already",
        "enabled only",
        "no state asked: not started",
        "no state asked: restarted when it runs",
    ],
)
def test_verbs(wanted: WantedService, seen: SeenService, changed: list[str], mtime: float, verbs: list[str]) -> None:
    assert actions(wanted, seen, changed, {"/etc/x": mtime}) == verbs
