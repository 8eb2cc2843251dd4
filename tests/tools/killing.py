# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kill a run of a playbook: at a moment that is seen on a host, or right before a task where a moment is too short."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.tools.resume import Moment
from tests.tools.site import MINUTE, Site

CALLBACKS = Path(__file__).parent / "callbacks"
RUN_TIMEOUT = 12 * MINUTE


def kill_at(moment: Moment, site: Site, playbook: str, *arguments: str) -> float:
    """Kill a run with all its workers as soon as the moment has come; the seconds until then.

    What the run has begun on the hosts may go on there. NotInTime if the run ends before the moment.
    """
    try:
        with site.start(playbook, *arguments) as run:
            seconds = moment.wait(run)
            run.end(signal.SIGKILL)
    finally:
        moment.close()
    return seconds


def kill_before(play: str, task: str, site: Site, playbook: str, *arguments: str) -> float:
    """Kill a run right before a task of a play, by the names that it prints; the seconds until then.

    Ansible itself does it, by a callback: nothing runs on a host at that moment.
    """
    more = {"ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS), "QUORUM_STRIKE_PLAY": play, "QUORUM_STRIKE_TASK": task}
    with site.start(playbook, *arguments, more=more) as run:
        outcome = run.wait(RUN_TIMEOUT)
        assert outcome.rc == -signal.SIGKILL, run.tail()
    return outcome.seconds
