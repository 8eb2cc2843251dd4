# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Change etcd's members one step at a time, each step allowed by the quorum rule and awaited.

Every function asks the cluster first, so calling it again is safe: what is so already is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Callable, TypeVar

from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import Gateway
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import (
    ClusterView,
    Member,
    best_successor,
    in_step,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import ControlPlane, Decision, Step, decide
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until

Seen = TypeVar("Seen")

# etcd refuses with these words what it will accept a little later: a member has to be connected for five seconds, a
# learner has to have caught up, and an election has to end (--strict-reconfig-check, server/etcdserver/errors.go).
PASSING = ("unhealthy cluster", "in sync with leader", "leader changed", "no leader", "too many learner members")


@dataclass(frozen=True)
class Target:
    """The member that is meant. Any of its id, name and peer URLs identifies it."""

    name: str = ""
    member_id: str = ""
    peer_urls: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """All that identifies it, the most telling first."""
        return tuple(key for key in (self.member_id, self.name, *self.peer_urls) if key)

    @property
    def label(self) -> str:
        """What a person calls it."""
        return next(iter(self.keys), "")


@dataclass(frozen=True)
class Change:
    """What was done, a sentence a step; empty if everything was so already."""

    steps: tuple[str, ...]
    view: ClusterView


@dataclass
class Membership:
    """The members of one cluster. ``timeout`` in seconds bounds the waiting of each step; a dry run only judges."""

    gateway: Gateway
    endpoints: Sequence[str]
    timeout: float = 60.0
    dry_run: bool = False
    control_planes: Sequence[ControlPlane] | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _known: list[str] = field(default_factory=list)

    def look(self) -> ClusterView:
        """All members' own views, through the given endpoints or those of members seen before."""
        view = etcd_client.look(self.gateway, [*self.endpoints, *self._known])
        answering = [url for member in view.members if member.answers for url in member.listed.client_urls]
        self._known = answering or self._known
        if not view.members:
            raise QuorumError("E2301", view.error, "Look at etcd's log on the hosts of its members.")
        return view

    def add_learner(self, target: Target) -> Change:
        """Make sure that a member with this name and these peer URLs is listed; a new one only learns."""
        view = self.look()
        found = view.find(target.peer_urls[0]) if target.peer_urls else None
        if found is not None and found.listed.name in ("", target.name):
            return Change((), view)
        self._allow(view, Step("add", target.name, target.peer_urls))
        if not self.dry_run:
            endpoint = _speaker(view, "")
            self._persist(partial(etcd_client.add_learner, self.gateway, endpoint, target.peer_urls))
        return self._changed([f"add {target.name} as a learner"], view)

    def promote(self, target: Target) -> Change:
        """Let a learner vote as soon as it is in step with the leader."""
        view = self.look()
        member = _require(view, target)
        if not member.listed.learner:
            return Change((), view)
        self._allow(view, Step("promote", member.listed.member_id))
        if not self.dry_run:
            learner = member
            view = self._wait(self.look, lambda seen: _not_in_step(seen, learner))
            member = view.find(learner.listed.member_id) or learner
            endpoint = _speaker(view, member.listed.member_id)
            self._persist(partial(etcd_client.promote, self.gateway, endpoint, member.listed.member_id))
        return self._changed([f"promote {member.label}"], view)

    def remove(self, target: Target) -> Change:
        """Remove every member that any of the target's keys names, learners first; the leader hands over before."""
        view, steps = self.look(), []
        for member in sorted(_matching(view, target), key=lambda one: not one.listed.learner):
            self._allow(view, Step("remove", member.listed.member_id))
            steps += self._hand_over(view, member) if member.leads else []
            steps.append(f"remove {member.label}")
            if self.dry_run:
                view = ClusterView(tuple(one for one in view.members if one != member))
                continue
            endpoint = _speaker(view, member.listed.member_id)
            self._persist(partial(etcd_client.remove, self.gateway, endpoint, member.listed.member_id))
            view = self.look()
        return Change(tuple(steps), view)

    def follow(self, target: Target) -> Change:
        """Make sure that the member does not lead, unless it is the only one that votes: somebody has to."""
        view = self.look()
        member = _require(view, target)
        voters = [one for one in view.members if not one.listed.learner]
        if not member.leads or voters == [member]:
            return Change((), view)
        return self._changed(self._hand_over(view, member), view)

    def _hand_over(self, view: ClusterView, member: Member) -> list[str]:
        successor = best_successor(view, member.listed.member_id)
        if successor is None:
            raise QuorumError(
                "E2306",
                f"{member.label} leads etcd and no other voting member is healthy to take over",
                "Repair the other members first.",
            )
        if not self.dry_run:
            endpoint, heir = member.listed.client_urls[0], successor.listed.member_id
            self._persist(partial(etcd_client.move_leader, self.gateway, endpoint, heir))
            self._wait(self.look, lambda seen: _still_leads(seen, member))
        return [f"move leadership from {member.label} to {successor.label}"]

    def _allow(self, view: ClusterView, step: Step) -> Decision:
        decision = decide(view.for_quorum(), step, self.control_planes)
        if not decision.allowed:
            raise QuorumError("E2307", decision.why, decision.fix)
        return decision

    def _persist(self, request: Callable[[], object]) -> None:
        """Repeat a request while etcd refuses it with words that pass."""

        def attempt() -> str:
            try:
                request()
            except QuorumError as error:
                if not any(words in error.seen for words in PASSING):
                    raise
                return error.seen
            return ""

        self._wait(attempt, lambda refusal: [refusal] if refusal else [])

    def _wait(self, observe: Callable[[], Seen], missing: Callable[[Seen], list[str]]) -> Seen:
        fix = "Look at etcd's log on the hosts of its members."
        return wait_until(observe, missing, self.timeout, "E2305", fix, clock=self.clock, sleep=self.sleep)

    def _changed(self, steps: Sequence[str], before: ClusterView) -> Change:
        return Change(tuple(steps), before if self.dry_run else self.look())


def _matching(view: ClusterView, target: Target) -> list[Member]:
    """All members that any key names; an old entry and a new one of the same host may both be there."""
    found = [view.find(key) for key in target.keys]
    return [member for member in view.members if member in found]


def _require(view: ClusterView, target: Target) -> Member:
    found = _matching(view, target)
    if not found:
        raise QuorumError("E2308", f"etcd has no member {target.label}", "Look at the member list.")
    return found[0]


def _speaker(view: ClusterView, subject: str) -> str:
    """The client URL of the member to send a change to: a healthy one, else one that answers, never ``subject``."""
    fallback = (m for m in view.members if m.answers and not m.listed.learner and m.listed.member_id != subject)
    member = best_successor(view, subject) or next(fallback, None)
    if member is None:
        raise QuorumError("E2306", "no other voting member of etcd answers", "Bring a member back first.")
    return member.listed.client_urls[0]


def _not_in_step(view: ClusterView, learner: Member) -> list[str]:
    now = view.find(learner.listed.member_id)
    if now is None:
        return [f"{learner.label} is no longer a member"]
    why = now.error or "it is behind"
    return [] if in_step(view, now) else [f"{now.label} has not caught up with the leader: {why}"]


def _still_leads(view: ClusterView, member: Member) -> list[str]:
    leader = view.leader
    if leader is None or leader.listed.member_id == member.listed.member_id:
        return [f"no other member leads etcd than {member.label}"]
    return []
