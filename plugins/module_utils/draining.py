# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cordoning, draining and giving back one node through the API.

Pods leave through the eviction API, so that disruption budgets hold. A refusal is asked again until a deadline, and a
node whose drain fails is given back.

A drain goes on here when the run that began it is killed. So each one writes its own name to the cordon, also to one
that a killed run left, and the one whose name is no longer there ends: it evicts nothing more and gives nothing back.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Callable
from urllib.parse import quote

from ansible_collections.quorum.kubernetes.plugins.module_utils import drain, nodes
from ansible_collections.quorum.kubernetes.plugins.module_utils.drain import Blocker, Cordon, Policy
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl, is_not_found, kubectl_error

Json = dict[str, Any]

EVICTIONS_AT_ONCE = 8
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 5.0

# Another pod has the name now (the uid of the eviction does not fit): the one that was meant is gone.
_GONE = "(conflict)"


@dataclass
class Drainer:
    """One node; `purpose` is what it is cordoned for, `name` that of this drain. Times are in seconds."""

    kubectl: Kubectl
    node: str
    policy: Policy
    timeout: float = 300.0
    check_mode: bool = False
    purpose: str = drain.RUN
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    steps: list[str] = field(default_factory=list)
    _refusals: dict[str, str] = field(default_factory=dict)
    _under: Cordon | None = None

    def cordon(self) -> None:
        """Let no more pods onto the node.

        A cordon of the same purpose, or of a run, which is over, is taken over; that is no change of the node. Another
        one stays as it is.
        """
        if self.purpose == drain.MAINTENANCE:
            self._refuse_second_control_plane()
        self._under = self._cordon_now()
        if self._under.unschedulable and self._under.purpose not in (self.purpose, drain.RUN):
            return
        if not self._under.unschedulable:
            self.steps.append(f"cordon {self.node}")
        self._under = Cordon(True, self.purpose, self.name)
        self._patch(True, f"{self.purpose} {self.name}")

    def uncordon(self, own_only: bool) -> None:
        """Let pods onto the node again; with `own_only` a cordon stays that is not of this purpose, or taken over."""
        now = self._cordon_now()
        others = now.purpose != self.purpose or self._under not in (None, now)
        if not now.unschedulable or (own_only and others):
            return
        self.steps.append(f"uncordon {self.node}")
        self._patch(False, None)

    def forget(self) -> None:
        """Delete the Node object, if there is one."""
        if self.kubectl.get("node", self.node) is None:
            return
        self.steps.append(f"delete node {self.node}")
        if not self.check_mode:
            self.kubectl.delete("node", [self.node])

    def drain(self) -> list[str]:
        """Cordon the node and wait until the pods that leave are gone; return their names.

        What the policy forbids is said before anything is changed. QuorumError names what keeps the pods; the node is
        given back then, unless it was cordoned for something else.
        """
        pods = drain.leaving(self._pods())
        try:
            self._allow(pods)
            self.cordon()
            if self.check_mode:
                self.steps += [f"evict {drain.label(pod)}" for pod in pods]
                return [drain.label(pod) for pod in pods]
            return self._evict_all()
        except QuorumError:
            self.uncordon(own_only=True)
            raise

    def outlook(self) -> tuple[list[str], list[Blocker], list[Blocker]]:
        """The pods that would leave now, what the policy has against it, and what budgets would keep at this moment."""
        pods = drain.leaving(self._pods())
        against = drain.objections(pods, self.policy)
        return [drain.label(pod) for pod in pods], against, drain.held(pods, self._budgets())

    def _evict_all(self) -> list[str]:
        deadline, pause = self.clock() + self.timeout, FIRST_PAUSE
        evicted: dict[str, str] = {}
        first: frozenset[str] | None = None
        while True:
            self._refuse_when_taken_over()
            pods = drain.leaving(self._pods(), first)
            first = frozenset(map(drain.uid, pods)) if first is None else first
            if not pods:
                self.steps += [f"evict {name}" for name in evicted.values()]
                return list(evicted.values())
            self._allow(pods)
            evicted.update({drain.uid(pod): drain.label(pod) for pod in pods})
            refused = self._evict([pod for pod in pods if not drain.terminating(pod)])
            if self.clock() + pause > deadline:
                raise self._too_late(pods)
            self.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE) if refused else FIRST_PAUSE

    def _evict(self, pods: Sequence[Json]) -> bool:
        """Ask for the eviction of all of them at once; return whether one was refused."""
        if not pods:
            return False
        with ThreadPoolExecutor(min(EVICTIONS_AT_ONCE, len(pods))) as threads:
            answers = list(threads.map(self._evict_one, pods))
        self._refusals = {drain.uid(pod): answer for pod, answer in zip(pods, answers) if answer}
        return bool(self._refusals)

    def _evict_one(self, pod: Json) -> str:
        """Ask for one eviction; return why it was refused, "" when it was not."""
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/eviction"
        result = self.kubectl.run_once(["create", "--raw", path, "-f", "-"], stdin=json.dumps(drain.eviction(pod)))
        gone = is_not_found(result) or _GONE in result.stderr.lower()
        return "" if result.ok or gone else result.reason()

    def _refuse_second_control_plane(self) -> None:
        """Raise when a control plane would leave while another is in maintenance, which may be off at any moment."""
        found = {node["metadata"]["name"]: node for node in self.kubectl.list("nodes")}
        control_planes = [name for name in found if nodes.CONTROL_PLANE_ROLE in nodes.summary(found[name])["roles"]]
        away = [name for name in control_planes if Cordon.of(found[name]).purpose == drain.MAINTENANCE]
        others = [name for name in away if name != self.node]
        if self.node in control_planes and others:
            wrong = f"{', '.join(others)} is in maintenance, and only one control plane may be out of service"
            raise QuorumError("E2504", wrong, "give it back first: maintenance.yml with --tags end")

    def _refuse_when_taken_over(self) -> None:
        """Raise when the node is no longer cordoned as it was when this drain began."""
        if self._cordon_now() != self._under:
            wrong = f"the drain of {self.node} ends: a later one has taken it over, or somebody gave the node back"
            raise QuorumError("E2505", wrong, "see who works on the cluster, and run again")

    def _allow(self, pods: Sequence[Json]) -> None:
        against = drain.objections(pods, self.policy)
        if against:
            fix = "move or delete these pods yourself, or set that variable, and run again"
            raise QuorumError("E2501", f"{self.node} must not be drained: {_sentence(against)}", fix)

    def _too_late(self, pods: Sequence[Json]) -> QuorumError:
        found = _sentence(drain.blockers(pods, self._refusals, self._budgets()))
        fix = "let the budgets allow it (more replicas, lower minAvailable) or raise kube_drain_timeout, and run again"
        return QuorumError("E2502", f"{self.node} is not drained after {self.timeout:g} s: {found}", fix)

    def _pods(self) -> list[Json]:
        return self._items(f"/api/v1/pods?fieldSelector={quote(f'spec.nodeName={self.node}', safe='')}")

    def _budgets(self) -> list[Json]:
        return self._items("/apis/policy/v1/poddisruptionbudgets")

    def _items(self, path: str) -> list[Json]:
        arguments = ["get", "--raw", path]
        result = self.kubectl.checked(arguments)
        try:
            return list(json.loads(result.stdout)["items"])
        except (ValueError, KeyError, TypeError):
            raise kubectl_error(arguments, result) from None

    def _cordon_now(self) -> Cordon:
        node = self.kubectl.get("node", self.node)
        if node is None:
            raise QuorumError("E2503", f"the cluster has no node {self.node}", "see kubectl get nodes")
        return Cordon.of(node)

    def _patch(self, unschedulable: bool, mark: str | None) -> None:
        if not self.check_mode:
            patch = {
                "metadata": {"annotations": {drain.CORDONED: mark}},
                "spec": {"unschedulable": unschedulable or None},
            }
            self.kubectl.patch("node", self.node, patch, kind="merge")


def _sentence(found: Sequence[Blocker]) -> str:
    return "; ".join(map(str, found))
