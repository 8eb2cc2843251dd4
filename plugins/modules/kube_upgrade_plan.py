#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kube_upgrade_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_upgrade_plan
short_description: Say what an upgrade will do to a living cluster, host by host
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Runs on a control plane. Reads the versions of everything that runs, and says for each host what is left to do, in
    order, which pods a drain would move, and what would keep them. Changes nothing.
  - A run that was interrupted is planned from what it left.
extends_documentation_fragment:
  - quorum.kubernetes.kube_api
  - quorum.kubernetes.kube_api.eviction
options:
  version:
    description: Version of Kubernetes that the cluster is to have.
    type: str
    required: true
  images:
    description: Images that a control plane of that version needs, as M(quorum.kubernetes.cluster_plan) has them.
    type: list
    elements: str
    default: []
  hosts:
    description: Inventory names of the nodes, each with the name of its Node object, in the order of the inventory.
    type: dict
    required: true
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: none
    description: There is nothing to show.
"""

EXAMPLES = r"""
- name: Plan the upgrade
  quorum.kubernetes.kube_upgrade_plan:
    version: 1.37.1
    images: ["registry.k8s.io/etcd:3.7.0-0"]
    hosts: {cp1: cp1, w1: w1}
"""

RETURN = r"""
hosts:
  description:
    - By host, what is left. C(kind) is V(control_plane), V(worker) or V(done), C(drain) says whether its pods have
      somewhere to go, C(changes) lists components with their versions now and then.
  returned: success
  type: dict
lines:
  description: The plan for people.
  returned: success
  type: list
  elements: str
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import gather_cluster, upgrade_plan
from ansible_collections.quorum.kubernetes.plugins.module_utils.drain import Blocker, Policy
from ansible_collections.quorum.kubernetes.plugins.module_utils.draining import Drainer
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner

Json = dict[str, Any]

NAMESPACE = "kube-system"
NODES_AT_ONCE = 4


def configured_version(kubectl: Kubectl) -> str:
    """The version in kubeadm's ClusterConfiguration. Raises QuorumError E2550 when there is none."""
    version = gather_cluster.configured_version(kubectl)
    if not version:
        raise QuorumError("E2550", "the cluster has no ClusterConfiguration of kubeadm", "was it made by kubeadm?")
    return version


def plan(params: Json, kubectl: Kubectl) -> Json:
    """The plan as the module's result. Raises QuorumError E2551 where a drain would lose what must not be lost."""
    target = upgrade_plan.Target.of(params["version"], params["images"])
    found = kubectl.list("pods,deployments.apps,daemonsets.apps", NAMESPACE)
    planned = upgrade_plan.steps(
        params["hosts"],
        kubectl.list("nodes"),
        upgrade_plan.running([one for one in found if one.get("kind") == "Pod"]),
        configured_version(kubectl),
        target,
    )
    policy = Policy(params["empty_dir"], params["unmanaged"])
    drained = [step for step in planned if step.drain]

    def outlook(step: upgrade_plan.HostStep) -> tuple[list[str], list[Blocker], list[Blocker]]:
        return Drainer(kubectl, step.node, policy).outlook()

    with ThreadPoolExecutor(NODES_AT_ONCE) as threads:
        outlooks = dict(zip([step.host for step in drained], threads.map(outlook, drained)))
    refuse({host: against for host, (_pods, against, _held) in outlooks.items() if against})
    workloads = [one for one in found if one.get("kind") in ("Deployment", "DaemonSet")]
    return {
        "changed": False,
        "hosts": {step.host: step.as_dict() for step in planned},
        "lines": upgrade_plan.lines(
            planned,
            {host: pods for host, (pods, _against, _held) in outlooks.items()},
            {host: held for host, (_pods, _against, held) in outlooks.items()},
            upgrade_plan.addons(workloads, target),
        ),
    }


def refuse(against: dict[str, list[Blocker]]) -> None:
    """Say at once, before anything is changed, what the drain of every host would stop at."""
    if against:
        wrong = "; ".join(f"{host}: {one}" for host, found in against.items() for one in found)
        fix = "move or delete these pods, or set the variable that is named, and run again"
        raise QuorumError("E2551", f"nodes must not be drained: {wrong}", fix)


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "version": {"type": "str", "required": True},
            "images": {"type": "list", "elements": "str", "default": []},
            "hosts": {"type": "dict", "required": True},
            "empty_dir": {"type": "bool", "default": True},
            "unmanaged": {"type": "bool", "default": False},
            "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
        },
        supports_check_mode=True,
    )
    kubectl = Kubectl(SubprocessRunner(), module.params["kubeconfig"])
    finish(module, lambda: plan(module.params, kubectl))


if __name__ == "__main__":
    main()
