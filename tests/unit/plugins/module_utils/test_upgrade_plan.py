"""What an upgrade still has to do is read from what runs, in the right order."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import upgrade_plan
from ansible_collections.quorum.kubernetes.plugins.module_utils.drain import CORDONED, MAINTENANCE, RUN, Blocker
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import COMPONENTS
from ansible_collections.quorum.kubernetes.plugins.module_utils.upgrade_plan import Target
from ansible_collections.quorum.kubernetes.tests.unit.plugins.cluster_objects import node

Json = dict[str, Any]

ROLE = {"node-role.kubernetes.io/control-plane": ""}
TAINT = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
TARGET = Target("1.37.1", "3.7.0-0", "1.14.6")
HOSTS = {"w1": "w1", "cp1": "cp1", "cp2": "cp2", "w2": "w2"}


def control_plane(name: str, version: str = "1.36.3") -> Json:
    """Return a control plane's Node."""
    return node(name, version=f"v{version}", labels=ROLE, taints=TAINT)


def static_pods(version: str, etcd: str) -> dict[str, str]:
    """Return the tags of a control plane's components."""
    return {**dict.fromkeys(COMPONENTS, version), "etcd": etcd}


OLD = static_pods("1.36.3", "3.6.8-0")
NEW = static_pods("1.37.1", "3.7.0-0")


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("registry.k8s.io/etcd:3.6.8-0", "3.6.8-0"),
        ("registry.k8s.io/kube-apiserver:v1.37.1", "1.37.1"),
        ("mirror.example:5000/kube-apiserver:v1.37.1@sha256:abc", "1.37.1"),
        ("mirror.example:5000/pause", ""),
    ],
)
def test_tags_are_read_from_any_reference(image: str, tag: str) -> None:
    assert upgrade_plan.tag(image) == tag


def test_the_target_comes_from_the_images_of_a_control_plane() -> None:
    images = ["registry.k8s.io/kube-proxy:v1.37.1", "r:5000/k/etcd:3.7.0-0", "r/coredns/coredns:v1.14.6"]
    assert Target.of("1.37.1", images) == TARGET


def test_components_are_read_from_the_static_pods() -> None:
    pods = [
        {
            "metadata": {"labels": {"component": "etcd"}},
            "spec": {"nodeName": "cp1", "containers": [{"image": "registry.k8s.io/etcd:3.6.8-0"}]},
        },
        {"metadata": {"labels": {"k8s-app": "kube-dns"}}, "spec": {"nodeName": "cp1", "containers": []}},
    ]
    assert upgrade_plan.running(pods) == {"cp1": {"etcd": "3.6.8-0"}}


def test_control_planes_come_first_and_every_change_is_named() -> None:
    nodes = [control_plane("cp1"), control_plane("cp2"), node("w1", version="v1.36.3"), node("w2", version="v1.36.3")]
    planned = upgrade_plan.steps(HOSTS, nodes, {"cp1": OLD, "cp2": OLD}, "1.36.3", TARGET)
    assert [(step.host, step.kind, step.drain) for step in planned] == [
        ("cp1", "control_plane", True),
        ("cp2", "control_plane", True),
        ("w1", "worker", True),
        ("w2", "worker", True),
    ]
    assert planned[0].changes == (
        "etcd 3.6.8-0 -> 3.7.0-0",
        "kube-apiserver 1.36.3 -> 1.37.1",
        "kube-controller-manager 1.36.3 -> 1.37.1",
        "kube-scheduler 1.36.3 -> 1.37.1",
        "kubelet 1.36.3 -> 1.37.1",
    )
    assert planned[2].changes == ("kubelet 1.36.3 -> 1.37.1",)


def test_an_interrupted_upgrade_goes_on_where_it_stopped() -> None:
    nodes = [control_plane("cp1", "1.37.1"), control_plane("cp2"), node("w1", version="v1.36.3")]
    planned = upgrade_plan.steps(HOSTS, nodes, {"cp1": NEW, "cp2": NEW}, "1.37.1", TARGET)
    assert [(step.host, step.kind, step.changes) for step in planned] == [
        ("cp1", "done", ()),
        ("cp2", "control_plane", ("kubelet 1.36.3 -> 1.37.1",)),
        ("w1", "worker", ("kubelet 1.36.3 -> 1.37.1",)),
    ]


def test_nothing_is_left_of_a_finished_one() -> None:
    nodes = [control_plane("cp1", "1.37.1"), node("w1")]
    planned = upgrade_plan.steps(HOSTS, nodes, {"cp1": NEW}, "1.37.1", TARGET)
    assert [step.kind for step in planned] == ["done", "done"]
    assert upgrade_plan.lines(planned, {}, {}, ["coredns 1.14.2 -> 1.14.6"]) == ["done already: cp1, w1"]


