# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kill a run right before a task begins: no worker runs at that moment, so nothing of the task is done.

Ansible loads this file as a callback where ANSIBLE_CALLBACK_PLUGINS names its folder (tests/tools/killing.py).
"""

from __future__ import annotations

import os
import signal
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """Knows the play and the task by the names that a run prints."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "strike"

    def __init__(self) -> None:
        super().__init__()
        self._wanted = (os.environ["QUORUM_STRIKE_PLAY"], os.environ["QUORUM_STRIKE_TASK"])
        self._play = ""

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Remember the play."""
        self._play = play.get_name()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Strike where play and task are those that are wanted."""
        if (self._play, task.get_name()) == self._wanted:
            os.kill(os.getpid(), signal.SIGKILL)
