#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Save a member of etcd into a file on this host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_snapshot
short_description: Save a member of etcd into a file on this host, proved by restoring it into a scratch directory
version_added: 0.1.0
description:
  - Takes a snapshot from a healthy member, restores it into a scratch directory beside it, and compares revision,
    number of keys and the hash of all keys with the running member's.
  - The file has a manifest and no PKI, as those of M(quorum.kubernetes.etcd_snapshot_timer). It is restored together
    with an earlier backup, see M(quorum.kubernetes.cluster_restore).
  - Its name has the cluster, the time and the member, so that no earlier one is replaced. It appears only after the
    proof. A failure leaves nothing behind. Then files beyond O(keep) are removed.
  - Refuses when the disk cannot hold the snapshot and the copy that proves it.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
extends_documentation_fragment:
  - quorum.kubernetes.etcd
  - quorum.kubernetes.etcd.endpoints
options:
  cluster:
    description: Name of the cluster.
    type: str
    required: true
  directory:
    description:
      - Where snapshots are kept on this host. It is made for root alone if it is missing.
      - Not the directory of a timer, which may save at the same moment.
    type: path
    required: true
  keep:
    description: How many snapshots of this cluster are kept there; 0 keeps all.
    type: int
    default: 0
  etcdutl:
    description: The program etcdutl of etcd 3.6 or later.
    type: path
    default: /usr/local/bin/etcdutl
  api_server_manifest:
    description:
      - Manifest of the API server, from which the endpoints and the certificates are read if it is there.
      - So the same task works beside stacked and external etcd.
    type: path
    default: ""
attributes:
  check_mode:
    support: full
    description: Looks for a healthy member, and takes no snapshot.
  diff_mode:
    support: none
    description: A snapshot has no difference to show.
"""

EXAMPLES = r"""
- name: Save etcd before something that may go wrong
  quorum.kubernetes.etcd_snapshot:
    cluster: kubernetes
    directory: /var/backups/kubernetes/by-hand
"""

RETURN = r"""
path:
  description: The file. Empty in check mode.
  returned: success
  type: str
  sample: /var/backups/kubernetes/by-hand/kubernetes-20261129T013000Z-cp2.snapshot.tar
snapshot:
  description: What the snapshot is. Empty in check mode.
  returned: success
  type: dict
  sample:
    sha256: 3fdba35f04dc8c462986c992bcf875546257113072a909c162f7e470e581e278
    size: 8261664
    revision: 5421
    keys: 812
    hash: 3768002405
    compact_revision: 4310
    etcd_version: 3.7.0
    storage_version: 3.7.0
    member: cp2
    cluster_id: d3b6a57298a573cd
removed:
  description: Names of older files that were removed.
  returned: success
  type: list
  elements: str
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_options, etcd_snapshots, snapshot_job
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner


def run(params: Mapping[str, Any], runner: Runner, check_mode: bool) -> dict[str, Any]:
    """Save the member that suits best and return the module's result."""
    endpoints, gateway = etcd_options.connection_of(params)
    member = etcd_snapshots.find_member(gateway, endpoints)
    if check_mode:
        return {"changed": True, "path": "", "snapshot": {}, "removed": []}
    job = snapshot_job.Job(
        cluster=params["cluster"],
        directory=params["directory"],
        keep=params["keep"],
        endpoint=etcd_snapshots.speaker(member),
        etcdutl=params["etcdutl"],
        credentials=gateway.credentials,
    )
    path, snapshot = snapshot_job.save(job, gateway, runner)
    return {"changed": True, "path": path, "snapshot": snapshot, "removed": snapshot_job.prune(job)}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **etcd_options.connection_options(),
            **etcd_options.endpoints_option(),
            "cluster": {"type": "str", "required": True},
            "directory": {"type": "path", "required": True},
            "keep": {"type": "int", "default": 0},
            "etcdutl": {"type": "path", "default": "/usr/local/bin/etcdutl"},
            "api_server_manifest": {"type": "path", "default": ""},
        },
        supports_check_mode=True,
    )
    os.umask(0o077)  # the directories above are for root alone too
    finish(module, lambda: run(module.params, SubprocessRunner(), module.check_mode))


if __name__ == "__main__":
    main()
