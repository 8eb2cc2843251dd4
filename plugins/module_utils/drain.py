# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which pods leave a node that is drained, which stay, and what keeps those that should leave; pure.

As ``kubectl drain`` sees it (k8s.io/kubectl/pkg/drain/filters.go): pods of a DaemonSet and static pods stay, pods that
no controller brings back and pods whose emptyDir is lost leave only where that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

# Says what this collection cordoned a node for: a run, which gives it back, or maintenance, until somebody gives it
# back; and after a space which drain holds the cordon. Without it the cordon is an administrator's own.
CORDONED = "quorum.kubernetes/cordoned"
RUN = "run"
MAINTENANCE = "maintenance"

# The taint of a cordon.
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"

_MIRROR = "kubernetes.io/config.mirror"
_ENDED = ("Succeeded", "Failed")
# What the API server's refusals have in common that come from budgets (registry/core/pod/storage/eviction.go).
_BUDGET = "budget"

NAMED_PODS = 8


@dataclass(frozen=True)
class Policy:
    """What may be lost: data in emptyDir volumes, and pods that no controller brings back."""

    empty_dir: bool = True
    unmanaged: bool = False


@dataclass(frozen=True)
class Cordon:
    """Whether a node takes no pods, what this collection cordoned it for, and which drain holds it, "" where none."""

    unschedulable: bool
    purpose: str
    holder: str = ""

    @classmethod
    def of(cls, node: Json) -> Cordon:
        """Read a Node object."""
        annotations = (node.get("metadata") or {}).get("annotations") or {}
        unschedulable = bool((node.get("spec") or {}).get("unschedulable"))
        # kubectl uncordon leaves the annotation behind.
        purpose, _space, holder = str(annotations.get(CORDONED, "") if unschedulable else "").partition(" ")
        return cls(unschedulable, purpose, holder)


@dataclass(frozen=True)
class Blocker:
    """Pods that did not leave, by what keeps them."""

    pods: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        more = f" and {len(self.pods) - NAMED_PODS} more" if len(self.pods) > NAMED_PODS else ""
        return f"{', '.join(self.pods[:NAMED_PODS])}{more}: {self.why}"


def label(pod: Json) -> str:
    """What a person calls a pod: namespace/name."""
    return f"{pod['metadata'].get('namespace', '')}/{pod['metadata'].get('name', '')}"


def uid(pod: Json) -> str:
    """The pod's identity: a pod of the same name that comes later has another one."""
    return str(pod["metadata"].get("uid", ""))


def controller(pod: Json) -> str:
    """The kind of what brings the pod back, "" when nothing does."""
    owners = pod["metadata"].get("ownerReferences") or []
    return next((str(owner.get("kind", "")) for owner in owners if owner.get("controller")), "")


def ended(pod: Json) -> bool:
    """Whether the pod has run to its end: nothing is lost with it."""
    return (pod.get("status") or {}).get("phase") in _ENDED


