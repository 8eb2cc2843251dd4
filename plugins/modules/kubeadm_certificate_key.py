#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_certificate_key."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_certificate_key
short_description: Upload the control planes' certificates under a fresh key
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Encrypts the certificates that control planes share with a new random key and uploads them to the cluster
    (C(kubeadm init phase upload-certs)), for control planes that are about to join.
  - An upload lasts two hours. M(quorum.kubernetes.kubeadm_token) deletes it earlier when its C(state) is C(cleanup).
  - The key is written to a file for root alone that is removed at once, never into an argument.
  - Tasks must have C(no_log), since they return the key.
extends_documentation_fragment:
  - quorum.kubernetes.kube_api
attributes:
  check_mode:
    support: full
    description: Uploads nothing and returns no key.
"""

EXAMPLES = r"""
- name: Upload the certificates for the control planes that join
  quorum.kubernetes.kubeadm_certificate_key:
  register: certificates
  no_log: true
"""

RETURN = r"""
certificate_key:
  description: The key, 64 hexadecimal digits. Secret.
  returned: not in check mode
  type: str
"""

import os
import tempfile
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    documents,
    gather_cluster,
    gather_kubeadm,
    tokens,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import RUN_DIRECTORY, masked
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

Json = dict[str, Any]

TIMEOUT_SECONDS = 120


def configuration(kubectl: Kubectl, disk: Disk, key: str) -> str:
    """What upload-certs has to know: the key, this node's name, and the cluster's own configuration as it is kept.

    kubeadm would look for a version in the internet without the latter; from it, it also knows of external etcd.
    """
    cluster = gather_cluster.stored_configuration(kubectl)
    if not cluster:
        raise QuorumError("E2155", "the cluster has no ConfigMap kubeadm-config", "is it a cluster made by kubeadm?")
    on_disk = gather_kubeadm.read(disk)
    init = {**documents.of_node(on_disk.node_name, on_disk.api), "certificateKey": key}
    return f"{documents.to_text([init])}---\n{cluster}"


def upload(runner: Runner, kubectl: Kubectl, disk: Disk, kubeconfig: str, directory: str = RUN_DIRECTORY) -> str:
    """Upload the certificates and return their key."""
    key = tokens.new_certificate_key()
    text = configuration(kubectl, disk, key)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=directory, prefix="upload-") as stream:
        stream.write(text)
        stream.flush()
        command = ["kubeadm", "init", "phase", "upload-certs", "--upload-certs", "--skip-certificate-key-print"]
        command += [f"--config={stream.name}", f"--kubeconfig={kubeconfig}"]
        result = runner.run(command, timeout=TIMEOUT_SECONDS)
    if not result.ok:
        raise QuorumError("E2156", f"the certificates could not be uploaded: {masked(result.reason())}")
    return key


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={"kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"}},
        supports_check_mode=True,
    )
    runner = SubprocessRunner()
    kubeconfig = module.params["kubeconfig"]

    def work() -> Json:
        if module.check_mode:
            return {"changed": True}
        return {
            "changed": True,
            "certificate_key": upload(runner, Kubectl(runner, kubeconfig), Disk(), kubeconfig),
        }

    finish(module, work)


if __name__ == "__main__":
    main()
