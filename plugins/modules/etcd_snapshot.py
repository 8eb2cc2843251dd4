#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Take a snapshot of etcd and prove it by restoring it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_snapshot
short_description: Take a snapshot of etcd and prove it by restoring it into a scratch directory
version_added: 0.1.0
description:
  - Takes a snapshot from a healthy member, restores it into a scratch directory beside it, and compares revision,
    number of keys and the hash of all keys with the running member's.
  - The file appears under its name only after that proof. A failure leaves nothing behind.
  - Refuses when the disk cannot hold the snapshot and the copy that proves it.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
extends_documentation_fragment:
  - quorum.kubernetes.etcd
  - quorum.kubernetes.etcd.endpoints
options:
  path:
    description: File to write. Its directory is made if it is missing. An existing file is replaced.
    type: path
    required: true
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
- name: Take a snapshot
  quorum.kubernetes.etcd_snapshot:
    path: /var/backups/kubernetes/snapshot.db
"""

RETURN = r"""
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
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_options, etcd_snapshots
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Take the snapshot and return the module's result."""
    endpoints, gateway = etcd_options.connection_of(params)
    member = etcd_snapshots.find_member(gateway, endpoints)
    if check_mode:
        return {"changed": True, "snapshot": {}}
    os.makedirs(os.path.dirname(params["path"]), mode=0o700, exist_ok=True)
    utl = etcd_snapshots.EtcdUtl(SubprocessRunner(), params["etcdutl"])
    return {"changed": True, "snapshot": etcd_snapshots.take(gateway, member, params["path"], utl)}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **etcd_options.connection_options(),
            **etcd_options.endpoints_option(),
            "path": {"type": "path", "required": True},
            "etcdutl": {"type": "path", "default": "/usr/local/bin/etcdutl"},
            "api_server_manifest": {"type": "path", "default": ""},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, module.check_mode))


if __name__ == "__main__":
    main()
