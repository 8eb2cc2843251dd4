#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_join."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_join
short_description: Make a host a worker or a further control plane of a cluster
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Runs C(kubeadm join) as a systemd unit of its own, so that it survives a lost connection. A second call finds the
    running one, waits for it and then looks again.
  - Every join is pinned to the hash of the cluster's CA.
  - Does nothing on a host that is complete, and only removes the bootstrap kubeconfig where nothing else is left to do.
  - Where a join was interrupted, cleans this host and joins again when O(clean) allows it. The etcd member that an
    interrupted join of a control plane may have left must be removed before with M(quorum.kubernetes.etcd_member); a
    host whose etcd still votes is refused, and so is one with data of etcd but without this cluster's CA.
  - Where the cluster still believes in an earlier host of this name, waits until it does not.
  - Token and certificate key are written to a file for root alone that is removed when kubeadm ends.
options:
  documents:
    description: The document that P(quorum.kubernetes.kubeadm_documents#filter) makes for C(join), without secrets.
    type: list
    elements: dict
    required: true
  token:
    description: A bootstrap token. May be empty in check mode.
    type: str
    default: ''
  ca_cert_hashes:
    description: Pins of the cluster's CA, C(sha256:) and 64 hexadecimal digits. May be empty in check mode.
    type: list
    elements: str
    default: []
  certificate_key:
    description: For control planes, the key of the uploaded certificates.
    type: str
    default: ''
  endpoint:
    description: The API endpoint C(host:port) to join at.
    type: str
    required: true
  ignore_preflight_errors:
    description: Names of kubeadm's preflight checks whose errors are warnings only.
    type: list
    elements: str
    default: []
  clean:
    description: Whether to clean this host first where a join was interrupted.
    type: bool
    default: false
  forgotten:
    description:
      - Whether the other members of etcd agree that this control plane is none of them. It counts as interrupted then,
        although no file is missing.
    type: bool
    default: false
  timeout:
    description: Seconds after which C(kubeadm join) is ended.
    type: int
    default: 900
attributes:
  check_mode:
    support: full
    description: Says whether C(kubeadm join) would run.
  diff_mode:
    support: full
    description: Shows the document that C(kubeadm join) would get, without secrets.
"""

EXAMPLES = r"""
- name: Join the cluster
  quorum.kubernetes.kubeadm_join:
    documents: "{{ settings | quorum.kubernetes.kubeadm_documents(kind='join') }}"
    endpoint: 10.0.0.100:6443
    token: "{{ token }}"
    ca_cert_hashes: ["{{ ca_cert_hash }}"]
    clean: true
"""

RETURN = r"""
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
removed:
  description: What was, or would be, removed from the host before the join.
  returned: always
  type: list
  elements: str
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    cleanup,
    documents,
    gather,
    gather_kubeadm,
    host_state,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand, failure
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

Json = dict[str, Any]

TITLE = "kubeadm join"

# kubeadm's words for it (cmd/phases/join/kubelet.go), and how long it can last: the cluster marks a silent node after
# kube-controller-manager's node-monitor-grace-period, 50 s by default.
PREDECESSOR = 'and status "Ready" already exists'
PREDECESSOR_SECONDS = 120.0
PAUSE_SECONDS = 5.0


def join(params: Json, check_mode: bool, runner: Runner, disk: Disk, long_command: LongCommand) -> Json:
    """Bring this host to a complete member of the cluster."""
    document = documents.find(params["documents"], "JoinConfiguration")
    if document is None:
        raise QuorumError("E2151", "documents must hold a JoinConfiguration")
    waited = long_command.wait_for_running(params["timeout"])
    on_disk = gather_kubeadm.read(disk)
    judged = gather.judge(runner, disk, on_disk, document["nodeRegistration"]["name"])
    if params["forgotten"] and judged.state == host_state.COMPLETE:
        judged = replace(judged, state=host_state.PARTIAL, reasons=("etcd has no member of this host",))
    result: Json = {
        "changed": waited or judged.state != host_state.COMPLETE,
        "state": judged.state,
        "reasons": list(judged.reasons),
        "removed": list(judged.leftovers),
        "diff": {"before": "", "after": ""},
    }
    if judged.state == host_state.COMPLETE:
        return result
    if judged.leftovers:
        for path in [] if check_mode else judged.leftovers:
            disk.remove(path)
        return result
    found = cleanup.Found()
    if judged.state == host_state.PARTIAL:
        found = interrupted(params, check_mode, judged, on_disk, runner, disk)
    result["removed"] = found.described()
    result["diff"]["after"] = documents.to_text(params["documents"])
    if not check_mode:
        if judged.state == host_state.PARTIAL:
            cleanup.reset(runner, disk, long_command, found, params["timeout"])
        run(params, runner, disk, long_command)
    return result


def interrupted(
    params: Json,
    check_mode: bool,
    judged: host_state.State,
    on_disk: gather_kubeadm.OnDisk,
    runner: Runner,
    disk: Disk,
) -> cleanup.Found:
    """What is to be removed where a join was interrupted; QuorumError where that is not allowed."""
    if not params["clean"]:
        raise QuorumError("E2110", f"kubeadm was interrupted here: {'; '.join(judged.reasons)}", "allow it with clean")
    pins = params["ca_cert_hashes"]
    unknown = on_disk.ca_sha256 not in pins and not (check_mode and not pins)
    if on_disk.seen.etcd_data and unknown:
        raise QuorumError(
            "E2114",
            f"{host_state.ETCD_DATA} holds the data of an etcd that is not known to be this cluster's",
            "save what is needed of it, empty the directory and run again",
        )
    cleanup.refuse_living_member(disk)
    return cleanup.find(runner, disk)


def run(
    params: Json,
    runner: Runner,
    disk: Disk,
    long_command: LongCommand,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run kubeadm; QuorumError with its reason when it fails.

    A host that was wiped, or cleaned just now, has a Node object that says Ready until the cluster misses its kubelet.
    kubeadm refuses to join until then, before it has changed the cluster: it is cleaned away and tried again.
    """
    text = documents.to_text(
        documents.with_discovery(
            params["documents"],
            params["token"],
            params["ca_cert_hashes"],
            params["endpoint"],
            params["certificate_key"],
        )
    )
    argv = ["kubeadm", "join", f"--config={long_command.config_path}"]
    if params["ignore_preflight_errors"]:
        argv.append(f"--ignore-preflight-errors={','.join(params['ignore_preflight_errors'])}")
    deadline = clock() + PREDECESSOR_SECONDS
    outcome = long_command.run(TITLE, argv, params["timeout"], config=text)
    while not outcome.ok:
        if PREDECESSOR not in outcome.log or clock() > deadline:
            raise failure(TITLE, outcome, long_command.log_path, "E2111")
        sleep(PAUSE_SECONDS)
        cleanup.reset(runner, disk, long_command, cleanup.find(runner, disk), params["timeout"])
        outcome = long_command.run(TITLE, argv, params["timeout"], config=text)


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "documents": {"type": "list", "elements": "dict", "required": True},
            "token": {"type": "str", "default": "", "no_log": True},
            "ca_cert_hashes": {"type": "list", "elements": "str", "default": []},
            "certificate_key": {"type": "str", "default": "", "no_log": True},
            "endpoint": {"type": "str", "required": True},
            "ignore_preflight_errors": {"type": "list", "elements": "str", "default": []},
            "clean": {"type": "bool", "default": False},
            "forgotten": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    runner = SubprocessRunner()
    finish(module, lambda: join(module.params, module.check_mode, runner, Disk(), LongCommand(runner)))


if __name__ == "__main__":
    main()
