# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rule that keeps etcd alive: may this member be added, promoted, removed or restarted now?

One pure function, :func:`decide`. It takes what every member says of itself and the intended step, and answers
with a decision that carries the sentence a person reads.

The rule: ``target`` is the number of voters after the step and ``quorum = target // 2 + 1``. Voters that do not answer
or that have an alarm are unhealthy; a member that joins or restarts counts as unhealthy too (a joining one not, while
there is at most one voter: nothing else could ever grow a cluster of one). A step is allowed if and only if

* no learner is left aside by it, and
* a change of membership can be committed at all, that is a majority of today's voters answers, and
* ``target - unhealthy >= quorum``, and
* it does not remove the last voter, and
* at least one fully healthy control plane stays beside the one it touches.

Restarting the only voter is the one exception: it interrupts the cluster, but it can cost neither quorum nor data, and
without it a cluster of one could not be changed at all.

A dead member is removed before its replacement is added, so an addition under the name or peer URL of an existing
member is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Action = Literal["add", "promote", "remove", "restart"]

ACTIONS: tuple[Action, ...] = ("add", "promote", "remove", "restart")


@dataclass(frozen=True)
class MemberView:
    """One member as seen now. ``answers`` is true if it served a linearizable read; an empty name: never started."""

    member_id: str
    name: str
    peer_urls: tuple[str, ...] = ()
    learner: bool = False
    answers: bool = True
    alarms: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether it can be counted on."""
        return self.answers and not self.alarms

    @property
    def label(self) -> str:
        """What a person calls it: its name, or its peer URL while it has none."""
        return self.name or "(never started, {})".format(", ".join(self.peer_urls) or self.member_id)


@dataclass(frozen=True)
class ControlPlane:
    """A control plane host. ``name`` is its node name, which is also its member's name where etcd is stacked."""

    name: str
    healthy: bool


@dataclass(frozen=True)
class Step:
    """What is intended. ``member`` is a member's id, name or peer URL; for ``add`` the name of the new member."""

    action: Action
    member: str
    peer_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The answer. ``voters``, ``quorum`` and ``healthy`` count after the step; ``why`` is one sentence."""

    allowed: bool
    why: str
    fix: str = ""
    voters: int = 0
    quorum: int = 0
    healthy: int = 0


def majority(voters: int) -> int:
    """The number of members that have to agree among ``voters`` (Raft)."""
    return voters // 2 + 1


def find_member(members: Sequence[MemberView], wanted: str) -> MemberView | None:
    """Return the member whose id, name or one of whose peer URLs is ``wanted``."""
    for member in members:
        if wanted and (wanted in (member.member_id, member.name) or wanted in member.peer_urls):
            return member
    return None


def decide(members: Sequence[MemberView], step: Step, control_planes: Sequence[ControlPlane] | None = None) -> Decision:
    """Judge ``step`` by the rule above.

    Without ``control_planes`` only etcd is judged; the majority then stands for the control planes.
    """
    if not members:
        return Decision(
            False, "no etcd member is known, so nothing can be said about quorum.", "Ask a member that runs."
        )
    subject = find_member(members, step.member)
    refusal = _settled(members, subject, step)
    if refusal is not None:
        return refusal
    voters = [member for member in members if not member.learner]
    if voters == [subject]:
        return _only_voter(voters[0], step)
    refusal = _can_commit(voters, step) or _control_plane_stays(subject, step, control_planes)
    return refusal or _majority_stays(voters, subject, step)


def _settled(members: Sequence[MemberView], subject: MemberView | None, step: Step) -> Decision | None:
    """Refuse a step whose subject is not what the step needs, or that leaves a learner aside."""
    if step.action == "add":
        subject = subject or next((m for url in step.peer_urls for m in [find_member(members, url)] if m), None)
        if subject is not None:
            return Decision(
                False,
                "{} is an etcd member already ({}).".format(step.member, ", ".join(subject.peer_urls) or subject.label),
                "Remove the old member first, then add its replacement.",
            )
    elif subject is None:
        return Decision(False, f"etcd has no member {step.member}.", "Look at the member list.")
    elif step.action == "promote" and not subject.learner:
        return Decision(False, f"{subject.label} votes already.", "Nothing is left to do.")
    settles = subject.member_id if subject is not None and step.action in ("promote", "remove") else ""
    aside = [member.label for member in members if member.learner and member.member_id != settles]
    if aside:
        return Decision(
            False,
            "etcd has a learner that nobody has settled: {}.".format(", ".join(aside)),
            "Promote it once it is in step, or remove it, and run again.",
        )
    return None


def _only_voter(voter: MemberView, step: Step) -> Decision:
    """Judge restarting or removing the only member that votes."""
    if step.action == "remove":
        return Decision(
            False,
            f"{voter.label} is the last etcd member that votes; removing it would end the cluster.",
            "Use reset.yml to take the whole cluster apart.",
        )
    why = f"{voter.label} is the only etcd member: the cluster is silent while it restarts, but no quorum is lost."
    return Decision(True, why, voters=1, quorum=1, healthy=0)


def _can_commit(voters: Sequence[MemberView], step: Step) -> Decision | None:
    """A change of membership is itself an entry that a majority of today's voters has to accept."""
    if step.action == "restart":
        return None
    answering, needed = sum(1 for voter in voters if voter.answers), majority(len(voters))
    if answering >= needed:
        return None
    return Decision(
        False,
        f"etcd has no quorum: {answering} of {len(voters)} voting members answer, {needed} are needed.",
        f"Bring back the members that do not answer ({_unhealthy_labels(voters)}), or restore a backup.",
    )


