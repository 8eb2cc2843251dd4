#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Verify a snapshot of etcd, and make this host's data directory of it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_restore
short_description: Verify a snapshot of etcd and make the data directory of a member of it
version_added: 0.1.0
description:
  - Refuses a snapshot that is truncated, damaged, another one than its manifest describes, or of a line of etcd that
    the installed one cannot continue. Nothing on the host is touched before that.
  - Makes the data directory of one member of a new cluster. It is run with the same snapshot and members on every
    member's host while etcd is stopped there.
  - Revisions are moved on and marked as compacted, so that no controller takes the past for the present.
  - Existing data is kept beside, under another name, and only replaced if O(replace) is set.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  snapshot:
    description: The snapshot on this host.
    type: path
    required: true
  expected:
    description: What the backup's manifest says of it, C(sha256), C(revision), C(keys) and C(etcd_version).
    type: dict
    default: {}
  verify_only:
    description: Only verify the snapshot.
    type: bool
    default: false
  name:
    description: Name of this host's member.
    type: str
    default: ""
  members:
    description: All members of the cluster to be, each with C(name) and C(peer_url) or C(address); more is ignored.
    type: list
    elements: dict
    default: []
  token:
    description: Token of the cluster to be; another one than before keeps old members out.
    type: str
    default: kubernetes
  data_directory:
    description: Data directory of the member.
    type: path
    default: /var/lib/etcd
  owner:
    description: User that etcd runs as.
    type: str
    default: root
  replace:
    description: Whether data that is there may be put aside.
    type: bool
    default: false
  bump_revision:
    description: By how much revisions are moved on; 0 leaves them as they are.
    type: int
    default: 1000000000
  etcdutl:
    description: The program etcdutl.
    type: path
    default: /usr/local/bin/etcdutl
attributes:
  check_mode:
    support: full
    description: Verifies the snapshot and says what would be done.
  diff_mode:
    support: none
    description: Data is not shown.
"""

EXAMPLES = r"""
- name: Restore this member
  quorum.kubernetes.etcd_restore:
    snapshot: /var/backups/kubernetes/snapshot.db
    name: etcd1
    members:
      - {name: etcd1, peer_url: "https://10.0.0.41:2380"}
    owner: etcd
    replace: true
"""

RETURN = r"""
snapshot:
  description: What the snapshot is, as etcdutl reads it.
  returned: success
  type: dict
  sample: {"revision": 5421, "keys": 812, "size": 8261632, "version": "3.7.0"}
kept:
  description: Where data that was there is kept now; empty if there was none.
  returned: success
  type: str
"""

import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_bootstrap, etcd_release, etcd_snapshots
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_snapshots import EtcdUtl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

SCRATCH = ".restore-"


def own_everything(directory: str, owner: str) -> None:
    """Give a tree to one user alone."""
    user = pwd.getpwnam(owner)
    for folder, _folders, files in os.walk(directory):
        os.chown(folder, user.pw_uid, user.pw_gid)
        os.chmod(folder, 0o700)
        for name in files:
            os.chown(os.path.join(folder, name), user.pw_uid, user.pw_gid)


def put_in_place(params: Mapping[str, Any], utl: EtcdUtl) -> str:
    """Restore beside the data, then exchange in two renames; return where the old data is kept, "" for none."""
    own = etcd_bootstrap.peer_url(etcd_bootstrap.own_member(params["members"], params["name"]))
    cluster = etcd_bootstrap.initial_cluster(params["members"])
    data, kept = params["data_directory"], ""
    os.makedirs(data, mode=0o700, exist_ok=True)
    etcd_snapshots.remove_leftovers(data, SCRATCH)
    # Inside the data directory, since that may be a file system of its own and a rename must not copy.
    scratch = tempfile.mkdtemp(prefix=SCRATCH, dir=data)
    try:
        options = etcd_snapshots.restore_options(params["name"], cluster, own, params["token"], params["bump_revision"])
        utl.restore(params["snapshot"], os.path.join(scratch, "data"), *options)
        own_everything(os.path.join(scratch, "data"), params["owner"])
        member = os.path.join(data, "member")
        if os.path.isdir(member):
            # An empty directory of its own, which the rename replaces: two restores may fall into one second.
            stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            kept = tempfile.mkdtemp(prefix=f"member.before-{stamp}-", dir=data)
            os.rename(member, kept)
        os.rename(os.path.join(scratch, "data", "member"), member)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    user = pwd.getpwnam(params["owner"])
    os.chown(data, user.pw_uid, user.pw_gid)
    os.chmod(data, 0o700)
    return kept


def run(params: Mapping[str, Any], runner: Runner, check_mode: bool) -> dict[str, Any]:
    """Verify, restore, and return the module's result."""
    utl = EtcdUtl(runner, params["etcdutl"])
    printed = runner.run(etcd_release.version_argv(params["etcdutl"]), timeout=30).stdout
    program = etcd_release.reported_version(printed)
    status = etcd_snapshots.verify(utl, params["snapshot"], etcd_snapshots.expected_of(params["expected"]), program)
    result: dict[str, Any] = {"changed": not params["verify_only"], "snapshot": vars(status), "kept": ""}
    if params["verify_only"]:
        return result
    etcd_bootstrap.own_member(params["members"], params["name"])
    if os.path.isdir(os.path.join(params["data_directory"], "member")) and not params["replace"]:
        raise QuorumError("E2349", f"{params['data_directory']} holds data of a member", "Set replace to put it aside.")
    if not check_mode:
        result["kept"] = put_in_place(params, utl)
    return result


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "snapshot": {"type": "path", "required": True},
            "expected": {"type": "dict", "default": {}},
            "verify_only": {"type": "bool", "default": False},
            "name": {"type": "str", "default": ""},
            "members": {"type": "list", "elements": "dict", "default": []},
            "token": {"type": "str", "default": "kubernetes", "no_log": False},
            "data_directory": {"type": "path", "default": "/var/lib/etcd"},
            "owner": {"type": "str", "default": "root"},
            "replace": {"type": "bool", "default": False},
            "bump_revision": {"type": "int", "default": etcd_snapshots.BUMP_REVISION},
            "etcdutl": {"type": "path", "default": "/usr/local/bin/etcdutl"},
        },
        required_if=[("verify_only", False, ("name", "members"))],
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, SubprocessRunner(), module.check_mode))


if __name__ == "__main__":
    main()
