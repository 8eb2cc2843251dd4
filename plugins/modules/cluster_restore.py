#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Open a backup of a cluster, verify all of it, and put its secrets back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_restore
short_description: Open a backup of a cluster, verify all of it, and put private keys back where they are missing
version_added: 0.1.0
description:
  - Opens a backup that M(quorum.kubernetes.cluster_backup) made, and refuses it before anything on the host is touched
    if it is truncated, changed, of another cluster, sealed with another passphrase, or of a line of etcd that the
    installed one cannot continue.
  - Then writes those sealed files that were asked for. The snapshot is left for M(quorum.kubernetes.etcd_restore).
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  backup:
    description: The backup on this host.
    type: path
    required: true
  snapshot:
    description:
      - A file on this host that M(quorum.kubernetes.etcd_snapshot) or M(quorum.kubernetes.etcd_snapshot_timer) saved.
        Its snapshot is taken instead of the one in O(backup), if it is of the same etcd. It is not sealed, so its
        manifest is believed.
    type: path
    default: ""
  cluster:
    description: Name of the cluster that it must be of.
    type: str
    required: true
  ca_cert_hash:
    description:
      - Pin of the CA of the cluster that lives on these hosts, as C(sha256:HEX). A backup with another CA is refused.
      - Empty where no cluster lives.
    type: str
    default: ""
  etcd_ca:
    description:
      - Certificate, on this host, of the CA of an etcd that lives and is to be kept. A backup with another is refused.
      - A host without that file has nothing to compare.
    type: path
    default: ""
  passphrase:
    description: Passphrase that it was sealed with.
    type: str
    required: true
  directory:
    description: Where its parts are put, for root alone.
    type: path
    required: true
  paths:
    description: Sealed directories and files to write. Files that are there are replaced.
    type: list
    elements: path
    default: []
  of_other_host:
    description:
      - Whether O(paths) were sealed on another host than the control plane with M(quorum.kubernetes.sealed_files).
      - They are taken from one that had all of them, whatever it was called.
    type: bool
    default: false
  data_directory:
    description: Where the snapshot is to be restored. It is refused if the disk cannot hold it beside what is there.
    type: path
    default: ""
  etcdutl:
    description: The program etcdutl.
    type: path
    default: /usr/local/bin/etcdutl
attributes:
  check_mode:
    support: full
    description: Verifies the backup and says what would be written.
  diff_mode:
    support: none
    description: Secrets are not shown.
requirements:
  - openssl on the host
"""

EXAMPLES = r"""
- name: Verify a backup and put the PKI back
  quorum.kubernetes.cluster_restore:
    backup: /var/backups/kubernetes/kubernetes-20261129T013000Z.tar
    cluster: kubernetes
    passphrase: "{{ kube_backup_passphrase }}"
    directory: /var/backups/kubernetes/restore
    paths: [/etc/kubernetes/pki]
  no_log: true
"""

RETURN = r"""
manifest:
  description: What is in the backup.
  returned: success
  type: dict
snapshot:
  description: Path of the snapshot.
  returned: success
  type: str
bump_revision:
  description:
    - By how much M(quorum.kubernetes.etcd_restore) is to move revisions on, so that they are higher than ever before.
    - It depends on the time, so all members have to take the value of one host.
  returned: success
  type: int
written:
  description: Paths of the files that were written.
  returned: success
  type: list
  elements: str
"""

import os
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    backups,
    etcd_release,
    etcd_snapshots,
    host_files,
    pki,
    sealed,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

# Beside the backup's own.
LATER = "later.db"


def open_backup(params: Mapping[str, Any], folder: str, runner: Runner) -> tuple[dict[str, Any], bytes]:
    """Unpack and verify everything; return the manifest and what was sealed."""
    backups.unbundle(params["backup"], folder)
    texts = {
        name: host_files.read(os.path.join(folder, name)).content or ""
        for name in (backups.MANIFEST, backups.CONFIGURATION, backups.SEALED)
    }
    # Whose backup it is can be said without the passphrase; what counts is said again by the sealed manifest.
    backups.parse_manifest(texts[backups.MANIFEST], params["cluster"])
    content = sealed.unseal(runner, texts[backups.SEALED], params["passphrase"])
    inner = sealed.read_text(content, backups.MANIFEST)
    if inner != texts[backups.MANIFEST]:
        raise QuorumError("E2353", "the manifest of the backup was changed: the sealed one says something else")
    manifest = backups.parse_manifest(inner, params["cluster"])
    if backups.text_digest(texts[backups.CONFIGURATION]) != manifest["files"][backups.CONFIGURATION]:
        raise QuorumError("E2353", "kubeadm's configuration in the backup was changed")
    backups.refuse_other_ca(sealed.read_text(content, backups.CA_CERTIFICATE), params["ca_cert_hash"])
    kept = host_files.read(params["etcd_ca"]).content if params["etcd_ca"] else None
    if kept:
        backups.refuse_other_etcd("the one that lives", pki.ca_cert_hash(kept), etcd_cas(content))
    verify_snapshot(params, os.path.join(folder, backups.SNAPSHOT), manifest["snapshot"], runner)
    return manifest, content


def open_snapshot(params: Mapping[str, Any], folder: str, content: bytes, runner: Runner) -> dict[str, Any]:
    """Unpack and verify a snapshot that was saved alone; return its manifest."""
    with tempfile.TemporaryDirectory(dir=folder) as inner:
        backups.unbundle(params["snapshot"], inner, backups.SNAPSHOT_PARTS)
        text = host_files.read(os.path.join(inner, backups.MANIFEST)).content or ""
        manifest = backups.parse_manifest(text, params["cluster"], backups.SNAPSHOT_FORMAT)
        backups.refuse_other_etcd("the snapshot", manifest.get("etcd_ca"), etcd_cas(content))
        verify_snapshot(params, os.path.join(inner, backups.SNAPSHOT), manifest["snapshot"], runner)
        os.replace(os.path.join(inner, backups.SNAPSHOT), os.path.join(folder, LATER))
    return manifest


def etcd_cas(content: bytes) -> list[str]:
    """The certificates of etcd's CA that are sealed in a backup."""
    return [pem for pem in (sealed.read_text(content, name) for name in backups.ETCD_CA_CERTIFICATES) if pem]


