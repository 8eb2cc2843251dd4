# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: timeline
type: stdout
short_description: The phases of a run, as a person wants to watch them
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Shows each play as a phase with the time it began, a line for every task that changed something or was slow, and a
    closing line with the state of each host.
  - On a terminal one line at the bottom tells what goes on and which hosts are waited for.
  - Failures are shown with their message alone. Arguments of tasks are never shown, and what C(no_log) hides
    stays hidden.
  - At the end the cluster, its nodes and what to do next are shown, from the custom statistic C(quorum_summary) that
    the playbooks of this collection set, and what the inventory allows on purpose, from C(quorum_allowed); then the
    time of each phase and Ansible's usual recap.
  - With C(-v) every result has a line, with C(-vv) its values too; C(--diff) shows the differences.
requirements:
  - set as stdout callback in the configuration
"""

import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible_collections.quorum.kubernetes.plugins.plugin_utils import timeline_text as text
from ansible_collections.quorum.kubernetes.plugins.plugin_utils.status_line import StatusLine
from ansible_collections.quorum.kubernetes.plugins.plugin_utils.timeline import (
    CHANGED,
    FAILED,
    OK,
    SKIPPED,
    UNREACHABLE,
    Timeline,
)

COLORS = {
    OK: C.COLOR_OK,
    CHANGED: C.COLOR_CHANGED,
    FAILED: C.COLOR_ERROR,
    UNREACHABLE: C.COLOR_UNREACHABLE,
    SKIPPED: C.COLOR_SKIP,
}
SUMMARY = "quorum_summary"
ALLOWED = "quorum_allowed"


class CallbackModule(CallbackBase):
    """Tells a run as a timeline: events in, lines out; what is worth saying is decided by Timeline."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "quorum.kubernetes.timeline"

    def __init__(self) -> None:
        super().__init__()
        self._timeline = Timeline(time.monotonic)
        self._status = StatusLine(self._timeline.status)

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Say when nothing will be changed."""
        if context.CLIARGS["check"]:
            self._say(["Check mode: nothing is changed; 'changed' means 'would change'."], C.COLOR_HIGHLIGHT)
        self._status.start()

    def v2_playbook_on_vars_prompt(self, varname: str, *_rest: Any, **_more: Any) -> None:
        """Leave the terminal to the question."""
        self._status.pause()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Close the last phase and begin the next."""
        self._say(self._timeline.start_phase(play.get_name().strip()))

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Begin a task."""
        self._say(self._timeline.start_task(task._uuid, task.get_name()))
        if task.action in ("pause", "ansible.builtin.pause"):
            self._status.pause()

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Begin a handler."""
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Note who works."""
        self._timeline.begin(host.get_name(), task._uuid)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Note an outcome; show what a debug task says."""
        self._finish(result, CHANGED if result.result.get("changed") else OK)
        if result.task.action in C._ACTION_DEBUG and not result.result.get("_ansible_no_log"):
            self._clean_results(result.result, result.task.action)
            said = result.result.get("msg") or self._dump_results(result.result)
            lines = [str(line) for line in said] if isinstance(said, list) else str(said).splitlines() or [""]
            self._say([text.labelled(f"          {self.host_label(result)}: ", lines)])

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Note that a host had nothing to do."""
        self._finish(result, SKIPPED)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Show why, in the words of the module."""
        self._finish(result, OK if ignore_errors else FAILED)
        if not (result.task.loop and "results" in result.result):
            self._failure(result, FAILED)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Show which host cannot be reached."""
        self._finish(result, UNREACHABLE)
        self._failure(result, UNREACHABLE)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """Show which item of a loop failed and why."""
        self._failure(result, FAILED, f" (item {self._get_item_label(result.result)})")

    def v2_runner_retry(self, result: Any) -> None:
        """Say that a task is tried again."""
        left = result.result.get("retries", 0) - result.result.get("attempts", 0)
        self._say([f"          {self.host_label(result)}: not yet, {left} tries left"], C.COLOR_DEBUG)

    def v2_on_file_diff(self, result: Any) -> None:
        """Show differences; Ansible calls this with --diff only, and never for what no_log hides."""
        results: Iterable[Mapping[str, Any]] = (result.result,)
        if result.task.loop and "results" in result.result:
            results = result.result["results"]
        for item in results:
            if item.get("diff") and item.get("changed"):
                shown = self._get_diff(item["diff"])
                if shown:
                    self._say([f"--- {self.host_label(result)}: {text.task_title(result.task_name)}", shown.rstrip()])

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Tell what there is now, what failed, how long the phases took, and each host's totals."""
        self._say(self._timeline.end_phase())
        self._status.stop()
        told = (stats.custom or {}).get("_run", {})
        self._say_summary(told.get(SUMMARY))
        if told.get(ALLOWED):
            self._say(["", "Allowed by the inventory", *(f"  {line}" for line in told[ALLOWED])], C.COLOR_WARN)
        self._say_failures()
        rows = self._timeline.phase_rows()
        self._say(["", f"Phases, {text.duration(self._timeline.elapsed())} in all"])
        self._say(f"{seconds:>13}  {name}" for seconds, name in rows)
        self._say(["", "Hosts"])
        hosts = sorted(stats.processed, key=text.natural)
        width = max((len(host) for host in hosts), default=0)
        for host in hosts:
            totals = stats.summarize(host)
            bad, changed = totals["failures"] or totals["unreachable"], totals["changed"]
            color = C.COLOR_ERROR if bad else C.COLOR_CHANGED if changed else C.COLOR_OK
            self._say([text.recap_line(host, width, totals)], color)

    def _finish(self, result: Any, state: str) -> None:
        """Note an outcome, keep the warnings, and with -v show the result."""
        host = result.host.get_name()
        self._timeline.finish(host, result.task._uuid, state)
        self._status.pause()
        self._handle_warnings(result.result)
        self._status.resume()
        if self._display.verbosity >= 1 and state not in (FAILED, UNREACHABLE):
            line = f"          {state}: {self.host_label(result)}: {text.task_title(result.task_name)}"
            if self._display.verbosity >= 2 and state != SKIPPED:
                line += f" {self._values(result)}"
            self._say([line], COLORS[state])

    def _failure(self, result: Any, state: str, item: str = "") -> None:
        """Show a failure at once and keep it for the end."""
        lines = text.failure_lines(result.result)
        title = f"{text.task_title(result.task_name)}{item}"
        host = self.host_label(result)
        self._timeline.fail(host, title, lines)
        self._say([text.labelled(f"  {state.upper()} {host}: {title}: ", lines)], COLORS[state])
        if self._display.verbosity >= 1:
            self._say([f"          {self._values(result)}"], COLORS[state])

    def _values(self, result: Any) -> str:
        """Return a result's values without the module's arguments; Ansible has censored what no_log hides."""
        shown = {name: value for name, value in result.result.items() if name != "invocation"}
        dumped: str = self._dump_results(shown, indent=2)
        return dumped

    def _say_summary(self, summary: object) -> None:
        """Show the cluster, if the playbook told about one."""
        if isinstance(summary, Mapping):
            self._say(["", *text.cluster_summary(summary)], C.COLOR_OK)

    def _say_failures(self) -> None:
        """Show all failures together, where a person looks first: at the end."""
        if self._timeline.failures:
            self._say(["", "Failed"], C.COLOR_ERROR)
        for (title, lines), hosts in self._timeline.failures.items():
            self._say([text.labelled(f"  {text.host_list(hosts)}: {title}: ", lines)], C.COLOR_ERROR)

    def _say(self, lines: Iterable[str], color: str | None = None) -> None:
        """Print lines above the status line."""
        printed = list(lines)
        if not printed:
            return
        self._status.pause()
        for line in printed:
            self._display.display(line, color=color)
        sys.stdout.flush()  # who reads a pipe or a log wants to see the line now
        self._status.resume()
