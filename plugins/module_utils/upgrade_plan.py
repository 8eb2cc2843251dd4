# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which hosts an upgrade still has to touch, in which order, and how that reads to a person; pure.

Versions are those of what runs: static pods by their mirror pods' images, kubelets by their nodes. On each host the
kubelet comes last, so that a host whose kubelet and static pods are at the target is done, whatever was interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import nodes
from ansible_collections.quorum.kubernetes.plugins.module_utils.drain import RUN, UNSCHEDULABLE, Blocker, Cordon
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import COMPONENTS

Json = dict[str, Any]

ETCD = "etcd"
DONE = "done"
CONTROL_PLANE = "control_plane"
WORKER = "worker"


@dataclass(frozen=True)
class Target:
    """What the cluster is to run: version without v, and image tags without v, "" where they are not known."""

    version: str
    etcd: str = ""
    coredns: str = ""

    @classmethod
    def of(cls, version: str, images: Sequence[str]) -> Target:
        """From the images of a control plane."""
        tags = {image.split("@")[0].rpartition("/")[2].partition(":")[0]: tag(image) for image in images}
        return cls(version, tags.get(ETCD, ""), tags.get("coredns", ""))


@dataclass(frozen=True)
class HostStep:
    """What is left to do on one host: `kind` is DONE, CONTROL_PLANE or WORKER; `drain` whether its pods can go."""

    host: str
    node: str
    kind: str
    drain: bool
    changes: tuple[str, ...]

    def as_dict(self) -> Json:
        """For the playbook."""
        return {**asdict(self), "changes": list(self.changes)}


def tag(image: str) -> str:
    """The tag of an image reference without a leading v: ``registry.k8s.io/etcd:3.6.8-0@sha256:...`` -> 3.6.8-0."""
    name = image.split("@")[0].rpartition("/")[2]
    return name.partition(":")[2].lstrip("v")


def running(pods: Sequence[Json]) -> dict[str, dict[str, str]]:
    """The tag of each static pod's image, by node and component, from pods of kube-system."""
    found: dict[str, dict[str, str]] = {}
    for pod in pods:
        component = (pod["metadata"].get("labels") or {}).get("component", "")
        if component not in (*COMPONENTS, ETCD):
            continue
        images = [container.get("image", "") for container in (pod.get("spec") or {}).get("containers") or []]
        node = str((pod.get("spec") or {}).get("nodeName", ""))
        found.setdefault(node, {})[component] = tag(images[0]) if images else ""
    return found


def steps(
    hosts: Mapping[str, str],
    node_objects: Sequence[Json],
    components: Mapping[str, Mapping[str, str]],
    configured: str,
    target: Target,
) -> list[HostStep]:
    """The hosts in order: control planes, then workers, as `hosts` (host to node name) has them.

    `configured` is the version in kubeadm's ClusterConfiguration; while it is another one, at least the first control
    plane is to do.
    """
    by_name = {node["metadata"]["name"]: node for node in node_objects}
    planned = []
    for host, name in hosts.items():
        if name not in by_name:
            continue
        summary = nodes.summary(by_name[name])
        control_plane = nodes.CONTROL_PLANE_ROLE in summary["roles"]
        changes = _changes(summary["version"], components.get(name, {}) if control_plane else {}, target)
        if Cordon.of(by_name[name]).purpose == RUN:
            changes += ("take pods again",)  # an earlier run was interrupted right before
        others = any(nodes.takes_pods(given_back(node)) for other, node in by_name.items() if other != name)
        planned.append(HostStep(host, name, CONTROL_PLANE if control_plane else WORKER, others, changes))
    planned.sort(key=lambda step: step.kind != CONTROL_PLANE)
    begun = configured == target.version or any(step.changes for step in planned if step.kind == CONTROL_PLANE)
    return [
        step if step.changes or (index == 0 and not begun) else HostStep(step.host, step.node, DONE, False, ())
        for index, step in enumerate(planned)
    ]


def given_back(node: Json) -> Json:
    """A node as the next one in turn finds it: one that an interrupted run left cordoned takes pods again by then."""
    if Cordon.of(node).purpose != RUN:
        return node
    taints = [taint for taint in node["spec"].get("taints") or [] if taint.get("key") != UNSCHEDULABLE]
    return {**node, "spec": {**node["spec"], "unschedulable": False, "taints": taints}}


def _changes(kubelet: str, components: Mapping[str, str], target: Target) -> tuple[str, ...]:
    found = [
        f"{name} {components[name]} -> {target.version}"
        for name in COMPONENTS
        if name in components and components[name] != target.version
    ]
    if kubelet != target.version:
        found.append(f"kubelet {kubelet} -> {target.version}")
    # Not a reason by itself: kubeadm of a later patch may bring another etcd than the one that is known here.
    if found and target.etcd and components.get(ETCD, target.etcd) != target.etcd:
        found.insert(0, f"{ETCD} {components[ETCD]} -> {target.etcd}")
    return tuple(found)


def addons(workloads: Sequence[Json], target: Target) -> list[str]:
    """What kubeadm will do to CoreDNS and kube-proxy (Deployments and DaemonSets of kube-system)."""
    wanted = {"coredns": target.coredns, "kube-proxy": target.version}
    found = []
    for workload in workloads:
        name = workload["metadata"]["name"]
        containers = workload["spec"]["template"]["spec"]["containers"]
        now = tag(containers[0].get("image", ""))
        if wanted.get(name) and now != wanted[name]:
            found.append(f"{name} {now} -> {wanted[name]}")
    return found


def lines(
    planned: Sequence[HostStep],
    pods: Mapping[str, Sequence[str]],
    blockers: Mapping[str, Sequence[Blocker]],
    more: Sequence[str],
) -> list[str]:
    """The plan for people: a line a host in order, what leaves it, what would keep it now, and the addons.

    `pods` and `blockers` are what drains of the hosts would move, and what would keep it, by host.
    """
    todo = [step for step in planned if step.kind != DONE]
    done = [step.host for step in planned if step.kind == DONE]
    width = max((len(step.host) for step in todo), default=0)
    found = [f"{step.host:<{width}}  {', '.join(step.changes) or 'kubeadm configuration'}" for step in todo]
    for step in todo:
        if step.drain and pods.get(step.host):
            found.append(f"{step.host:<{width}}  is drained first: {len(pods[step.host])} pods move")
        found += [
            f"{step.host:<{width}}  would be kept from draining now: {one}" for one in blockers.get(step.host, ())
        ]
    found += [f"{'cluster':<{width}}  {one}" for one in more] if todo else []
    if done:
        found.append(f"done already: {', '.join(done)}")
    return found