def verify_snapshot(params: Mapping[str, Any], path: str, described: Mapping[str, Any], runner: Runner) -> None:
    """Raise QuorumError unless the snapshot is the described one, may be restored here, and there is room for it."""
    utl = etcd_snapshots.EtcdUtl(runner, params["etcdutl"])
    printed = runner.run(etcd_release.version_argv(params["etcdutl"]), timeout=30).stdout
    expected = etcd_snapshots.expected_of(described)
    etcd_snapshots.verify(utl, path, expected, etcd_release.reported_version(printed))
    if params["data_directory"]:
        size = os.path.getsize(path)
        what = f"the data of {size // etcd_snapshots.MIB} MiB"
        etcd_snapshots.refuse_full_disk(what, params["data_directory"], etcd_snapshots.room_needed(size, copies=1))


def sealed_elsewhere(params: Mapping[str, Any], content: bytes, runner: Runner) -> bytes:
    """What was sealed on another host that had all of the paths, whatever that host was called."""
    wanted = {path.lstrip("/") for path in params["paths"]}
    for name in sealed.names(content):
        if name.startswith(backups.MORE):
            found = sealed.unseal(runner, sealed.read_text(content, name), params["passphrase"])
            if wanted <= set(sealed.names(found)):
                return found
    raise QuorumError(
        "E2357",
        f"the backup does not have {' and '.join(params['paths'])} of any host",
        "Use a backup that was made when the first host of etcd had its CA's key and answered.",
    )


def run(params: Mapping[str, Any], runner: Runner, check_mode: bool) -> dict[str, Any]:
    """Open, verify, write, and return the module's result."""
    target = params["directory"]
    # On the file system of the target, so that the parts only have to be renamed; a check leaves that as it is.
    beside = None if check_mode else os.path.dirname(target)
    if beside:
        os.makedirs(beside, mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".open-", dir=beside) as folder:
        manifest, content = open_backup(params, folder, runner)
        snapshot = backups.SNAPSHOT
        if params["snapshot"]:
            later, snapshot = open_snapshot(params, folder, content, runner), LATER
            manifest.update(created=later["created"], snapshot=later["snapshot"])
        if params["of_other_host"]:
            content = sealed_elsewhere(params, content, runner)
        revision = etcd_snapshots.expected_of(manifest["snapshot"]).revision
        result = {
            "changed": True,
            "manifest": manifest,
            "snapshot": os.path.join(target, snapshot),
            "bump_revision": etcd_snapshots.bump(revision, time.time()),
            "written": [],
        }
        if not check_mode:
            result["written"] = [file for path in params["paths"] for file in sealed.unpack(content, path)]
            os.makedirs(target, mode=0o700, exist_ok=True)
            for name in os.listdir(folder):
                os.replace(os.path.join(folder, name), os.path.join(target, name))
    return result


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "backup": {"type": "path", "required": True},
            "snapshot": {"type": "path", "default": ""},
            "cluster": {"type": "str", "required": True},
            "ca_cert_hash": {"type": "str", "default": ""},
            "etcd_ca": {"type": "path", "default": ""},
            "passphrase": {"type": "str", "required": True, "no_log": True},
            "directory": {"type": "path", "required": True},
            "paths": {"type": "list", "elements": "path", "default": []},
            "of_other_host": {"type": "bool", "default": False},
            "data_directory": {"type": "path", "default": ""},
            "etcdutl": {"type": "path", "default": "/usr/local/bin/etcdutl"},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, SubprocessRunner(), module.check_mode))


if __name__ == "__main__":
    main()
