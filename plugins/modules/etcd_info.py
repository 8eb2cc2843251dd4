#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Ask every etcd member for its own view, and be the gate before a step."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_info
short_description: Ask every etcd member for its own view, and wait until etcd is ready for a step
version_added: 0.1.0
description:
  - Asks every member of an etcd cluster for its own view of health, leader, term, revision, raft index, alarms and
    member list, and says whether they agree.
  - As a gate it waits until all members are healthy and agree, are the expected ones, and the quorum rule allows an
    intended step; it fails with the reasons otherwise.
  - Changes nothing. No program of etcd has to be on the host.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
extends_documentation_fragment:
  - quorum.kubernetes.etcd
  - quorum.kubernetes.etcd.endpoints
options:
  healthy:
    description: Fail unless all members are healthy and agree.
    type: bool
    default: false
  members:
    description: Fail unless members with these names are there.
    type: list
    elements: str
    default: []
  only_nodes:
    description:
      - Fail if etcd holds Kubernetes nodes other than these. With an empty list it is not asked.
      - A cluster is initialised only where there is none, whatever the hosts of its control planes look like.
    type: list
    elements: str
    default: []
  step:
    description: Fail unless the quorum rule allows this step.
    type: dict
    suboptions:
      action:
        description: What is intended.
        type: str
        choices: [add, promote, remove, restart]
        required: true
      member:
        description: Name, identifier or peer URL of the member; for C(add) the name of the new one.
        type: str
        required: true
      peer_urls:
        description: Peer URLs of a member to add.
        type: list
        elements: str
        default: []
  timeout:
    description: Seconds to wait for what is asked for. With 0 the members are asked once.
    type: float
    default: 0
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: none
    description: Changes nothing.
"""

EXAMPLES = r"""
- name: Wait until etcd is healthy and may lose this member for a moment
  quorum.kubernetes.etcd_info:
    healthy: true
    step:
      action: restart
      member: "{{ inventory_hostname }}"
    timeout: 120
"""

RETURN = r"""
members:
  description: The members, each with its own view. What a silent member would have said is null.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 8e9e05c52164694d
      name: cp1
      peer_urls: ["https://10.0.0.11:2380"]
      client_urls: ["https://10.0.0.11:2379"]
      is_learner: false
      is_leader: true
      started: true
      healthy: true
      error: ""
      alarms: []
      leader: 8e9e05c52164694d
      revision: 5421
      raft_term: 3
      raft_index: 6112
      raft_applied_index: 6112
      version: 3.7.0
      storage_version: 3.7.0
      db_size: 8261632
      db_size_in_use: 5427200
      db_size_quota: 2147483648
agreement:
  description: Whether all members are healthy and say the same of leader, term, cluster and member list.
  returned: success
  type: bool
reasons:
  description: What speaks against the agreement, in sentences.
  returned: success
  type: list
  elements: str
leader:
  description: Name of the leader.
  returned: success
  type: str
cluster_id:
  description: Identifier of the cluster in hexadecimal.
  returned: success
  type: str
versions:
  description: Versions of etcd that run.
  returned: success
  type: list
  elements: str
decision:
  description: Why the intended step is safe.
  returned: when O(step) is given
  type: str
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client, etcd_options
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import (
    ClusterView,
    disagreements,
    missing_members,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import ACTIONS, Decision, Step, decide
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until


def judge(params: Mapping[str, Any], view: ClusterView) -> Decision | None:
    """Return the quorum rule's decision on the intended step, None if there is none."""
    step = params["step"]
    if not step:
        return None
    intended = Step(step["action"], step["member"], tuple(step["peer_urls"]))
    return decide(view.for_quorum(), intended, etcd_options.control_planes_of(params))


def missing(params: Mapping[str, Any], view: ClusterView) -> list[str]:
    """Return in sentences what the gate still waits for."""
    reasons = disagreements(view) if params["healthy"] else []
    reasons += missing_members(view, params["members"])
    decision = judge(params, view)
    return reasons if decision is None or decision.allowed else [*reasons, decision.why]


def refuse_strangers(only_nodes: list[str], view: ClusterView, gateway: etcd_client.Gateway) -> None:
    """Raise QuorumError if etcd holds Kubernetes nodes other than these."""
    speaker = next((member for member in view.members if member.healthy), None)
    if not only_nodes or speaker is None:
        return
    held = etcd_client.kubernetes_nodes(gateway, speaker.listed.client_urls[0])
    strangers = [name for name in held if name not in only_nodes]
    if strangers:
        raise QuorumError(
            "E2335",
            f"etcd already holds a cluster, with the nodes {', '.join(strangers)}",
            "If its control planes are lost, use restore.yml, with kube_restore_keep_etcd to keep what etcd has; "
            "if it is not wanted any more, use reset.yml.",
        )


def run(params: Mapping[str, Any], gateway: etcd_client.Gateway) -> dict[str, Any]:
    """Ask, wait, and return the module's result."""
    view = wait_until(
        lambda: etcd_client.look(gateway, params["endpoints"]),
        lambda seen: missing(params, seen),
        params["timeout"],
        "E2305",
        "Look at the members that are named; docs/etcd.md says how to replace one.",
    )
    decision = judge(params, view)
    refuse_strangers(params["only_nodes"], view, gateway)
    return {"changed": False, **view.as_dict(), **({"decision": decision.why} if decision else {})}


def main() -> None:
    """Run the module."""
    step = {
        "action": {"type": "str", "choices": list(ACTIONS), "required": True},
        "member": {"type": "str", "required": True},
        "peer_urls": {"type": "list", "elements": "str", "default": []},
    }
    module = AnsibleModule(
        argument_spec={
            **etcd_options.connection_options(),
            **etcd_options.endpoints_option(),
            "healthy": {"type": "bool", "default": False},
            "members": {"type": "list", "elements": "str", "default": []},
            "only_nodes": {"type": "list", "elements": "str", "default": []},
            "step": {"type": "dict", "options": step},
            "timeout": {"type": "float", "default": 0},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, etcd_options.gateway_of(module.params)))


if __name__ == "__main__":
    main()
