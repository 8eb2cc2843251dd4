# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prints findings as the lines they are, once, and makes the action's result of them."""

from __future__ import annotations

from typing import Any

from ansible import constants
from ansible.utils.display import Display
from ansible_collections.quorum.kubernetes.plugins.module_utils.catalogue import ERROR
from ansible_collections.quorum.kubernetes.plugins.module_utils.judge import Report

ALLOWED_STATISTIC = "quorum_allowed"
"""The custom statistic with what was allowed, for the end of the run."""

_display = Display()


def outcome(report: Report, subject: str) -> dict[str, Any]:
    """Print a report and return the result of the action.

    Ansible would print a failed task's message as escaped JSON and a second time as an error, and would fold warnings
    to the width of the terminal. So the lines are printed here, and the message of the failed task only counts them.
    """
    for finding in report.findings:
        colour = constants.COLOR_ERROR if finding.severity == ERROR else constants.COLOR_WARN
        _display.display(str(finding), color=colour, stderr=True)
    for line in report.allowed_lines:
        _display.display(line, color=constants.COLOR_HIGHLIGHT, stderr=True)
    if report.errors:
        count = len(report.errors)
        errors = "1 error" if count == 1 else f"{count} errors"
        return {"failed": True, "changed": False, "msg": f"{errors} in {subject}, printed above; nothing was changed."}
    result: dict[str, Any] = {"failed": False, "changed": False}
    result.update(findings=report.lines, allowed=report.allowed_lines)
    if report.allowed:
        data = {ALLOWED_STATISTIC: report.allowed_lines}
        result["ansible_stats"] = {"data": data, "per_host": False, "aggregate": True}
    return result
