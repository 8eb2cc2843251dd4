# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the members of an etcd cluster say of themselves, put side by side. Pure: the answers come from etcd_client.

Nobody's word is taken for another member: each one is asked for its own leader, term, revision and member list, and
the cluster is in agreement only if all of them say the same. Identifiers are lower-case hexadecimal as etcdctl prints
them; the JSON gateway writes 64-bit numbers as decimal strings and leaves out what is zero, false or empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import MemberView

# Members answer a few milliseconds apart while writes go on, so their applied indexes differ by what was written in
# between (a busy cluster writes some hundred a second). A member further behind than this has not caught up.
MAX_LAG = 1000

# How etcd prints an alarm among the errors of its status, for example "memberID:1234  alarm:NOSPACE".
_ALARM = re.compile(r"(?:memberID:\s*(\d+)\s*)?alarm:\s*([A-Z]+)")


def hex_id(value: Any) -> str:
    """Return a gateway's 64-bit number as hexadecimal; "" for none."""
    number = int(value or 0)
    return format(number, "x") if number else ""


def decimal_id(member_id: str) -> str:
    """Return an identifier as the gateway wants it."""
    return str(int(member_id, 16))


@dataclass(frozen=True)
class Listed:
    """One entry of a member list. The name and the client URLs are empty until the member has started once."""

    member_id: str
    name: str
    peer_urls: tuple[str, ...]
    client_urls: tuple[str, ...]
    learner: bool


@dataclass(frozen=True)
class OwnView:
    """What one member says of itself and of the cluster.

    Sizes are in bytes; ``leader`` is "" if it knows none; ``members`` is None from a learner, which tells no list.
    """

    member_id: str
    cluster_id: str
    leader: str
    revision: int
    raft_term: int
    raft_index: int
    applied_index: int
    version: str
    storage_version: str
    db_size: int
    db_size_in_use: int
    db_size_quota: int
    alarms: tuple[tuple[str, str], ...]
    members: tuple[Listed, ...] | None
    read_error: str


def parse_members(answer: Mapping[str, Any]) -> tuple[Listed, ...]:
    """Read the answer of /v3/cluster/member/list, ordered by name and peer URL."""
    listed = [
        Listed(
            member_id=hex_id(entry.get("ID")),
            name=str(entry.get("name", "")),
            peer_urls=tuple(sorted(entry.get("peerURLs", ()))),
            client_urls=tuple(sorted(entry.get("clientURLs", ()))),
            learner=bool(entry.get("isLearner", False)),
        )
        for entry in answer.get("members", ())
    ]
    return tuple(sorted(listed, key=lambda one: (one.name, one.peer_urls, one.member_id)))


def parse_view(status: Mapping[str, Any], members: tuple[Listed, ...] | None, read_error: str) -> OwnView:
    """Read the answer of /v3/maintenance/status; ``read_error`` is why a linearizable read failed, "" if it did not."""
    header = status.get("header", {})
    return OwnView(
        member_id=hex_id(header.get("member_id")),
        cluster_id=hex_id(header.get("cluster_id")),
        leader=hex_id(status.get("leader")),
        revision=int(header.get("revision", 0)),
        raft_term=int(status.get("raftTerm", 0)),
        raft_index=int(status.get("raftIndex", 0)),
        applied_index=int(status.get("raftAppliedIndex", 0)),
        version=str(status.get("version", "")),
        storage_version=str(status.get("storageVersion", "")),
        db_size=int(status.get("dbSize", 0)),
        db_size_in_use=int(status.get("dbSizeInUse", 0)),
        db_size_quota=int(status.get("dbSizeQuota", 0)),
        alarms=parse_alarms(status.get("errors", ()), hex_id(header.get("member_id"))),
        members=members,
        read_error=read_error,
    )


def parse_alarms(errors: Sequence[str], own_id: str) -> tuple[tuple[str, str], ...]:
    """Return (member id, alarm) pairs among a status' errors; an alarm without a member is the answering one's own."""
    found = [_ALARM.search(error) for error in errors]
    return tuple(sorted((hex_id(hit.group(1)) or own_id, hit.group(2)) for hit in found if hit))


