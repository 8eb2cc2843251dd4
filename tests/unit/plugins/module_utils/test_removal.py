"""Which hosts may leave, in which order, and what that takes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import removal
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import ControlPlane, MemberView
from ansible_collections.quorum.kubernetes.plugins.module_utils.removal import Leaving

Json = dict[str, Any]


class Cluster:
    """Control planes cp1..cpN with an etcd member each, and workers w1, w2. `dead` ones answer nobody."""

    def __init__(self, control_planes: int = 3, dead: tuple[str, ...] = ()) -> None:
        names = [f"cp{number}" for number in range(1, control_planes + 1)]
        self.dead = dead
        self.nodes = [self._node(name, ["control-plane"]) for name in names]
        self.nodes += [self._node(name, []) for name in ("w1", "w2")]
        self.members = [
            MemberView(f"id-{name}", name, (f"https://{name}.example:2380",), answers=name not in dead)
            for name in names
        ]
        self.control_planes = [ControlPlane(name, name not in dead) for name in names]

    def plan(self, *hosts: str | Leaving) -> list[removal.Removal]:
        """Plan the removal of these hosts."""
        leaving = [
            host
            if isinstance(host, Leaving)
            else Leaving(host, host, answers=host not in self.dead, control_plane=host.startswith("cp"))
            for host in hosts
        ]
        return removal.plan(leaving, self.nodes, self.members, self.control_planes)

    def _node(self, name: str, roles: list[str]) -> Json:
        return {"name": name, "roles": roles, "ready": name not in self.dead}


def test_a_worker_is_drained_reset_and_forgotten() -> None:
    assert Cluster().plan("w1") == [removal.Removal("w1", removal.WORKER, True, False, True, True)]


def test_a_dead_worker_is_only_forgotten() -> None:
    assert Cluster(dead=("w2",)).plan("w2") == [removal.Removal("w2", removal.WORKER, False, False, False, True)]


def test_a_control_plane_also_leaves_etcd() -> None:
    assert Cluster().plan("cp2") == [removal.Removal("cp2", removal.CONTROL_PLANE, True, True, True, True)]


def test_workers_go_first_then_dead_control_planes_then_healthy_ones() -> None:
    planned = Cluster(5, dead=("cp4",)).plan("cp5", "cp4", "w1")
    assert [(one.host, one.kind) for one in planned] == [
        ("w1", removal.WORKER),
        ("cp4", removal.DEAD_CONTROL_PLANE),
        ("cp5", removal.CONTROL_PLANE),
    ]


def test_two_of_three_control_planes_may_leave_one_after_another() -> None:
    assert [one.host for one in Cluster().plan("cp2", "cp3")] == ["cp2", "cp3"]


@pytest.mark.parametrize("dead", [(), ("cp2", "cp3")])
def test_the_last_healthy_control_plane_stays(dead: tuple[str, ...]) -> None:
    cluster = Cluster(3 if dead else 1, dead)
    with pytest.raises(QuorumError, match="E1002 no healthy control plane would stay without cp1"):
        cluster.plan("cp1")


def test_a_healthy_control_plane_is_not_removed_while_another_is_down() -> None:
    with pytest.raises(QuorumError, match=r"E1003 cp3 cannot be removed: .*quorum"):
        Cluster(3, dead=("cp2",)).plan("cp3")


def test_the_dead_one_may_leave_and_the_healthy_one_after_it() -> None:
    assert [one.host for one in Cluster(3, dead=("cp2",)).plan("cp3", "cp2")] == ["cp2", "cp3"]


def test_what_is_gone_already_takes_nothing() -> None:
    assert Cluster().plan(Leaving("w9", "w9", installed=False)) == [
        removal.Removal("w9", removal.NOTHING, False, False, False, False)
    ]


def test_a_removal_that_was_interrupted_goes_on_with_what_is_left() -> None:
    cluster = Cluster()
    cluster.members.pop()
    assert cluster.plan("cp3") == [removal.Removal("cp3", removal.CONTROL_PLANE, True, False, True, True)]
    cluster.nodes = [node for node in cluster.nodes if node["name"] != "w1"]
    assert cluster.plan("w1") == [removal.Removal("w1", removal.WORKER, False, False, True, False)]


def test_a_host_that_was_reset_a_moment_ago_is_not_drained() -> None:
    """Its Node object says Ready until the control plane misses its kubelet."""
    cluster = Cluster()
    assert cluster.plan(Leaving("w1", "w1", installed=False)) == [
        removal.Removal("w1", removal.WORKER, False, False, False, True)
    ]
    cluster.members.pop()
    assert cluster.plan(Leaving("cp3", "cp3", installed=False, control_plane=True)) == [
        removal.Removal("cp3", removal.DEAD_CONTROL_PLANE, False, False, False, True)
    ]


def test_a_member_that_never_started_is_found_by_its_address() -> None:
    cluster = Cluster()
    cluster.nodes = [node for node in cluster.nodes if node["name"] != "cp3"]
    cluster.members[2] = MemberView("id-cp3", "", ("https://10.0.0.3:2380",), answers=False)
    planned = cluster.plan(Leaving("cp3", "cp3", "10.0.0.3", control_plane=True))
    assert planned == [removal.Removal("cp3", removal.DEAD_CONTROL_PLANE, False, True, True, False)]


def test_addresses_of_ipv6_are_in_brackets() -> None:
    assert Leaving("a", "a", "fd00::1").peer_url == "https://[fd00::1]:2380"
