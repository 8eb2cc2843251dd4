#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kube_health."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_health
short_description: Wait until named conditions of a cluster hold
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - A gate. Looks at the cluster from a control plane until every condition that is asked for holds, and fails after
    O(timeout) with what is missing, such as C(w2 is NotReady; container network is not ready).
  - In check mode it looks once, returns what is missing, and never fails.
extends_documentation_fragment:
  - quorum.kubernetes.kube_api
options:
  api_ready:
    description: Whether this host's own API server has to be ready.
    type: bool
    default: false
  api_servers:
    description: Further API servers that have to be ready, as C(host:port).
    type: list
    elements: str
    default: []
  nodes_ready:
    description: Names of the nodes that have to be Ready.
    type: list
    elements: str
    default: []
  node_versions:
    description: For each node the version that its kubelet has to have.
    type: dict
    default: {}
  coredns:
    description: Whether CoreDNS has to be available with all its replicas.
    type: bool
    default: false
  spread_coredns:
    description:
      - Whether to move a replica of CoreDNS when all of them sit on one node while another takes pods. One pod is
        deleted, once, and never the last one that serves. Its successor is waited for only with O(coredns).
    type: bool
    default: false
  etcd:
    description: Whether all members of etcd have to be healthy and in agreement.
    type: bool
    default: false
  static_pods:
    description:
      - Whether this host's static pods have to run in the form in which its kubelet knows them. A kubelet of another
        minor starts all of them anew, some seconds after it was started itself.
    type: bool
    default: false
  timeout:
    description: Seconds to wait.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    description: Looks once and never fails.
"""

EXAMPLES = r"""
- name: Wait until the cluster is whole
  quorum.kubernetes.kube_health:
    api_ready: true
    etcd: true
    nodes_ready: [cp1, w1, w2]
    coredns: true
    spread_coredns: true
"""

RETURN = r"""
nodes:
  description: All nodes with C(name), C(roles), C(version), C(ready), C(internal_ip) and more.
  returned: when a condition needed the API
  type: list
  elements: dict
missing:
  description: What is missing. Empty except in check mode.
  returned: always
  type: list
  elements: str
moved:
  description: The pod of CoreDNS that was, or would be, deleted to spread its replicas.
  returned: when there was one
  type: str
elapsed:
  description: Seconds that it took.
  returned: always
  type: float
"""

import http.client
import os
import time
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    etcd_client,
    etcd_state,
    gather_cluster,
    gather_kubeadm,
    health,
    host_state,
    kubelet,
    nodes,
    static_pods,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.gather import parallel
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until

Json = dict[str, Any]

INTERVAL_SECONDS = 1.0
LOOK_SECONDS = 60.0
NO_ANSWER = "no answer in time"
FIX = "look at what is missing (kubectl describe, journalctl -u kubelet on that host) and run again"


def wanted_conditions(params: Json, disk: Disk) -> health.Wanted:
    """The parameters as conditions; this host's own API server by its manifest."""
    apis = list(params["api_servers"])
    if params["api_ready"]:
        own = gather_kubeadm.read(disk).api
        if own is None:
            raise QuorumError("E2210", "this host has no API server", "run this on a control plane")
        apis.insert(0, f"[{own[0]}]:{own[1]}" if ":" in own[0] else f"{own[0]}:{own[1]}")
    return health.Wanted(
        apis=tuple(dict.fromkeys(apis)),
        nodes_ready=tuple(params["nodes_ready"]),
        versions=tuple(params["node_versions"].items()),
        coredns=params["coredns"],
        spread=params["spread_coredns"],
        etcd=params["etcd"],
        static_pods=params["static_pods"],
    )


def api_reason(name: str, ca_path: str) -> str:
    """Why the API server at ``host:port`` is not ready, "" when it is."""
    host, _separator, port = name.rpartition(":")
    return gather_cluster.readyz(host.strip("[]"), port, ca_path)


def etcd_reasons(disk: Disk) -> list[str]:
    """What etcd's members do not agree on, asked where this host's API server has its etcd."""
    connection = etcd_client.api_server_connection(disk.read(host_state.API_SERVER_MANIFEST))
    if connection is None:
        return ["the API server's manifest does not say where etcd is"]
    endpoints, credentials = connection
    try:
        return etcd_state.disagreements(etcd_client.look(etcd_client.HttpGateway(credentials), endpoints))
    except QuorumError as error:
        return [error.seen]


def static_pod_reasons(disk: Disk, containers: static_pods.Containers) -> list[str]:
    """What of this host's static pods does not run as its kubelet wants it."""
    manifests = host_state.static_pods(disk.filled)
    try:
        return kubelet.unsettled(kubelet.pods(disk), containers.running(), manifests)
    except QuorumError as error:
        return [error.seen]
    except (OSError, ValueError, http.client.HTTPException) as error:
        return [f"the kubelet does not say which pods it runs: {error}"]


