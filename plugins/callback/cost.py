# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: cost
type: aggregate
short_description: What a run costs in round trips and in time of the controller
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Counts for each host the modules that ran over a connection, the results and the changes, and measures the
    CPU-seconds that the controller spent, its forked workers and ssh included.
  - Tasks that run on the controller alone are no round trips.
requirements:
  - enabled in the configuration, for example C(ANSIBLE_CALLBACKS_ENABLED=quorum.kubernetes.cost)
options:
  file:
    description: A file that gets the counts as JSON; the counts are printed when it is not given.
    type: str
    default: ''
    env:
      - name: QUORUM_COST_FILE
    ini:
      - section: callback_quorum_cost
        key: file
"""

import functools
import json
import resource
import time
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import action_loader
from ansible_collections.quorum.kubernetes.plugins.plugin_utils.cost import Cost

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class CallbackModule(CallbackBase):
    """Counts results as they come and tells at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "quorum.kubernetes.cost"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._started = time.monotonic()
        self._cost = Cost()

    def v2_runner_on_ok(self, result: Any) -> None:
        """Count a result."""
        self._count(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Count a failure: it was a round trip too."""
        self._count(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Count a skipped result: it costs the controller something, but no round trip."""
        self._count(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write or print the counts."""
        elapsed, cpu = time.monotonic() - self._started, cpu_seconds()
        target = self.get_option("file")
        if target:
            Path(target).write_text(json.dumps(self._cost.as_dict(elapsed, cpu), indent=2) + "\n", encoding="utf-8")
            return
        for line in ["", *self._cost.lines(elapsed, cpu)]:
            self._display.display(line)

    def _count(self, result: Any) -> None:
        """Count for the host that did the work, which is another one when the task was delegated."""
        host = result.task_fields.get("delegate_to") or result.host.get_name()
        local = host in LOCAL or result.task_fields.get("connection") == "local"
        self._cost.add(host, result.result, connected=not local and needs_connection(result.task.action))


@functools.cache
def needs_connection(action: str) -> bool:
    """Return whether an action talks to the host; its plugin says so, and a plain module always does."""
    if action in C._ACTION_ALL_INCLUDES or action in C._ACTION_META:
        return False
    plugin = action_loader.get(action, class_only=True)
    return bool(getattr(plugin, "_requires_connection", True))


def cpu_seconds() -> float:
    """Return the CPU-seconds of this process and of its children that have ended."""
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
