"""Objects of the Kubernetes API, as small as tests need them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def pod(
    name: str,
    controller: str = "ReplicaSet",
    *,
    namespace: str = "default",
    phase: str = "Running",
    terminating: bool = False,
    **parts: Any,
) -> Json:
    """Return a pod; `labels` and `annotations` go to its metadata, other parts to its spec."""
    metadata: Json = {"name": name, "namespace": namespace, "uid": f"uid-{name}"}
    metadata.update({key: parts.pop(key) for key in ("labels", "annotations") if key in parts})
    if controller:
        metadata["ownerReferences"] = [{"kind": controller, "name": "owner", "controller": True}]
    if terminating:
        metadata["deletionTimestamp"] = "2026-11-29T00:00:00Z"
    return {"metadata": metadata, "spec": parts, "status": {"phase": phase}}


def budget(
    name: str,
    selector: Json | None,
    allowed: int = 0,
    healthy: int = 1,
    wanted: int = 1,
    namespace: str = "default",
) -> Json:
    """Return a PodDisruptionBudget."""
    status = {"disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": wanted}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"selector": selector}, "status": status}


def node(name: str, *, ready: bool = True, version: str = "v1.37.1", unschedulable: bool = False, **parts: Any) -> Json:
    """Return a Node; `labels` and `annotations` go to its metadata, `taints` to its spec."""
    metadata: Json = {"name": name, **{key: parts[key] for key in ("labels", "annotations") if key in parts}}
    spec: Json = {"taints": parts["taints"]} if "taints" in parts else {}
    if unschedulable:
        spec["unschedulable"] = True
    condition = {"type": "Ready", "status": "True" if ready else "False", "message": "kubelet stopped posting"}
    return {
        "metadata": metadata,
        "spec": spec,
        "status": {"conditions": [condition], "nodeInfo": {"kubeletVersion": version}},
    }
