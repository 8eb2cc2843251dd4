# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Node objects, as the rest of the collection reads them; pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import one_line

Json = dict[str, Any]

ROLE_LABEL = "node-role.kubernetes.io/"
CONTROL_PLANE_ROLE = "control-plane"
CONTROL_PLANE_LABEL = ROLE_LABEL + CONTROL_PLANE_ROLE
# kubeadm's markcontrolplane phase sets both on a control plane.
CONTROL_PLANE_LABELS = {CONTROL_PLANE_LABEL: "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}
CONTROL_PLANE_TAINT = {"key": CONTROL_PLANE_LABEL, "effect": "NoSchedule"}
LIFECYCLE_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
NOT_SCHEDULING = ("NoSchedule", "NoExecute")


def summary(node: Json) -> Json:
    """The facts of one Node object that plans and gates need."""
    metadata, spec, status = (node.get(part) or {} for part in ("metadata", "spec", "status"))
    labels = metadata.get("labels") or {}
    return {
        "name": metadata.get("name", ""),
        "ready": not_ready_reason(node) is None,
        "reason": not_ready_reason(node) or "",
        "version": (status.get("nodeInfo") or {}).get("kubeletVersion", "").lstrip("v"),
        "roles": sorted(label[len(ROLE_LABEL) :] for label in labels if label.startswith(ROLE_LABEL)),
        "taints": spec.get("taints") or [],
        "labels": labels,
        "internal_ip": _address(status, "InternalIP"),
        "unschedulable": bool(spec.get("unschedulable")),
    }


def not_ready_reason(node: Json) -> str | None:
    """Why a node is not Ready, in the kubelet's own words; None when it is Ready."""
    for condition in (node.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "Ready":
            if condition.get("status") == "True":
                return None
            return one_line(condition.get("message") or condition.get("reason") or "no reason given")
    return "the kubelet has not reported yet"


def still_closed(node: Json) -> bool:
    """Whether the node carries a taint of the node lifecycle controller, which lifts it seconds after Ready."""
    return any(taint.get("key") in LIFECYCLE_TAINTS for taint in summary(node)["taints"])


def takes_pods(node: Json) -> bool:
    """Whether an ordinary pod can be scheduled: Ready, not cordoned, no taint but preferences."""
    found = summary(node)
    tainted = any(taint.get("effect") in NOT_SCHEDULING for taint in found["taints"])
    return bool(found["ready"] and not found["unschedulable"] and not tainted)


def _address(status: Json, kind: str) -> str:
    for address in status.get("addresses") or []:
        if address.get("type") == kind:
            return str(address.get("address", ""))
    return ""
