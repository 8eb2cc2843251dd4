#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_upgrade."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_upgrade
short_description: Upgrade what kubeadm manages on one host
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Runs C(kubeadm upgrade apply) on the first control plane and C(kubeadm upgrade node) on every other host, as a
    systemd unit of its own, so that it survives a lost connection. A second call finds the running one and waits.
  - Which of both, and whether anything is to be done, is read from the manifests, the cluster's configuration and the
    kubelet. C(kubeadm) of the wanted version has to be installed; the kubelet is upgraded afterwards.
options:
  version:
    description: Version of Kubernetes that the host is to have.
    type: str
    required: true
  ignore_preflight_errors:
    description: Names of kubeadm's preflight checks whose errors are warnings only.
    type: list
    elements: str
    default: []
  timeouts:
    description: kubeadm's C(timeouts) (v1beta4).
    type: dict
    default: {}
  timeout:
    description: Seconds after which kubeadm is ended.
    type: int
    default: 1800
attributes:
  check_mode:
    support: full
    description: Says whether C(kubeadm upgrade) would run, and why.
  diff_mode:
    support: full
    description: Shows what is older than it should be.
"""

EXAMPLES = r"""
- name: Upgrade this host
  quorum.kubernetes.kubeadm_upgrade:
    version: 1.37.1
"""

RETURN = r"""
reasons:
  description: What was older than it should be. Empty when nothing was to be done.
  returned: success
  type: list
  elements: str
  sample: [kube-apiserver is 1.36.3, kubelet is 1.36.3]
"""

import re
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    documents,
    gather_cluster,
    host_state,
    long_command,
    upgrading,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

Json = dict[str, Any]

TITLE = "kubeadm upgrade"
TRIES = 2

_KUBELET = re.compile(r"Kubernetes v(\S+)")


def look(runner: Runner, disk: Disk) -> upgrading.Seen:
    """What this host has."""
    manifests = {
        name: upgrading.manifest_tag(disk.read(f"{host_state.MANIFESTS}/{name}.yaml"))
        for name in host_state.static_pods(disk.filled)
    }
    kubelet = _KUBELET.search(runner.run(["kubelet", "--version"], timeout=20).stdout)
    is_control_plane = host_state.API_SERVER in manifests
    configured = gather_cluster.configured_version(Kubectl(runner)) if is_control_plane else ""
    return upgrading.Seen(manifests, kubelet.group(1) if kubelet else "", configured)


def check_kubeadm(runner: Runner, version: str) -> None:
    """kubeadm upgrades to its own version."""
    found = runner.run(["kubeadm", "version", "--output=short"], timeout=20).stdout.strip().lstrip("v")
    if found != version:
        raise QuorumError("E2560", f"kubeadm here is {found or 'not installed'}, not {version}", "install it first")


def upgrade(params: Json, check_mode: bool, runner: Runner, disk: Disk, command: LongCommand) -> Json:
    """Bring this host's part to the version."""
    version = params["version"]
    waited = command.wait_for_running(params["timeout"])
    seen = look(runner, disk)
    reasons = upgrading.reasons(seen, version)
    result: Json = {"changed": waited or bool(reasons), "reasons": reasons}
    if reasons:
        result["diff"] = {"before": "".join(f"{one}\n" for one in reasons), "after": f"{version}\n"}
        if not check_mode:
            check_kubeadm(runner, version)
            run(params, runner, disk, command, seen)
    return result


def run(params: Json, runner: Runner, disk: Disk, command: LongCommand, seen: upgrading.Seen) -> None:
    """Run kubeadm, and once more where only its connection was cut; QuorumError with its reason when it fails.

    ``seen`` is what the host had before; after a try that failed, half of the work may be done.
    """
    document = upgrading.configuration(params["version"], params["ignore_preflight_errors"], params["timeouts"])
    text = documents.to_text([document])
    for attempt in range(1, TRIES + 1):
        argv = upgrading.command(seen, params["version"], command.config_path)
        outcome = command.run(TITLE, argv, params["timeout"], config=text)
        if outcome.ok:
            return
        if attempt == TRIES or not upgrading.passes(long_command.reason(outcome)):
            raise long_command.failure(" ".join(argv[:3]), outcome, command.log_path, "E2561")
        seen = look(runner, disk)


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "version": {"type": "str", "required": True},
            "ignore_preflight_errors": {"type": "list", "elements": "str", "default": []},
            "timeouts": {"type": "dict", "default": {}},
            "timeout": {"type": "int", "default": 1800},
        },
        supports_check_mode=True,
    )
    runner = SubprocessRunner()
    finish(module, lambda: upgrade(module.params, module.check_mode, runner, Disk(), LongCommand(runner)))


if __name__ == "__main__":
    main()
