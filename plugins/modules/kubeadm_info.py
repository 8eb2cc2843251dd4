#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_info
short_description: All facts of a host and its part of a cluster in one call
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Gathers in one round trip what a run has to know of a host - system, network, packages, listening ports, what
    kubeadm has left on it - and, on control planes, what the host's own API server and etcd say about the cluster.
  - Nothing is remembered between runs and there are no marker files. A host is C(none), C(partial) or C(complete) by
    its files and by the cluster.
  - Changes nothing. Whatever cannot be found out reads as empty and is no failure.
options:
  node_name:
    description: The name of the host's Node object, used where the host does not tell it itself.
    type: str
    default: ''
  node_ip:
    description: The address of the node. Names the host in messages; the host's own files tell where its API server is.
    type: str
    default: ''
  resolve:
    description: Names to resolve on this host.
    type: list
    elements: str
    default: []
  ports:
    description: TCP ports of which to say who listens on them.
    type: list
    elements: int
    default: []
  paths:
    description: Directories of whose file systems to say the space.
    type: list
    elements: str
    default: []
  asked:
    description:
      - The controller's clock when it began to ask, seconds since 1970. It is returned beside the host's own clock, so
        that the two can be compared.
    type: float
    default: 0
  api_timeout:
    description:
      - Seconds to wait for the API server of a control plane whose files are complete and whose kubelet runs; after a
        restart of the host it needs some time. A ready one is not waited for.
    type: int
    default: 45
  running_timeout:
    description:
      - Seconds to wait for a C(kubeadm) command that an interrupted run has left running on this host. What it is about
        to finish is no partial state.
    type: int
    default: 900
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
"""

EXAMPLES = r"""
- name: Look at the host
  quorum.kubernetes.kubeadm_info:
    node_name: cp1
    resolve: [api.example.com]
    ports: [6443, 2379, 2380, 10250]
    paths: [/var/lib/etcd]
  register: info
"""

RETURN = r"""
host:
  description: The facts.
  returned: always
  type: dict
  contains:
    hostname:
      description: The host's own name.
      type: str
    epoch:
      description: The host's clock, seconds since 1970.
      type: float
    asked:
      description: O(asked), unchanged.
      type: float
    machine_id:
      description: Content of C(/etc/machine-id).
      type: str
    os:
      description: C(id), C(version_id), C(codename) and C(pretty) of the operating system.
      type: dict
    arch:
      description: Architecture as Kubernetes names it, such as C(amd64).
      type: str
    kernel:
      description: Release of the kernel.
      type: str
    cpus:
      description: Processors that this host may use.
      type: int
    memory_mib:
      description: Memory in MiB.
      type: int
    swap:
      description: Swap devices in use.
      type: list
      elements: str
    cgroup_version:
      description: V(1) or V(2).
      type: int
    python:
      description: Version of the Python that runs modules.
      type: str
    addresses:
      description: C(interface), C(address), C(prefix) and C(mtu) of every address but loopback and link-local ones.
      type: list
      elements: dict
    resolvers:
      description: Name servers.
      type: list
      elements: str
    resolved:
      description: For each name of O(resolve) its addresses.
      type: dict
    ports:
      description: For each port of O(ports) in use its C(process), C(pid), C(unit) and C(addresses).
      type: dict
    disk:
      description: For each path of O(paths) C(free_mib), C(available_mib) and C(total_mib).
      type: dict
    packages:
      description: C(version), C(status) (C(ii) is well) and C(hold) of the packages that belong to a cluster.
      type: dict
    versions:
      description: What C(kubeadm), C(kubelet) and C(containerd) say of themselves.
      type: dict
    running:
      description: Long commands of this collection that still run after O(running_timeout).
      type: list
      elements: str
    waited:
      description: >-
        Whether a C(kubeadm) that an interrupted run left running was waited for. What other hosts said of this one
        meanwhile is out of date then.
      type: bool
    kubeadm:
      description: >-
        C(state) (C(none), C(partial), C(complete)), C(role) (C(control_plane), C(worker) or null), C(reasons) why it is
        not complete, C(leftovers) that a finished join only has to remove, C(ca_sha256), C(node_name), C(server),
        C(cri_socket) of the kubelet's container runtime, C(manifests) and C(unknown_manifests).
      type: dict
    snapshot_timer:
      description: Whether a timer of M(quorum.kubernetes.etcd_snapshot_timer) is installed.
      type: bool
    configuration:
      description: >-
        What the host runs with, null where kubeadm has not run. C(components), for each static pod its arguments and
        what it mounts, C(sans), the names in the API server's certificate, C(kubelet), the kubelet's configuration, and
        C(kubelet_flags), those in C(kubeadm-flags.env).
      type: dict
    cluster:
      description: >-
        Null except on control planes. C(api_ready) of the host's own API server, C(nodes), C(cluster_configuration),
        C(kubelet_configuration), C(proxy_configuration) and C(etcd) as M(quorum.kubernetes.etcd_info) returns it. When
        C(api_ready) is false, C(nodes) is empty and the configurations are null because nobody could be asked.
      type: dict
"""

import contextlib
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import gather
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

Json = dict[str, Any]


def look(params: Json, runner: Runner, disk: Disk) -> Json:
    """Gather the facts, after a command that still runs."""
    waited = False
    # One that never ends is a fact as well: `running` names it.
    with contextlib.suppress(QuorumError):
        waited = LongCommand(runner).wait_for_running(params["running_timeout"])
    host = {**gather.host(runner, disk, params), "asked": params["asked"], "waited": waited}
    return {"changed": False, "host": host}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "node_name": {"type": "str", "default": ""},
            "node_ip": {"type": "str", "default": ""},
            "resolve": {"type": "list", "elements": "str", "default": []},
            "ports": {"type": "list", "elements": "int", "default": []},
            "paths": {"type": "list", "elements": "str", "default": []},
            "asked": {"type": "float", "default": 0.0},
            "api_timeout": {"type": "int", "default": 45},
            "running_timeout": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: look(module.params, SubprocessRunner(), Disk()))


if __name__ == "__main__":
    main()