def _control_plane_stays(
    subject: MemberView | None, step: Step, control_planes: Sequence[ControlPlane] | None
) -> Decision | None:
    """At least one fully healthy control plane has to stay beside the one that the step takes away."""
    if control_planes is None:
        return None
    taken = subject.name if subject is not None and step.action in ("remove", "restart") else None
    if any(host.healthy and host.name != taken for host in control_planes):
        return None
    return Decision(
        False,
        f"no fully healthy control plane would stay beside {taken}." if taken else "no control plane is fully healthy.",
        "Repair or add a control plane first.",
    )


def _majority_stays(voters: Sequence[MemberView], subject: MemberView | None, step: Step) -> Decision:
    """The heart of the rule: ``target - unhealthy >= quorum``."""
    name = subject.label if subject is not None else step.member
    stays = [voter for voter in voters if not (step.action == "remove" and voter == subject)]
    target, unhealthy = len(stays), sum(1 for voter in stays if not voter.healthy)
    if step.action in ("add", "promote"):
        target += 1
        unhealthy += 1 if len(voters) > 1 else 0
    elif step.action == "restart" and subject is not None and subject.healthy:
        unhealthy += 1
    quorum, healthy = majority(target), target - unhealthy
    counted = f"{healthy} of {target} voting members would be healthy, {quorum} are needed"
    verb = {"add": "adding", "promote": "promoting", "remove": "removing", "restart": "restarting"}[step.action]
    if healthy >= quorum:
        return Decision(True, f"{verb} {name} is safe: {counted}.", "", target, quorum, healthy)
    sick = _unhealthy_labels([voter for voter in stays if voter != subject])
    return Decision(
        False,
        f"{verb} {name} would endanger etcd's quorum: {counted}" + (f" (unhealthy: {sick})." if sick else "."),
        "Repair or remove the unhealthy members first." if sick else "Add a member first.",
        target,
        quorum,
        healthy,
    )


def _unhealthy_labels(members: Sequence[MemberView]) -> str:
    return ", ".join(
        "{} ({})".format(m.label, ", ".join(m.alarms) if m.alarms and m.answers else "does not answer")
        for m in members
        if not m.healthy
    )
