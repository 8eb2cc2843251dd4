# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks the whole inventory on the controller and prints everything that is wrong with it; asks no host."""

from __future__ import annotations

from datetime import date
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.quorum.kubernetes.plugins.module_utils import judge
from ansible_collections.quorum.kubernetes.plugins.plugin_utils import inventory_reader, say


class ActionModule(ActionBase):
    """The action `quorum.kubernetes.validate_inventory`."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail when there is an error; return what was warned of and what was allowed."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        raw = inventory_reader.read(task_vars or {}, self._templar)
        result.update(say.outcome(judge.judge_inventory(raw, date.today()), "the inventory"))
        return result
