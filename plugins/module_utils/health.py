# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Conditions of a cluster as pure predicates: each returns in short sentences what is missing, none when it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import nodes

Json = dict[str, Any]

COREDNS = "coredns"
# kubeadm keeps the label of CoreDNS' predecessor.
COREDNS_LABEL = ("k8s-app", "kube-dns")


@dataclass(frozen=True)
class Wanted:
    """The conditions asked for.

    `apis`: API servers as ``host:port``. `nodes_ready`: names. `versions`: node to kubelet version without v. `spread`
    asks for a look at CoreDNS' pods, which is no condition by itself.
    """

    apis: tuple[str, ...] = ()
    nodes_ready: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    coredns: bool = False
    spread: bool = False
    etcd: bool = False
    static_pods: bool = False

    @property
    def asks_api(self) -> bool:
        """Whether objects have to be read."""
        return bool(self.nodes_ready or self.versions or self.coredns or self.spread)


@dataclass(frozen=True)
class Observed:
    """One look at the cluster.

    `apis`: each asked API server's reason why it is not ready, "" when it is. `objects`: Node, Deployment and Pod
    objects, or None when the API server did not answer. `etcd`: what etcd's members do not agree on. `static_pods`:
    what of this host's static pods does not run as its kubelet wants it.
    """

    apis: Mapping[str, str]
    objects: tuple[Json, ...] | None = None
    reason: str = ""
    etcd: tuple[str, ...] = ()
    static_pods: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> list[Json]:
        """The objects of one kind."""
        return [found for found in self.objects or () if found.get("kind") == kind]


def missing(wanted: Wanted, seen: Observed) -> list[str]:
    """Everything that is missing."""
    lacking = [f"the API server {name} is not ready: {reason}" for name, reason in seen.apis.items() if reason]
    lacking += [*seen.static_pods, *seen.etcd]
    if wanted.asks_api and seen.objects is None:
        return [*lacking, f"the API server does not answer: {seen.reason}"]
    found = {nodes.summary(node)["name"]: node for node in seen.of_kind("Node")}
    lacking += not_ready(wanted.nodes_ready, found)
    lacking += other_versions(wanted.versions, found)
    if wanted.coredns:
        lacking += coredns_missing(seen.of_kind("Deployment"))
    return lacking


def not_ready(names: Sequence[str], found: Mapping[str, Json]) -> list[str]:
    """Nodes that are not there, not Ready, or Ready and not yet opened for pods by the control plane."""
    lacking = []
    for name in names:
        if name not in found:
            lacking.append(f"{name} has no Node object")
            continue
        reason = nodes.not_ready_reason(found[name])
        if reason is not None:
            lacking.append(f"{name} is NotReady: {reason}")
        elif nodes.still_closed(found[name]):
            lacking.append(f"{name} is Ready, and the control plane has not opened it for pods yet")
    return lacking


def other_versions(versions: Sequence[tuple[str, str]], found: Mapping[str, Json]) -> list[str]:
    """Nodes whose kubelet has another version than wanted."""
    lacking = []
    for name, version in versions:
        actual = nodes.summary(found[name])["version"] if name in found else ""
        if name in found and actual != version.lstrip("v"):
            lacking.append(f"the kubelet of {name} is {actual or 'silent'}, not {version.lstrip('v')}")
    return lacking


def coredns_missing(deployments: Sequence[Json]) -> list[str]:
    """What CoreDNS lacks to be available with all its replicas in their current form."""
    deployment = next((found for found in deployments if found["metadata"]["name"] == COREDNS), None)
    if deployment is None:
        return ["there is no Deployment coredns"]
    status, replicas = deployment.get("status") or {}, deployment["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return ["CoreDNS is being changed"]
    ready = min(status.get("availableReplicas", 0), status.get("updatedReplicas", 0))
    return [] if ready >= replicas else [f"CoreDNS has {ready} of {replicas} replicas available"]


def pod_to_move(seen: Observed) -> str | None:
    """The CoreDNS pod to delete so that its successor may go to another node, or None when there is no need or no way.

    Needed when all replicas (two or more) sit on one node while another takes pods. A pod that does not serve yet goes
    first; one that serves goes only if another serves too. The scheduler prefers, but does not promise, another node.
    """
    key, value = COREDNS_LABEL
    pods = [pod for pod in seen.of_kind("Pod") if (pod["metadata"].get("labels") or {}).get(key) == value]
    pods = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    hosts = {pod["spec"].get("nodeName") for pod in pods}
    others = [node for node in seen.of_kind("Node") if nodes.takes_pods(node) and node["metadata"]["name"] not in hosts]
    if len(pods) < 2 or len(hosts) != 1 or None in hosts or not others:
        return None
    idle = [pod for pod in pods if not pod_ready(pod)]
    movable = idle or sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))
    return str(movable[-1]["metadata"]["name"])


def pod_ready(pod: Json) -> bool:
    """Whether a pod serves."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(found.get("type") == "Ready" and found.get("status") == "True" for found in conditions)
