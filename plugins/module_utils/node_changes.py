# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How Node objects have to change: labels, taints, cordon; pure.

Only what is asked for is set. Labels and taints of others stay, and what disappears from the inventory stays too:
absence removes nothing.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.nodes import CONTROL_PLANE_LABELS, CONTROL_PLANE_TAINT

Json = dict[str, Any]


def patch(node: Json, wanted: Json) -> Json:
    """The JSON merge patch (RFC 7386) that brings a Node to what is wanted, {} when it is there.

    `wanted`: labels (a null value removes one), taints (``{key, value, effect}``), schedulable, and for control planes
    control_plane_taint, which also asks for the labels that kubeadm sets as its last step of a join. Taints are
    replaced as a whole, so the patch carries the version that it was made for.
    """
    labels = _labels(node, wanted)
    taints = _taints(node, wanted)
    spec: Json = {}
    if taints != _current_taints(node):
        spec["taints"] = taints or None
    if wanted.get("schedulable") is not None:
        cordoned = bool(node["spec"].get("unschedulable"))
        if cordoned == bool(wanted["schedulable"]):
            spec["unschedulable"] = None if cordoned else True
    if not labels and not spec:
        return {}
    metadata: Json = {"resourceVersion": node["metadata"].get("resourceVersion", "")}
    if labels:
        metadata["labels"] = labels
    return {"metadata": metadata, **({"spec": spec} if spec else {})}


def describe(node: Json, change: Json) -> tuple[list[str], list[str]]:
    """Lines before and after a patch, for a diff."""
    name = node["metadata"]["name"]
    before, after = [], []
    current = node["metadata"].get("labels") or {}
    for key, value in (change.get("metadata", {}).get("labels") or {}).items():
        before += [f"{name} label {key}={current[key]}"] if key in current else []
        after += [f"{name} label {key}={value}"] if value is not None else []
    spec = change.get("spec", {})
    if "taints" in spec:
        before += [f"{name} taint {_text(taint)}" for taint in _current_taints(node)]
        after += [f"{name} taint {_text(taint)}" for taint in spec["taints"] or []]
    if "unschedulable" in spec:
        states = [f"{name} is cordoned", f"{name} takes pods"]
        before.append(states[1] if spec["unschedulable"] else states[0])
        after.append(states[0] if spec["unschedulable"] else states[1])
    return before, after


def _labels(node: Json, wanted: Json) -> Json:
    current = node["metadata"].get("labels") or {}
    asked = dict(wanted.get("labels") or {})
    if wanted.get("control_plane_taint") is not None:
        asked = {**CONTROL_PLANE_LABELS, **asked}
    changes: Json = {}
    for key, value in asked.items():
        text = None if value is None else label_value(value)
        if current.get(key) != text:
            changes[key] = text
    return changes


def label_value(value: object) -> str:
    """A label's value as Kubernetes takes it: YAML's true is ``true``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _taints(node: Json, wanted: Json) -> list[Json]:
    asked = [_taint(taint) for taint in wanted.get("taints") or []]
    if wanted.get("control_plane_taint"):
        asked.append(dict(CONTROL_PLANE_TAINT))
    dropped = [_identity(CONTROL_PLANE_TAINT)] if wanted.get("control_plane_taint") is False else []
    current = _current_taints(node)
    for taint in asked:
        known = [index for index, found in enumerate(current) if _identity(found) == _identity(taint)]
        if not known:
            current.append(taint)
        elif current[known[0]].get("value", "") != taint.get("value", ""):
            current[known[0]] = taint
    return [taint for taint in current if _identity(taint) not in dropped or taint in asked]


def _taint(taint: Json) -> Json:
    if not taint.get("key") or not taint.get("effect"):
        raise QuorumError("E2221", f"a taint wants key and effect, got {taint}")
    value = label_value(taint["value"]) if taint.get("value") not in (None, "") else ""
    return {"key": taint["key"], "effect": taint["effect"], **({"value": value} if value else {})}


def _current_taints(node: Json) -> list[Json]:
    return [dict(taint) for taint in node["spec"].get("taints") or []]


def _identity(taint: Json) -> tuple[str, str]:
    """Kubernetes tells taints apart by key and effect."""
    return str(taint["key"]), str(taint["effect"])


def _text(taint: Json) -> str:
    return f"{taint['key']}={taint.get('value', '')}:{taint['effect']}"
