#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_init."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_init
short_description: Make a host the first control plane of a cluster
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Runs C(kubeadm init) as a systemd unit of its own, so that it survives a lost connection. A second call finds the
    running one, waits for it and then looks again.
  - Does nothing on a host that is complete.
  - Goes on with an interrupted init when O(clean) allows it. Data of etcd and the CAs always stay; certificates and
    kubeconfigs that derive from them are made anew. A host with data of etcd but without the CAs is refused.
options:
  documents:
    description: The documents that P(quorum.kubernetes.kubeadm_documents#filter) makes for C(init).
    type: list
    elements: dict
    required: true
  ignore_preflight_errors:
    description: Names of kubeadm's preflight checks whose errors are warnings only.
    type: list
    elements: str
    default: []
  clean:
    description: Whether to go on with an init that was interrupted on this host.
    type: bool
    default: false
  timeout:
    description: Seconds after which C(kubeadm init) is ended.
    type: int
    default: 900
attributes:
  check_mode:
    support: full
    description: Says whether C(kubeadm init) would run.
  diff_mode:
    support: full
    description: Shows the documents that C(kubeadm init) would get.
"""

EXAMPLES = r"""
- name: Initialise the cluster
  quorum.kubernetes.kubeadm_init:
    documents: "{{ settings | quorum.kubernetes.kubeadm_documents(kind='init') }}"
    clean: true
"""

RETURN = r"""
cluster:
  description: What others need to join.
  returned: always
  type: dict
  contains:
    ca_cert_hash:
      description: The pin of the cluster's CA, null in check mode on a host that has none yet.
      type: str
      sample: sha256:397d8c73d83962ccbbc759e8fefba1ddf51f3175a90f40503a09a32349f1f734
state:
  description: What the host was before.
  returned: always
  type: str
  sample: none
reasons:
  description: Why it was not complete.
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    documents,
    gather,
    gather_kubeadm,
    gather_network,
    init_plan,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand, failure
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

Json = dict[str, Any]

TITLE = "kubeadm init"


def initialise(params: Json, check_mode: bool, runner: Runner, disk: Disk, long_command: LongCommand) -> Json:
    """Bring this host to a complete first control plane."""
    init, cluster = (documents.find(params["documents"], f"{kind}Configuration") for kind in ("Init", "Cluster"))
    if init is None or cluster is None:
        raise QuorumError("E2151", "documents must hold an InitConfiguration and a ClusterConfiguration")
    waited = long_command.wait_for_running(params["timeout"])
    on_disk = gather_kubeadm.read(disk)
    judged = gather.judge(runner, disk, on_disk, init["nodeRegistration"]["name"])
    ports = gather_network.listening(runner, disk, init_plan.local_ports(init["localAPIEndpoint"]["bindPort"]))
    local_etcd = "external" not in (cluster.get("etcd") or {})
    plan = init_plan.plan(on_disk.seen, judged, ports, local_etcd, params["clean"])
    result: Json = {
        "changed": plan.run or waited,
        "state": judged.state,
        "reasons": list(judged.reasons),
        "diff": {"before": "", "after": documents.to_text(params["documents"]) if plan.run else ""},
    }
    if plan.run and not check_mode:
        run(params, plan, disk, long_command)
    result["cluster"] = {"ca_cert_hash": gather_kubeadm.read(disk).ca_sha256}
    return result


def run(params: Json, plan: init_plan.InitPlan, disk: Disk, long_command: LongCommand) -> None:
    """Remove what is made anew and run kubeadm; QuorumError with kubeadm's reason when it fails."""
    for path in plan.remove:
        disk.remove(path)
    ignore = [*params["ignore_preflight_errors"], *plan.ignore]
    argv = init_plan.command(long_command.config_path, ignore)
    outcome = long_command.run(TITLE, argv, params["timeout"], config=documents.to_text(params["documents"]))
    if not outcome.ok:
        raise failure(TITLE, outcome, long_command.log_path, "E2111")


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "documents": {"type": "list", "elements": "dict", "required": True},
            "ignore_preflight_errors": {"type": "list", "elements": "str", "default": []},
            "clean": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    runner = SubprocessRunner()
    finish(module, lambda: initialise(module.params, module.check_mode, runner, Disk(), LongCommand(runner)))


if __name__ == "__main__":
    main()
