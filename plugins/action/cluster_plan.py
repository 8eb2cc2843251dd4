# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judges what `kubeadm_info` found on all hosts and plans what each of them is to do; asks no host itself."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.quorum.kubernetes.plugins.module_utils import facts as host_facts
from ansible_collections.quorum.kubernetes.plugins.module_utils import form, judge, plan
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.scene import BUILD, MAINTAIN, UPGRADE, Scene
from ansible_collections.quorum.kubernetes.plugins.plugin_utils import inventory_reader, say

INFO = "__preflight_info"
"""The register in which the play keeps each host's result of `kubeadm_info`."""


class ActionModule(ActionBase):
    """The action `quorum.kubernetes.cluster_plan`."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail when a host or the living cluster does not allow what the inventory asks for; return the plan."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, arguments = self.validate_argument_spec(
            {"purpose": {"type": "str", "choices": [BUILD, UPGRADE, MAINTAIN], "default": BUILD}}
        )
        inventory = form.inventory_of(inventory_reader.read(variables, self._templar), date.today())
        found = {
            host: host_facts.read(info) for host in inventory.hosts if (info := _info_of(variables["hostvars"], host))
        }
        facts = plan.judged(inventory, found)
        scene = Scene(inventory, facts, arguments["purpose"], time.time())
        result.update(say.outcome(judge.judge_hosts(scene), "what was found on the hosts"))
        if not result["failed"]:
            result["plan"] = plan.make(inventory, facts)
        return result


def _info_of(hostvars: Any, host: str) -> dict[str, Any]:
    registered = hostvars.raw_get(host).get(INFO)
    info = registered.get("host") if isinstance(registered, dict) else None
    return dict(info) if isinstance(info, dict) else {}
