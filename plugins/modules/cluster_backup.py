#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Back a cluster up: a proved snapshot of etcd with the sealed PKI, in one file."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_backup
short_description: Back a cluster up into one file, with a snapshot of etcd that is proved and a PKI that is sealed
version_added: 0.1.0
description:
  - Takes a snapshot of etcd from a healthy member and proves it as M(quorum.kubernetes.etcd_snapshot) does.
  - Adds the PKI, sealed with a passphrase, kubeadm's configuration, and a manifest with versions and digests.
  - The file appears under its name only when it is complete. Then backups beyond O(keep) are removed.
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
    description: Where backups are kept on this host.
    type: path
    default: /var/backups/kubernetes
  keep:
    description: How many backups of this cluster are kept; 0 keeps all.
    type: int
    default: 7
  passphrase:
    description: Passphrase that seals private keys, twelve characters or more.
    type: str
    required: true
  more_secrets:
    description: Sealed texts of other hosts by name, as M(quorum.kubernetes.sealed_files) returns them.
    type: dict
    default: {}
  etcdutl:
    description: The program etcdutl of etcd 3.6 or later.
    type: path
    default: /usr/local/bin/etcdutl
  api_server_manifest:
    description: Manifest of the API server, which says how it reaches etcd.
    type: path
    default: /etc/kubernetes/manifests/kube-apiserver.yaml
attributes:
  check_mode:
    support: full
    description: Looks for a healthy member, and writes nothing.
  diff_mode:
    support: none
    description: A backup has no difference to show.
"""

EXAMPLES = r"""
- name: Back the cluster up
  quorum.kubernetes.cluster_backup:
    cluster: kubernetes
    passphrase: "{{ kube_backup_passphrase }}"
  no_log: true
"""

RETURN = r"""
path:
  description: The backup.
  returned: success
  type: str
manifest:
  description: What is in it.
  returned: success
  type: dict
removed:
  description: Older backups that were removed.
  returned: success
  type: list
  elements: str
"""

import json
import os
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    backups,
    etcd_options,
    etcd_snapshots,
    gather_cluster,
    host_files,
    sealed,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

SCRATCH = ".backup-"


def read_cluster(runner: Runner) -> tuple[str, dict[str, str]]:
    """kubeadm's configuration as it is in the cluster, and the versions that run."""
    kubectl = Kubectl(runner)
    configuration = gather_cluster.stored_configuration(kubectl)
    version = json.loads(kubectl.checked(["get", "--raw", "/version"]).stdout)
    return configuration, {"kubernetes": version["gitVersion"]}


def write(path: str, text: str) -> None:
    """A file that only root may read."""
    host_files.put(host_files.WantedFile(path, text, 0o600), host_files.SeenFile(path))


def fill(
    params: Mapping[str, Any], snapshot: Mapping[str, Any], folder: str, timestamp: str, runner: Runner
) -> dict[str, Any]:
    """Put the other parts of a backup beside its snapshot; return the manifest."""
    configuration, versions = read_cluster(runner)
    files = {backups.CONFIGURATION: backups.text_digest(configuration)}
    versions["etcd"] = snapshot["etcd_version"]
    manifest = backups.make_manifest(params["cluster"], timestamp, snapshot, versions, files)
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    of_other_hosts = {backups.MORE + host: sealed_there for host, sealed_there in params["more_secrets"].items()}
    api_server = host_files.read(params["api_server_manifest"]).content or ""
    content = sealed.pack(backups.secret_paths(api_server), {backups.MANIFEST: text, **of_other_hosts})
    write(os.path.join(folder, backups.MANIFEST), text)
    write(os.path.join(folder, backups.CONFIGURATION), configuration)
    write(os.path.join(folder, backups.SEALED), sealed.seal(runner, content, params["passphrase"]))
    return manifest


def run(params: Mapping[str, Any], runner: Runner, check_mode: bool) -> dict[str, Any]:
    """Make the backup and return the module's result."""
    sealed.refuse_weak(params["passphrase"])
    endpoints, gateway = etcd_options.connection_of(params)
    member = etcd_snapshots.find_member(gateway, endpoints)
    directory, timestamp = params["directory"], time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    name = backups.file_name(params["cluster"], timestamp)
    path = os.path.join(directory, name)
    if check_mode:
        return {"changed": True, "path": path, "manifest": {}, "removed": []}
    os.makedirs(directory, mode=0o700, exist_ok=True)
    etcd_snapshots.remove_leftovers(directory, SCRATCH)  # the lock of the cluster keeps two runs apart
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=directory) as folder:
        parts = {part: os.path.join(folder, part) for part in backups.PARTS}
        utl = etcd_snapshots.EtcdUtl(runner, params["etcdutl"])
        snapshot = etcd_snapshots.take(gateway, member, parts[backups.SNAPSHOT], utl)
        manifest = fill(params, snapshot, folder, timestamp, runner)
        backups.bundle(os.path.join(folder, name), parts)
        os.replace(os.path.join(folder, name), path)
    removed = backups.outdated(os.listdir(directory), params["cluster"], params["keep"])
    for older in removed:
        os.unlink(os.path.join(directory, older))
    return {"changed": True, "path": path, "manifest": manifest, "removed": removed}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **etcd_options.connection_options(),
            **etcd_options.endpoints_option(),
            "cluster": {"type": "str", "required": True},
            "directory": {"type": "path", "default": "/var/backups/kubernetes"},
            "keep": {"type": "int", "default": 7},
            "passphrase": {"type": "str", "required": True, "no_log": True},
            "more_secrets": {"type": "dict", "default": {}, "no_log": False},
            "etcdutl": {"type": "path", "default": "/usr/local/bin/etcdutl"},
            "api_server_manifest": {"type": "path", "default": "/etc/kubernetes/manifests/kube-apiserver.yaml"},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, SubprocessRunner(), module.check_mode))


if __name__ == "__main__":
    main()
