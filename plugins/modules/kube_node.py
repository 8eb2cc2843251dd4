#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kube_node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_node
short_description: Labels, taints and cordon of nodes
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Sets labels and taints of many nodes in one call, and whether they take pods. Runs on a control plane.
  - Labels and taints that are not named stay as they are.
extends_documentation_fragment:
  - quorum.kubernetes.kube_api
options:
  nodes:
    description: What each node is to have.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the Node object.
        type: str
        required: true
      labels:
        description: Labels to set. A null value removes the label.
        type: dict
        default: {}
      taints:
        description: Taints to set, each with C(key), C(effect) and perhaps C(value).
        type: list
        elements: dict
        default: []
      schedulable:
        description: V(false) cordons the node, V(true) uncordons it. Left alone when not given.
        type: bool
      control_plane_taint:
        description:
          - For control planes. V(true) sets the taint that keeps ordinary pods away, V(false) removes it. Both make
            sure of the labels that C(kubeadm) gives to control planes.
        type: bool
attributes:
  check_mode:
    support: full
    description: Nodes that do not exist yet count as changed.
  diff_mode:
    support: full
    description: Shows labels, taints and cordons that change.
"""

EXAMPLES = r"""
- name: Let the control plane take pods and label a worker
  quorum.kubernetes.kube_node:
    nodes:
      - name: cp1
        control_plane_taint: false
      - name: w1
        labels: {disk: ssd}
        taints:
          - {key: dedicated, value: db, effect: NoSchedule}
"""

RETURN = r"""
changed_nodes:
  description: Nodes that were, or would be, changed.
  returned: always
  type: list
  elements: str
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import node_changes
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner

Json = dict[str, Any]

# The node controller writes taints too; a patch made for an older version is refused and made again.
CONFLICT = "Conflict"
TRIES = 5


def existing(kubectl: Kubectl) -> dict[str, Json]:
    """All Node objects by name."""
    return {node["metadata"]["name"]: node for node in kubectl.list("nodes")}


def converge(params: Json, check_mode: bool, kubectl: Kubectl) -> Json:
    """Bring all nodes to what is wanted."""
    wanted = {node["name"]: node for node in params["nodes"]}
    if check_mode and not os.path.exists(params["kubeconfig"]):
        return {"changed": bool(wanted), "changed_nodes": list(wanted)}
    found = existing(kubectl)
    absent = [name for name in wanted if name not in found]
    if absent and not check_mode:
        raise QuorumError("E2222", f"the cluster has no node {', '.join(absent)}", "join it first")
    before: list[str] = []
    after: list[str] = []
    changed = list(absent)
    for name in (name for name in wanted if name in found):
        change = node_changes.patch(found[name], wanted[name])
        if change:
            changed.append(name)
            lines = node_changes.describe(found[name], change)
            before += lines[0]
            after += lines[1]
            if not check_mode:
                apply(kubectl, wanted[name], change)
    diff = {"before": "".join(f"{line}\n" for line in before), "after": "".join(f"{line}\n" for line in after)}
    return {"changed": bool(changed), "changed_nodes": changed, "diff": diff}


def apply(kubectl: Kubectl, wanted: Json, change: Json) -> None:
    """Patch one node; made again for the present version when somebody else was faster."""
    for attempt in range(1, TRIES + 1):
        try:
            kubectl.patch("node", wanted["name"], change, kind="merge")
            return
        except QuorumError as error:
            if CONFLICT not in error.seen or attempt == TRIES:
                raise
        node = kubectl.get("node", wanted["name"])
        change = node_changes.patch(node, wanted) if node else {}
        if not change:
            return


def main() -> None:
    """Entry point."""
    node: Json = {
        "name": {"type": "str", "required": True},
        "labels": {"type": "dict", "default": {}},
        "taints": {"type": "list", "elements": "dict", "default": []},
        "schedulable": {"type": "bool"},
        "control_plane_taint": {"type": "bool"},
    }
    module = AnsibleModule(
        argument_spec={
            "nodes": {"type": "list", "elements": "dict", "required": True, "options": node},
            "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
        },
        supports_check_mode=True,
    )
    kubectl = Kubectl(SubprocessRunner(), module.params["kubeconfig"])
    finish(module, lambda: converge(module.params, module.check_mode, kubectl))


if __name__ == "__main__":
    main()
