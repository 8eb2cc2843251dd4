#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kube_removal."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_removal
short_description: Plan the removal of hosts from a living cluster, by the quorum rule
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Runs on a control plane that stays. Asks the API and etcd what each host still is in the cluster, and says in which
    order they may leave and which steps that takes. Changes nothing.
  - A host that does not answer is dead if its node is not Ready, or if its kubelet does not renew its lease. Otherwise
    it is drained. To know that takes up to the 40 seconds that a lease lasts.
  - Fails when no healthy control plane would stay, or when a step would endanger etcd's quorum, before anything is
    changed.
extends_documentation_fragment:
  - quorum.kubernetes.kube_api
options:
  hosts:
    description: Inventory names of the hosts that are to leave.
    type: list
    elements: str
    required: true
  found:
    description: The C(hosts) of the plan that M(quorum.kubernetes.cluster_plan) returned.
    type: dict
    required: true
  local_etcd:
    description: Whether etcd runs on the control planes.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: none
    description: There is nothing to show.
"""

EXAMPLES = r"""
- name: Ask whether w3 and cp2 may leave
  quorum.kubernetes.kube_removal:
    hosts: [w3, cp2]
    found: "{{ result.plan.hosts }}"
"""

RETURN = r"""
removals:
  description:
    - By host, in the order of removal. C(kind) is V(worker), V(dead_control_plane), V(control_plane) or V(nothing),
      C(drain), C(member), C(reset) and C(node) say whether that step is needed.
  returned: success
  type: dict
  sample: {w3: {host: w3, kind: worker, drain: true, member: false, reset: true, node: true}}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    etcd_client,
    gather_cluster,
    gather_kubeadm,
    heartbeats,
    host_state,
    nodes,
    removal,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import ControlPlane, MemberView
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner

Json = dict[str, Any]

# States of a host in the plan: it did not answer, or has nothing of Kubernetes.
UNKNOWN = "unknown"
NONE = host_state.NONE


def members(disk: Disk) -> list[MemberView]:
    """The members of etcd as the quorum rule sees them, asked where this host's API server has its etcd."""
    connection = etcd_client.api_server_connection(disk.read(host_state.API_SERVER_MANIFEST))
    if connection is None:
        raise QuorumError("E2520", "this host has no API server", "run this on a control plane")
    endpoints, credentials = connection
    view = etcd_client.look(etcd_client.HttpGateway(credentials), endpoints)
    if not view.members:
        raise QuorumError("E2301", view.error, "look at etcd's log on the hosts of its members")
    return view.for_quorum()


def leaving(host: str, found: Json) -> removal.Leaving:
    """A host by its entry in the plan."""
    return removal.Leaving(
        host=host,
        name=found["node_name"],
        address=found["node_ip"],
        answers=found["state"] != UNKNOWN,
        installed=found["state"] not in (UNKNOWN, NONE),
        control_plane="control_plane" in found["roles"],
    )


def control_planes(nodes_found: list[Json], port: str) -> list[ControlPlane]:
    """All control planes; a healthy one is Ready and its own API server says so too."""
    found = [node for node in nodes_found if nodes.CONTROL_PLANE_ROLE in node["roles"]]
    return [
        ControlPlane(node["name"], node["ready"] and not gather_cluster.readyz(node["internal_ip"], port))
        for node in found
    ]


def plan(params: Json, kubectl: Kubectl, etcd: list[MemberView], port: str) -> Json:
    """Plan the removal of all hosts."""
    nodes_found = [nodes.summary(node) for node in kubectl.list("nodes")]
    hosts = [leaving(host, params["found"][host]) for host in params["hosts"]]
    quiet = {host.name for host in hosts if not host.answers}
    # The node of a host that died a moment ago is still called Ready, but its pods would never be gone.
    silent = heartbeats.silent(kubectl, {node["name"] for node in nodes_found if node["ready"]} & quiet)
    nodes_found = [dict(node, ready=node["ready"] and node["name"] not in silent) for node in nodes_found]
    planned = removal.plan(
        hosts,
        nodes_found,
        etcd,
        control_planes(nodes_found, port),
    )
    return {"changed": False, "removals": {one.host: one.as_dict() for one in planned}}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "hosts": {"type": "list", "elements": "str", "required": True},
            "found": {"type": "dict", "required": True},
            "local_etcd": {"type": "bool", "default": True},
            "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
        },
        supports_check_mode=True,
    )
    kubectl = Kubectl(SubprocessRunner(), module.params["kubeconfig"])

    def work() -> Json:
        on_disk = gather_kubeadm.read(Disk())
        if on_disk.api is None:
            raise QuorumError("E2520", "this host has no API server", "run this on a control plane")
        return plan(module.params, kubectl, members(Disk()) if module.params["local_etcd"] else [], on_disk.api[1])

    finish(module, work)


if __name__ == "__main__":
    main()
