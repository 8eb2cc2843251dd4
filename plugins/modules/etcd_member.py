#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Add, promote and remove etcd members, and move leadership, never against the quorum rule."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_member
short_description: Add, promote and remove etcd members and move leadership, never against the quorum rule
version_added: 0.1.0
description:
  - Brings one member of an etcd cluster into the wanted state, through members that are healthy.
  - Every step is judged by the quorum rule first. What the rule refuses fails with a sentence that says why.
  - Leadership moves away before a member is removed. No program of etcd has to be on the host.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
extends_documentation_fragment:
  - quorum.kubernetes.etcd
  - quorum.kubernetes.etcd.endpoints
options:
  state:
    description:
      - V(learner), the member is listed; if it is new, as a learner that does not vote.
      - V(voter), the member votes; a learner is promoted as soon as it is in step with the leader.
      - V(absent), no member with this name, identifier or one of these peer URLs is left, learners and members that
        never started included.
      - V(follower), the member does not lead, unless it is the only one that votes.
    type: str
    choices: [learner, voter, absent, follower]
    required: true
  name:
    description: Name of the member.
    type: str
    default: ""
  id:
    description: Identifier of the member in hexadecimal.
    type: str
    default: ""
  peer_urls:
    description: Peer URLs of the member. Required for V(learner). A member that never started is found by them alone.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds to wait for each step.
    type: float
    default: 60
attributes:
  check_mode:
    support: full
    description: Asks the quorum rule and says what would be done.
  diff_mode:
    support: full
    description: Shows the steps.
"""

EXAMPLES = r"""
- name: Remove what a broken join left
  quorum.kubernetes.etcd_member:
    name: cp2
    peer_urls: ["https://10.0.0.12:2380"]
    state: absent

- name: Move leadership away before this member restarts
  quorum.kubernetes.etcd_member:
    name: cp1
    state: follower
"""

RETURN = r"""
steps:
  description: What was done, or would be, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["move leadership from cp1 to cp2", "remove cp1"]
members:
  description: The members afterwards, as M(quorum.kubernetes.etcd_info) returns them.
  returned: success
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_options
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_membership import Membership, Target


def run(params: Mapping[str, Any], membership: Membership) -> dict[str, Any]:
    """Bring the member into the wanted state and return the module's result."""
    target = Target(params["name"], params["id"], tuple(params["peer_urls"]))
    act = {
        "learner": membership.add_learner,
        "voter": membership.promote,
        "absent": membership.remove,
        "follower": membership.follow,
    }[params["state"]]
    change = act(target)
    members = change.view.as_dict()["members"]
    result: dict[str, Any] = {"changed": bool(change.steps), "steps": list(change.steps), "members": members}
    if change.steps:
        result["diff"] = {"prepared": "".join(f"+ {step}\n" for step in change.steps)}
    return result


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **etcd_options.connection_options(),
            **etcd_options.endpoints_option(),
            "state": {"type": "str", "choices": ["learner", "voter", "absent", "follower"], "required": True},
            "name": {"type": "str", "default": ""},
            "id": {"type": "str", "default": ""},
            "peer_urls": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 60},
        },
        required_one_of=[("name", "id", "peer_urls")],
        required_if=[("state", "learner", ("name", "peer_urls"))],
        supports_check_mode=True,
    )
    params = module.params
    finish(
        module,
        lambda: run(
            params,
            Membership(
                etcd_options.gateway_of(params),
                params["endpoints"],
                params["timeout"],
                module.check_mode,
                etcd_options.control_planes_of(params),
            ),
        ),
    )


if __name__ == "__main__":
    main()