def terminating(pod: Json) -> bool:
    """Whether the pod is on its way out already."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def stays(pod: Json) -> bool:
    """Whether the pod belongs to the node: of a DaemonSet, or static (the kubelet's mirror of a manifest)."""
    if _MIRROR in (pod["metadata"].get("annotations") or {}):
        return True
    return controller(pod) == "DaemonSet" and not ended(pod)


def ignores_cordon(pod: Json) -> bool:
    """Whether the scheduler may put such a pod on a cordoned node again and again."""
    for toleration in (pod.get("spec") or {}).get("tolerations") or []:
        if toleration.get("key") == UNSCHEDULABLE or (
            not toleration.get("key") and toleration.get("operator") == "Exists"
        ):
            return True
    return False


def leaving(pods: Iterable[Json], seen_first: frozenset[str] | None = None) -> list[Json]:
    """Those pods of a node that are to leave it.

    `seen_first` are the uids of the first look: what came later although the node is cordoned would come for ever.
    """
    return [
        pod
        for pod in pods
        if not stays(pod) and (seen_first is None or uid(pod) in seen_first or not ignores_cordon(pod))
    ]


def objections(pods: Iterable[Json], policy: Policy) -> list[Blocker]:
    """What the policy has against evicting these pods; empty when nothing."""
    running = [pod for pod in pods if not ended(pod) and not terminating(pod)]
    unmanaged = tuple(label(pod) for pod in running if not controller(pod))
    with_data = tuple(label(pod) for pod in running if _empty_dirs(pod))
    found = []
    if unmanaged and not policy.unmanaged:
        found.append(Blocker(unmanaged, "no controller would bring it back (kube_drain_unmanaged allows it)"))
    if with_data and not policy.empty_dir:
        found.append(Blocker(with_data, "the data in its emptyDir would be lost (kube_drain_empty_dir allows it)"))
    return found


def eviction(pod: Json) -> Json:
    """The Eviction of exactly this pod: one that has its name later is not meant."""
    metadata = pod["metadata"]
    return {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
        "deleteOptions": {"preconditions": {"uid": uid(pod)}},
    }


def blockers(pods: Sequence[Json], refusals: dict[str, str], budgets: Sequence[Json]) -> list[Blocker]:
    """What keeps each of these pods: disruption budgets, its own end that takes long, or what the API said.

    `refusals` has the last answer to each eviction, by uid.
    """
    by_reason: dict[str, list[str]] = {}
    for pod in pods:
        by_reason.setdefault(_reason(pod, refusals, budgets), []).append(label(pod))
    return [Blocker(tuple(names), why) for why, names in by_reason.items()]


def budgets_of(pod: Json, budgets: Iterable[Json]) -> list[Json]:
    """The PodDisruptionBudgets that select a pod."""
    namespace = pod["metadata"].get("namespace")
    labels = pod["metadata"].get("labels") or {}
    return [
        budget
        for budget in budgets
        if budget["metadata"].get("namespace") == namespace
        and _selects((budget.get("spec") or {}).get("selector"), labels)
    ]


def held(pods: Sequence[Json], budgets: Sequence[Json]) -> list[Blocker]:
    """Pods that a budget would keep at this moment, for a plan."""
    kept = [
        pod
        for pod in pods
        if not ended(pod) and not terminating(pod) and any(_allowed(budget) == 0 for budget in budgets_of(pod, budgets))
    ]
    return blockers(kept, {}, budgets)


def _reason(pod: Json, refusals: dict[str, str], budgets: Sequence[Json]) -> str:
    if terminating(pod):
        return "is still terminating, see its finalizers, its grace period and the kubelet of the node"
    refusal, keeping = refusals.get(uid(pod), ""), budgets_of(pod, budgets)
    if keeping and (not refusal or _BUDGET in refusal.lower()):
        return "kept by " + " and ".join(_budget(budget) for budget in keeping)
    return refusal or "was not evicted in time"


def _budget(budget: Json) -> str:
    status = budget.get("status") or {}
    healthy, wanted = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    allowed = _allowed(budget)
    plural = "" if allowed == 1 else "s"
    return (
        f"PodDisruptionBudget {label(budget)} ({allowed} disruption{plural} allowed, "
        f"{healthy} healthy, {wanted} wanted)"
    )


def _allowed(budget: Json) -> int:
    return int((budget.get("status") or {}).get("disruptionsAllowed") or 0)


def _empty_dirs(pod: Json) -> bool:
    return any("emptyDir" in volume for volume in (pod.get("spec") or {}).get("volumes") or [])


def _selects(selector: Json | None, labels: Json) -> bool:
    """A label selector of policy/v1: none selects nothing, an empty one everything in its namespace."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_matches(expression, labels) for expression in selector.get("matchExpressions") or [])


def _matches(expression: Json, labels: Json) -> bool:
    key, operator = str(expression.get("key")), expression.get("operator")
    values = expression.get("values") or []
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    if operator == "In":
        return labels.get(key) in values
    return labels.get(key) not in values
