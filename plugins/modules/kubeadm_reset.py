#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_reset."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_reset
short_description: Take one host out of a cluster's hands
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Runs C(kubeadm reset) as a systemd unit of its own, so that it survives a lost connection, and removes what it
    leaves to the administrator - configuration and state of network plugins, interfaces, rules of iptables, nftables
    and IPVS, mounts, control groups and logs of pods, data of etcd. Works without C(kubeadm) too. Firewall rules of
    others stay.
  - Does not change the cluster. Remove the Node object with C(kubectl) and the etcd member with
    M(quorum.kubernetes.etcd_member) first.
options:
  leave_cluster:
    description:
      - Whether the cluster lives on without this host. Then a host whose etcd member still votes is refused.
      - Set it to V(false) when the whole cluster is taken apart.
    type: bool
    default: true
  timeout:
    description: Seconds after which C(kubeadm reset) is ended.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    description: Lists what would be removed.
  diff_mode:
    support: full
    description: Shows what is removed.
"""

EXAMPLES = r"""
- name: Clean the host
  quorum.kubernetes.kubeadm_reset:
    leave_cluster: false
"""

RETURN = r"""
removed:
  description: What was, or would be, removed.
  returned: always
  type: list
  elements: str
  sample: [contents of /etc/kubernetes/pki, interface cni0, chain iptables nat/KUBE-SERVICES]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import cleanup
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

Json = dict[str, Any]


def clean(params: Json, check_mode: bool, runner: Runner, disk: Disk, long_command: LongCommand) -> Json:
    """Reset this host, or say what there is to reset."""
    long_command.wait_for_running(params["timeout"])
    found = cleanup.find(runner, disk)
    described = found.described()
    if described and params["leave_cluster"]:
        cleanup.refuse_living_member(disk)
    if described and not check_mode:
        cleanup.reset(runner, disk, long_command, found, params["timeout"])
    before = "".join(f"{line}\n" for line in described)
    return {"changed": bool(described), "removed": described, "diff": {"before": before, "after": ""}}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "leave_cluster": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    runner = SubprocessRunner()
    finish(module, lambda: clean(module.params, module.check_mode, runner, Disk(), LongCommand(runner)))


if __name__ == "__main__":
    main()
