#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Stop the static pods of a control plane, and let them run again."""

from __future__ import annotations

DOCUMENTATION = r"""
module: static_pods
short_description: Stop the static pods of a control plane, and let them run again
version_added: 0.1.0
description:
  - With V(stopped) the kubelet is stopped, then the containers of the given components. Other pods of the host go on.
  - With V(started) the kubelet is started, which starts static pods again.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  state:
    description: What must hold.
    type: str
    choices: [stopped, started]
    required: true
  components:
    description: Components whose containers are stopped, in this order.
    type: list
    elements: str
    default: [kube-scheduler, kube-controller-manager, kube-apiserver, etcd]
  grace:
    description: Seconds that each gets to end by itself.
    type: int
    default: 10
attributes:
  check_mode:
    support: full
    description: Says what would be stopped or started.
  diff_mode:
    support: none
    description: There is nothing to compare.
"""

EXAMPLES = r"""
- name: Stop the control plane of this host
  quorum.kubernetes.static_pods:
    state: stopped
"""

RETURN = r"""
steps:
  description: What was done, or would be, a sentence each.
  returned: success
  type: list
  elements: str
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import static_pods
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner, run_checked


def kubelet_runs(runner: Runner) -> bool:
    """Whether the kubelet is active."""
    return runner.run(["systemctl", "is-active", "--quiet", "kubelet"], timeout=30).ok


def act_on_kubelet(runner: Runner, verb: str) -> None:
    """Start or stop the kubelet."""
    run_checked(runner, ["systemctl", verb, "kubelet"], "E2360", "Look at: journalctl -u kubelet", timeout=120)


def stop(params: Mapping[str, Any], runner: Runner, check_mode: bool) -> list[str]:
    """Stop the kubelet first, so that it does not start the containers again."""
    steps = ["stop the kubelet"] if kubelet_runs(runner) else []
    containers = static_pods.Containers(runner)
    running = static_pods.started(containers.running(), params["components"])
    names = [name for name in params["components"] if name in running]
    if not check_mode:
        if steps:
            act_on_kubelet(runner, "stop")
        containers.stop(names, params["grace"])
        left = static_pods.started(containers.running(), params["components"])
        if left:
            raise QuorumError("E2361", f"{', '.join(sorted(left))} cannot be stopped", static_pods.FIX)
    return steps + [f"stop {name}" for name in names]


def start(runner: Runner, check_mode: bool) -> list[str]:
    """Start the kubelet."""
    if kubelet_runs(runner):
        return []
    if not check_mode:
        act_on_kubelet(runner, "start")
    return ["start the kubelet"]


def run(params: Mapping[str, Any], runner: Runner, check_mode: bool) -> dict[str, Any]:
    """Bring the host to the wanted state and return the module's result."""
    steps = stop(params, runner, check_mode) if params["state"] == "stopped" else start(runner, check_mode)
    return {"changed": bool(steps), "steps": steps}


def main() -> None:
    """Run the module."""
    components = ["kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"]
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["stopped", "started"], "required": True},
            "components": {"type": "list", "elements": "str", "default": components},
            "grace": {"type": "int", "default": 10},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, SubprocessRunner(), module.check_mode))


if __name__ == "__main__":
    main()
