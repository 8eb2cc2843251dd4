# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which hosts may leave a living cluster, in which order, and what that takes for each of them; pure.

Workers go first, then control planes that are dead, then healthy ones: each step leaves the cluster better off for the
next one. The quorum rule is asked for every step as if those before it were done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.nodes import CONTROL_PLANE_ROLE
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import (
    ControlPlane,
    MemberView,
    Step,
    decide,
    find_member,
)

Json = dict[str, Any]

WORKER = "worker"
DEAD_CONTROL_PLANE = "dead_control_plane"
CONTROL_PLANE = "control_plane"
NOTHING = "nothing"

ORDER = (NOTHING, WORKER, DEAD_CONTROL_PLANE, CONTROL_PLANE)

PEER_PORT = 2380


@dataclass(frozen=True)
class Leaving:
    """A host that is to leave: its node's name and address, and whether it answered and has anything of Kubernetes."""

    host: str
    name: str
    address: str = ""
    answers: bool = True
    installed: bool = True
    control_plane: bool = False

    @property
    def peer_url(self) -> str:
        """Where its etcd member listens; a member that never started has no other name."""
        return f"https://[{self.address}]:{PEER_PORT}" if ":" in self.address else f"https://{self.address}:{PEER_PORT}"


@dataclass(frozen=True)
class Removal:
    """What it takes: `kind` is one of ORDER, the others say whether that step is needed."""

    host: str
    kind: str
    drain: bool
    member: bool
    reset: bool
    node: bool

    def as_dict(self) -> Json:
        """For the playbook."""
        return asdict(self)


def plan(
    leaving: Sequence[Leaving],
    nodes: Sequence[Json],
    members: Sequence[MemberView],
    control_planes: Sequence[ControlPlane],
) -> list[Removal]:
    """What is to be done, in order. `nodes` are summaries, `members` those of an etcd that runs on control planes.

    Raises QuorumError E1002 for the last control plane and E1003 where the quorum rule forbids a step.
    """
    by_name = {node["name"]: node for node in nodes}
    removals = [_removal(host, by_name.get(host.name), members) for host in leaving]
    removals.sort(key=lambda removal: ORDER.index(removal.kind))
    _keep_a_control_plane(leaving, removals, nodes, control_planes)
    _ask_quorum({host.host: host for host in leaving}, removals, members, control_planes)
    return removals


def _removal(host: Leaving, node: Json | None, members: Sequence[MemberView]) -> Removal:
    member = _member(host, members) is not None
    # The node of a host that was reset a moment ago is still called Ready, but no kubelet is left to end its pods.
    ready = bool(node and node["ready"]) and (host.installed or not host.answers)
    reset = host.answers and host.installed
    if not (node or member or reset):
        kind = NOTHING
    elif member or host.control_plane or (node is not None and CONTROL_PLANE_ROLE in node["roles"]):
        kind = CONTROL_PLANE if ready and host.answers else DEAD_CONTROL_PLANE
    else:
        kind = WORKER
    return Removal(host.host, kind, ready, member, reset, node is not None)


def _member(host: Leaving, members: Sequence[MemberView]) -> MemberView | None:
    return find_member(members, host.name) or (find_member(members, host.peer_url) if host.address else None)


def _keep_a_control_plane(
    leaving: Sequence[Leaving],
    removals: Sequence[Removal],
    nodes: Sequence[Json],
    control_planes: Sequence[ControlPlane],
) -> None:
    names = {host.host: host.name for host in leaving}
    going = [names[removal.host] for removal in removals if removal.kind in (CONTROL_PLANE, DEAD_CONTROL_PLANE)]
    known = [node["name"] for node in nodes if CONTROL_PLANE_ROLE in node["roles"]]
    staying = [name for name in known if name not in going]
    if going and not any(host.healthy and host.name in staying for host in control_planes):
        raise QuorumError(
            "E1002",
            f"no healthy control plane would stay without {' and '.join(going)}"
            + (f" ({', '.join(staying)} is not healthy)" if staying else ""),
            "repair or add a control plane first, or take the whole cluster apart with reset.yml",
        )


def _ask_quorum(
    hosts: dict[str, Leaving],
    removals: Sequence[Removal],
    members: Sequence[MemberView],
    control_planes: Sequence[ControlPlane],
) -> None:
    """Ask the rule for every member that goes, with those before it gone."""
    remaining = list(members)
    healthy = list(control_planes)
    for removal in removals:
        member = _member(hosts[removal.host], remaining) if removal.member else None
        if member is None:
            continue
        decision = decide(remaining, Step("remove", member.member_id), healthy)
        if not decision.allowed:
            raise QuorumError("E1003", f"{removal.host} cannot be removed: {decision.why}", decision.fix)
        remaining = [one for one in remaining if one != member]
        healthy = [one for one in healthy if one.name != member.name]
