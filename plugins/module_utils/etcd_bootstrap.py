# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a member of etcd starts: with the data it has, in a new cluster, or into one that exists. Pure.

A member without data is the dangerous case. Started as "new" although its cluster lives, or under the identity of a
member whose data is lost, it would vote without remembering what it has acknowledged. So a new cluster is formed only
while no member has data, and a member whose data is lost leaves the cluster before it comes back as a learner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import ClusterView

NEW = "new"
EXISTING = "existing"


def url_host(address: str) -> str:
    """An address as it stands in a URL: IPv6 in brackets."""
    return f"[{address}]" if ":" in address else address


def peer_url(member: Mapping[str, Any]) -> str:
    """A member's peer URL: the given one, or the usual port at its address."""
    if not member.get("name") or not (member.get("peer_url") or member.get("address")):
        raise QuorumError("E2330", f"the member {dict(member)} has no name, or neither peer_url nor address")
    return str(member.get("peer_url") or f"https://{url_host(str(member['address']))}:2380")


def initial_cluster(members: Sequence[Mapping[str, Any]]) -> str:
    """The value of --initial-cluster."""
    return ",".join(f"{member.get('name')}={peer_url(member)}" for member in members)


def own_member(members: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """The member with this name. Raises QuorumError if there is none."""
    for member in members:
        if member.get("name") == name:
            return member
    raise QuorumError("E2334", f"{name} is not among the members", "Add it to the members.")


@dataclass(frozen=True)
class Start:
    """How to start: ``action`` is "form" (a new cluster), "resume" (its forming) or "join" (an existing cluster).

    ``lost`` says that the member is listed and had data once.
    """

    action: str
    lost: bool = False


def decide(own_name: str, own_peer_url: str, nobody_has_data: bool, view: ClusterView) -> Start:
    """How a member without data starts, given what the other members say. Raises QuorumError if that is unknown."""
    if nobody_has_data:
        return Start("form")
    if not view.members:
        raise QuorumError(
            "E2331",
            f"this member has no data, others have, but none of them answers: {view.error}",
            "Start the members that have data first; if all data is lost, use restore.yml.",
        )
    own = view.find(own_peer_url) or view.find(own_name)
    if own is None:
        return Start("join")
    if own.answers and own_peer_url not in own.listed.peer_urls:
        where = ", ".join(own.listed.peer_urls)
        raise QuorumError("E2332", f"another member is called {own_name} already ({where})", "Choose another name.")
    if own.listed.client_urls:
        return Start("join", lost=True)
    # Listed and never started: a learner that a killed run added, or a member of a cluster that is just being formed.
    # While there is no leader the latter can only be waited for by the others, so it starts as they did.
    has_leader = any(one.leader for one in view.views)
    return Start("join" if own.listed.learner or has_leader else "resume")


def environment(cluster: str, state: str, token: str) -> str:
    """The text of the environment file that etcd reads at its first start only."""
    return (
        "# Only read while the data directory is empty.\n"
        f'ETCD_INITIAL_CLUSTER="{cluster}"\n'
        f'ETCD_INITIAL_CLUSTER_STATE="{state}"\n'
        f'ETCD_INITIAL_CLUSTER_TOKEN="{token}"\n'
    )


def existing_cluster(view: ClusterView, own_name: str, own_peer_url: str) -> str:
    """--initial-cluster of a member that joins: exactly the members there are, the new one under its own name.

    etcd compares peer URLs alone; names of members that never started are unknown and may be anything unique.
    """
    members = []
    for member in view.members:
        for url in member.listed.peer_urls:
            name = own_name if url == own_peer_url else member.listed.name or member.listed.member_id
            members.append({"name": name, "peer_url": url})
    return initial_cluster(members)