def objects(kubectl: Kubectl, wanted: health.Wanted) -> tuple[tuple[Json, ...] | None, str]:
    """Nodes, and for CoreDNS Deployments and Pods of its namespace, in one call; None and why without an answer."""
    kinds = "nodes,deployments.apps,pods" if wanted.coredns or wanted.spread else "nodes"
    try:
        return tuple(kubectl.list(kinds, "kube-system")), ""
    except QuorumError as error:
        return None, error.seen


def look(kubectl: Kubectl, disk: Disk, containers: static_pods.Containers, wanted: health.Wanted) -> health.Observed:
    """One look; independent questions at the same time."""
    ca_path = disk.path(host_state.CA_CERTIFICATE)

    def asking(name: str) -> Callable[[], str]:
        return lambda: api_reason(name, ca_path)

    jobs: dict[str, Callable[[], Any]] = {f"api {name}": asking(name) for name in wanted.apis}
    if wanted.etcd:
        jobs["etcd"] = lambda: etcd_reasons(disk)
    if wanted.static_pods:
        jobs["static pods"] = lambda: static_pod_reasons(disk, containers)
    if wanted.asks_api:
        jobs["objects"] = lambda: objects(kubectl, wanted)
    answers = parallel(jobs, LOOK_SECONDS)
    found, reason = answers.get("objects") or (None, NO_ANSWER)
    apis = {name: answers[f"api {name}"] for name in wanted.apis}
    etcd, static = answers.get("etcd", []), answers.get("static pods", [])
    return health.Observed(
        apis={name: NO_ANSWER if answer is None else answer for name, answer in apis.items()},
        objects=found,
        reason=reason,
        etcd=tuple([f"etcd: {NO_ANSWER}"] if etcd is None else etcd),
        static_pods=tuple([f"static pods: {NO_ANSWER}"] if static is None else static),
    )


class Gate:
    """Looks until nothing is missing; moves a pod of CoreDNS once, if that is asked for."""

    def __init__(self, kubectl: Kubectl, wanted: health.Wanted, observe: Callable[[], health.Observed]) -> None:
        self._kubectl = kubectl
        self._wanted = wanted
        self._observe = observe
        self.moved: str | None = None

    def look_and_move(self) -> health.Observed:
        """One look; deletes a pod of CoreDNS when that spreads its replicas, once."""
        seen = self._observe()
        pod = None if self.moved else health.pod_to_move(seen)
        if pod:
            self._kubectl.delete("pod", [pod], "kube-system")
            self.moved = pod
        return seen

    def missing(self, seen: health.Observed) -> list[str]:
        """What is missing; right after a move the look is out of date."""
        lacking = health.missing(self._wanted, seen)
        if self._wanted.coredns and self.moved and any(map(self._still_there, seen.of_kind("Pod"))):
            lacking.append("a replica of CoreDNS is moving to another node")
        return lacking

    def _still_there(self, pod: Json) -> bool:
        """Whether this is the moved pod as it was before it was deleted."""
        return pod["metadata"]["name"] == self.moved and not pod["metadata"].get("deletionTimestamp")


def check(params: Json, check_mode: bool, kubectl: Kubectl, disk: Disk, containers: static_pods.Containers) -> Json:
    """Wait for the conditions, or look once in check mode."""
    begun = time.monotonic()
    if check_mode and not os.path.exists(params["kubeconfig"]):
        return {"changed": False, "nodes": [], "missing": ["there is no cluster yet"], "elapsed": 0.0}
    wanted = wanted_conditions(params, disk)

    def observe() -> health.Observed:
        return look(kubectl, disk, containers, wanted)

    gate = Gate(kubectl, wanted, observe)
    result: Json = {"missing": []}
    if check_mode:
        seen = observe()
        result["missing"] = health.missing(wanted, seen)
        moved = health.pod_to_move(seen) if params["spread_coredns"] else None
    else:
        looking = gate.look_and_move if params["spread_coredns"] else observe
        seen = wait_until(looking, gate.missing, params["timeout"], "E2211", FIX, INTERVAL_SECONDS)
        moved = gate.moved
    if moved:
        result["moved"] = moved
    if wanted.asks_api:
        result["nodes"] = [nodes.summary(node) for node in seen.of_kind("Node")]
    return dict(result, changed=bool(moved), elapsed=round(time.monotonic() - begun, 1))


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "api_ready": {"type": "bool", "default": False},
            "api_servers": {"type": "list", "elements": "str", "default": []},
            "nodes_ready": {"type": "list", "elements": "str", "default": []},
            "node_versions": {"type": "dict", "default": {}},
            "coredns": {"type": "bool", "default": False},
            "spread_coredns": {"type": "bool", "default": False},
            "etcd": {"type": "bool", "default": False},
            "static_pods": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 300},
            "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
        },
        supports_check_mode=True,
    )
    # One look is one try: the gate itself looks again.
    runner = SubprocessRunner()
    kubectl = Kubectl(runner, module.params["kubeconfig"], retry_seconds=0)
    containers = static_pods.Containers(runner)
    finish(module, lambda: check(module.params, module.check_mode, kubectl, Disk(), containers))


if __name__ == "__main__":
    main()