@dataclass(frozen=True)
class Member:
    """A listed member with its own view, or the reason why it has none."""

    listed: Listed
    view: OwnView | None
    error: str
    alarms: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name, or its peer URL while it has none."""
        return self.for_quorum().label

    @property
    def started(self) -> bool:
        """Whether it has ever joined: it publishes its name then."""
        return bool(self.listed.name)

    @property
    def answers(self) -> bool:
        """Whether it serves: learners serve no reads, so their status has to do."""
        return self.view is not None and (self.listed.learner or not self.view.read_error)

    @property
    def healthy(self) -> bool:
        """Whether it serves and has no alarm."""
        return self.answers and not self.alarms

    @property
    def leads(self) -> bool:
        """Whether it believes that it is the leader."""
        return self.view is not None and self.view.leader == self.listed.member_id

    def for_quorum(self) -> MemberView:
        """The same member for the quorum rule."""
        return MemberView(
            self.listed.member_id,
            self.listed.name,
            self.listed.peer_urls,
            self.listed.learner,
            self.answers,
            self.alarms,
        )

    def as_dict(self) -> dict[str, Any]:
        """What a module returns."""
        view = self.view
        return {
            "id": self.listed.member_id,
            "name": self.listed.name,
            "peer_urls": list(self.listed.peer_urls),
            "client_urls": list(self.listed.client_urls),
            "is_learner": self.listed.learner,
            "is_leader": self.leads,
            "started": self.started,
            "healthy": self.healthy,
            "error": self.error,
            "alarms": list(self.alarms),
            "leader": view.leader if view else None,
            "revision": view.revision if view else None,
            "raft_term": view.raft_term if view else None,
            "raft_index": view.raft_index if view else None,
            "raft_applied_index": view.applied_index if view else None,
            "version": view.version if view else None,
            "storage_version": view.storage_version if view else None,
            "db_size": view.db_size if view else None,
            "db_size_in_use": view.db_size_in_use if view else None,
            "db_size_quota": view.db_size_quota if view else None,
        }


@dataclass(frozen=True)
class ClusterView:
    """All members, each with its own view."""

    members: tuple[Member, ...]
    error: str = ""

    @property
    def views(self) -> list[OwnView]:
        """The views of those that answer."""
        return [member.view for member in self.members if member.view is not None]

    @property
    def leader(self) -> Member | None:
        """The member that the most recent term's views call leader."""
        latest = max(self.views, key=lambda view: view.raft_term, default=None)
        return next((m for m in self.members if latest and latest.leader == m.listed.member_id), None)

    def find(self, wanted: str) -> Member | None:
        """Return the member whose id, name or one of whose peer URLs is ``wanted``."""
        for member in self.members:
            listed = member.listed
            if wanted and (wanted in (listed.member_id, listed.name) or wanted in listed.peer_urls):
                return member
        return None

    def for_quorum(self) -> list[MemberView]:
        """All members for the quorum rule."""
        return [member.for_quorum() for member in self.members]

    def as_dict(self) -> dict[str, Any]:
        """What a module returns: members, agreement, the reasons against it, leader's name, versions in use."""
        problems = disagreements(self)
        leader = self.leader
        return {
            "members": [member.as_dict() for member in self.members],
            "agreement": not problems,
            "reasons": problems,
            "leader": leader.listed.name if leader else None,
            "cluster_id": next((view.cluster_id for view in self.views), None),
            "versions": sorted({view.version for view in self.views}),
        }


def merge(members: Sequence[Listed], answers: Mapping[str, OwnView | str]) -> ClusterView:
    """Put every member's own view (or the sentence why there is none) beside its entry in the list, by member id."""
    views = {key: view for key, view in answers.items() if isinstance(view, OwnView)}
    alarms = {pair for view in views.values() for pair in view.alarms}
    merged = []
    for listed in members:
        answer = answers.get(listed.member_id, "it has never started" if not listed.name else "it was not asked")
        own: OwnView | None = views.get(listed.member_id)
        error = own.read_error if own is not None else str(answer)
        if own is not None and own.member_id != listed.member_id:
            error = f"member {own.member_id} answers at its client URL"
            own = None
        raised = tuple(sorted({alarm for member_id, alarm in alarms if member_id == listed.member_id}))
        merged.append(Member(listed, own, error, raised))
    return ClusterView(tuple(merged))


def disagreements(cluster: ClusterView) -> list[str]:
    """Return in short sentences what speaks against "all members are healthy and agree"; an empty list if nothing."""
    if not cluster.members:
        return [cluster.error or "no etcd member answers"]
    reasons = [reason for member in cluster.members for reason in _complaints(member)]
    views = cluster.views
    if not views:
        return reasons
    for what, values in (
        ("cluster id", {view.cluster_id for view in views}),
        ("leader", {view.leader for view in views}),
        ("term", {str(view.raft_term) for view in views}),
    ):
        if len(values) > 1:
            reasons.append(f"the members do not agree on the {what}: {', '.join(sorted(values))}")
    if len({view.members for view in views if view.members is not None}) > 1:
        reasons.append("the members do not have the same member list")
    if "" in {view.leader for view in views}:
        reasons.append("there is no leader")
    newest = max(view.applied_index for view in views)
    for member in cluster.members:
        if member.view is not None and newest - member.view.applied_index > MAX_LAG:
            reasons.append(f"{member.label} is {newest - member.view.applied_index} entries behind")
    return reasons


def _complaints(member: Member) -> list[str]:
    """What is wrong with one member by itself."""
    found = [f"{member.label} has the alarm {alarm}" for alarm in member.alarms]
    if not member.started:
        found.append(f"{member.label} is listed but never joined")
    elif not member.answers:
        found.append(f"{member.label} does not answer: {member.error}")
    if member.listed.learner:
        found.append(f"{member.label} is a learner, not a voting member yet")
    return found


def missing_members(cluster: ClusterView, names: Sequence[str]) -> list[str]:
    """Return a sentence for each of ``names`` that is no member. Further members are none of the gate's business."""
    present = {member.listed.name for member in cluster.members}
    return [f"{name} is not a member" for name in names if name not in present]


def best_successor(cluster: ClusterView, leaving: str) -> Member | None:
    """Return the healthy voting member other than ``leaving`` (an id) that has applied most, to hand leadership to."""
    able = [m for m in cluster.members if m.healthy and not m.listed.learner and m.listed.member_id != leaving]
    return max(able, key=lambda m: (m.view.applied_index if m.view else 0, m.listed.name), default=None)


def in_step(cluster: ClusterView, learner: Member) -> bool:
    """Whether a learner has applied as much as the leader, but for what is being written now."""
    leader = cluster.leader
    if learner.view is None or leader is None or leader.view is None:
        return False
    return leader.view.applied_index - learner.view.applied_index <= MAX_LAG
