# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Action plugin of quorum.kubernetes.kube_lock: names the run and looks whether the lock's holder is gone."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.quorum.kubernetes.plugins.plugin_utils import run_identity


class ActionModule(ActionBase):
    """Runs the module; a second time when the lock's holder turns out to be gone."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """See ActionBase.run."""
        super().run(tmp, task_vars)
        # This worker was forked from the process of the run itself.
        own = {"run_id": run_identity.run_id(os.getppid()), "who": run_identity.who()}
        arguments = {**own, **self._task.args}
        result = self._lock(arguments, task_vars)
        holder = (result.get("holder") or {}).get("run_id", "")
        if result.get("failed") and holder and run_identity.is_gone(holder):
            result = self._lock({**arguments, "dead_run": holder}, task_vars)
        return result

    def _lock(self, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            module_name="quorum.kubernetes.kube_lock", module_args=arguments, task_vars=task_vars
        )
        return result
