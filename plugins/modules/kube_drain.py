#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kube_drain."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_drain
short_description: Cordon and drain a node, with an answer, give it back, or forget it
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Runs on a control plane. Pods leave through the eviction API, so that disruption budgets hold. A refusal is asked
    again until O(timeout); then the answer names the budget, how many disruptions it allows, and the pods.
  - Pods of a DaemonSet and static pods stay. When the module says that a node is drained, the other pods are gone.
  - A node whose drain fails is given back, unless it was cordoned for something else.
  - The module marks its own cordon with the annotation C(quorum.kubernetes/cordoned), so that it can tell it from an
    administrator's, also in a later run. A drain ends when another one has taken over, or when somebody gave the node
    back meanwhile.
extends_documentation_fragment:
  - quorum.kubernetes.kube_api
  - quorum.kubernetes.kube_api.eviction
options:
  node:
    description: Name of the node.
    type: str
    required: true
  state:
    description:
      - V(cordoned), no more pods come.
      - V(drained), and those that were there are gone.
      - V(schedulable), pods come again.
      - V(absent), the Node object is gone. The control plane removes pods that were bound to it.
    type: str
    choices: [cordoned, drained, schedulable, absent]
    required: true
  purpose:
    description:
      - What the node is cordoned for.
      - V(run), a run that gives it back before it ends, or in the next one.
      - V(maintenance), an administrator who gives it back when the work on the host is done.
    type: str
    choices: [run, maintenance]
    default: run
  own_only:
    description: With O(state=schedulable), leave a cordon alone that this module did not make for this O(purpose).
    type: bool
    default: false
  timeout:
    description: Seconds that draining may take.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    description: Says which pods would leave, and fails where the policy forbids it.
  diff_mode:
    support: full
    description: Shows the steps.
"""

EXAMPLES = r"""
- name: Drain a worker before it is restarted
  quorum.kubernetes.kube_drain:
    node: w1
    state: drained
    timeout: 600
  delegate_to: cp1

- name: Give it back
  quorum.kubernetes.kube_drain:
    node: w1
    state: schedulable
  delegate_to: cp1
"""

RETURN = r"""
steps:
  description: What was done, or would be, a sentence each.
  returned: success
  type: list
  elements: str
  sample: [cordon w1, evict default/web-7c9-abcde]
pods:
  description: The pods that left, or would leave, as namespace/name.
  returned: success
  type: list
  elements: str
blockers:
  description: In check mode, what would keep pods at this moment.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils.drain import Policy
from ansible_collections.quorum.kubernetes.plugins.module_utils.draining import Drainer
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner

Json = dict[str, Any]


def run(params: Json, drainer: Drainer) -> Json:
    """Bring the node into the wanted state and return the module's result."""
    pods: list[str] = []
    blockers: list[str] = []
    if params["state"] == "schedulable":
        drainer.uncordon(params["own_only"])
    elif params["state"] == "cordoned":
        drainer.cordon()
    elif params["state"] == "absent":
        drainer.forget()
    else:
        pods = drainer.drain()
        if drainer.check_mode:
            blockers = [str(blocker) for blocker in drainer.outlook()[2]]
    result: Json = {"changed": bool(drainer.steps), "steps": drainer.steps, "pods": pods, "blockers": blockers}
    if drainer.steps:
        result["diff"] = {"prepared": "".join(f"+ {step}\n" for step in drainer.steps)}
    return result


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "node": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["cordoned", "drained", "schedulable", "absent"], "required": True},
            "purpose": {"type": "str", "choices": ["run", "maintenance"], "default": "run"},
            "own_only": {"type": "bool", "default": False},
            "empty_dir": {"type": "bool", "default": True},
            "unmanaged": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 300},
            "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
        },
        supports_check_mode=True,
    )
    params = module.params
    drainer = Drainer(
        kubectl=Kubectl(SubprocessRunner(), params["kubeconfig"]),
        node=params["node"],
        policy=Policy(params["empty_dir"], params["unmanaged"]),
        timeout=params["timeout"],
        check_mode=module.check_mode,
        purpose=params["purpose"],
    )
    finish(module, lambda: run(params, drainer))


if __name__ == "__main__":
    main()
