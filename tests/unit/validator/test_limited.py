"""A run that does not ask every host: nothing is written or wanted for hosts of which nothing is known."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.scene import BUILD, MAINTAIN
from ansible_collections.quorum.kubernetes.tests.unit.validator.cases import external_etcd
from ansible_collections.quorum.kubernetes.tests.unit.validator.world import World, behind_a_vip, living, world


def unasked(made: World, host: str) -> World:
    """The host is known by a name only and was not asked."""
    del made.facts[host]
    return made.set("ansible_host", f"{host}.example.com", host)


def test_nodes_that_were_not_asked_are_not_waited_for() -> None:
    names = [node["name"] for node in unasked(living(), "w2").plan()["nodes"]]
    assert names == ["cp1", "cp2", "cp3", "w1"]


@pytest.mark.parametrize(
    ("made", "host"), [(living(), "lb2"), (living(), "cp3"), (living(external_etcd()), "etcd1")], ids=lambda value: ""
)
def test_what_others_are_told_about_a_host_needs_its_address(made: World, host: str) -> None:
    lines = [line for line in unasked(made, host).judge().lines if line.startswith("E")]
    assert lines == [
        f"E0210 {host} node address: cannot be told: it was not asked. "
        "Fix: set kube_node_ip to the one other nodes reach it by."
    ]


def test_nobody_is_told_about_a_worker() -> None:
    assert not [line for line in unasked(living(), "w2").judge().lines if line.startswith("E")]


def test_a_control_plane_that_is_dead_may_be_removed_though_its_address_is_not_known() -> None:
    made = unasked(living(), "cp3")
    made.purpose = MAINTAIN
    assert not [line for line in made.judge().lines if line.startswith("E")]


@pytest.mark.parametrize(("purpose", "refused"), [(BUILD, True), (MAINTAIN, False)])
def test_workers_that_lost_all_control_planes_wait_for_a_restore_and_not_for_a_new_cluster(
    purpose: str, refused: bool
) -> None:
    made = world()
    made.facts["w1"]["kubeadm"].update(state="complete", role="worker", ca_sha256="sha256:" + "a" * 64)
    made.purpose = purpose
    assert bool([line for line in made.judge().lines if line.startswith("E1007 w1")]) is refused


def test_a_load_balancer_with_a_declared_address_need_not_be_asked() -> None:
    made = living(behind_a_vip())
    del made.facts["lb2"]
    assert not [line for line in made.judge().lines if line.startswith("E")]