def test_a_node_that_an_interrupted_run_left_cordoned_is_not_done() -> None:
    left = node("w1", unschedulable=True, annotations={CORDONED: RUN})
    an_administrators = node("w2", unschedulable=True)
    planned = upgrade_plan.steps(HOSTS, [left, an_administrators], {}, "1.37.1", TARGET)
    assert [(step.host, step.kind, step.changes) for step in planned] == [
        ("w1", "worker", ("take pods again",)),
        ("w2", "done", ()),
    ]


def test_a_node_in_maintenance_and_one_that_was_given_back_by_hand_are_done() -> None:
    in_maintenance = node("w1", unschedulable=True, annotations={CORDONED: MAINTENANCE})
    given_back = node("w2", annotations={CORDONED: RUN})
    planned = upgrade_plan.steps(HOSTS, [in_maintenance, given_back], {}, "1.37.1", TARGET)
    assert [(step.host, step.kind) for step in planned] == [("w1", "done"), ("w2", "done")]


def test_the_clusters_own_configuration_is_not_forgotten() -> None:
    nodes = [control_plane("cp1", "1.37.1"), control_plane("cp2", "1.37.1")]
    planned = upgrade_plan.steps(HOSTS, nodes, {"cp1": NEW, "cp2": NEW}, "1.36.3", TARGET)
    assert [(step.host, step.kind) for step in planned] == [("cp1", "control_plane"), ("cp2", "done")]


def test_another_etcd_alone_is_no_reason() -> None:
    planned = upgrade_plan.steps(
        {"cp1": "cp1"}, [control_plane("cp1", "1.37.1")], {"cp1": {**NEW, "etcd": "3.7.1-0"}}, "1.37.1", TARGET
    )
    assert planned[0].kind == "done"


def test_a_node_whose_pods_have_nowhere_to_go_is_not_drained() -> None:
    single = node("cp1", version="v1.36.3", labels=ROLE)
    assert upgrade_plan.steps({"cp1": "cp1"}, [single], {"cp1": OLD}, "1.36.3", TARGET)[0].drain is False
    full = [single, node("w1", version="v1.36.3", unschedulable=True)]
    assert upgrade_plan.steps({"cp1": "cp1"}, full, {"cp1": OLD}, "1.36.3", TARGET)[0].drain is False


def test_a_node_that_an_interrupted_run_left_cordoned_takes_the_pods_of_the_next_one() -> None:
    cordon = [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]

    def drained(purpose: str, *taints: Json) -> list[bool]:
        left = node("w1", unschedulable=True, annotations={CORDONED: purpose}, taints=[*cordon, *taints])
        nodes = [control_plane("cp1", "1.37.1"), left, node("w2", version="v1.36.3")]
        return [step.drain for step in upgrade_plan.steps(HOSTS, nodes, {"cp1": NEW}, "1.37.1", TARGET)][1:]

    assert drained(RUN) == [True, True]
    assert drained(RUN, *TAINT) == [True, False]
    assert drained(MAINTENANCE) == [False, False]


def test_addons_are_part_of_the_plan() -> None:
    def workload(name: str, image: str) -> Json:
        return {"metadata": {"name": name}, "spec": {"template": {"spec": {"containers": [{"image": image}]}}}}

    workloads = [
        workload("coredns", "registry.k8s.io/coredns/coredns:v1.14.2"),
        workload("kube-proxy", "registry.k8s.io/kube-proxy:v1.37.1"),
        workload("metrics-server", "example/metrics-server:v1"),
    ]
    assert upgrade_plan.addons(workloads, TARGET) == ["coredns 1.14.2 -> 1.14.6"]


def test_the_plan_reads_host_by_host() -> None:
    nodes = [control_plane("cp1", "1.37.1"), node("w1", version="v1.36.3"), node("w2")]
    planned = upgrade_plan.steps(HOSTS, nodes, {"cp1": NEW}, "1.37.1", TARGET)
    blocker = Blocker(("default/web-1",), "kept by PodDisruptionBudget default/web")
    found = upgrade_plan.lines(
        planned, {"w1": ["default/web-1", "default/a"]}, {"w1": [blocker]}, ["coredns 1.14.2 -> 1.14.6"]
    )
    assert found == [
        "w1  kubelet 1.36.3 -> 1.37.1",
        "w1  is drained first: 2 pods move",
        "w1  would be kept from draining now: default/web-1: kept by PodDisruptionBudget default/web",
        "cluster  coredns 1.14.2 -> 1.14.6",
        "done already: cp1, w2",
    ]
