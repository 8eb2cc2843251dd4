"""Which pods leave a node, which stay, and what is said of those that cannot leave."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import drain
from ansible_collections.quorum.kubernetes.plugins.module_utils.drain import Policy
from ansible_collections.quorum.kubernetes.tests.unit.plugins.cluster_objects import budget, pod

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("one", "leaves"),
    [
        (pod("web"), True),
        (pod("alone", controller=""), True),
        (pod("flannel", controller="DaemonSet"), False),
        (pod("ended", controller="DaemonSet", phase="Failed"), True),
        (pod("etcd-cp1", controller="Node", annotations={"kubernetes.io/config.mirror": "x"}), False),
        (pod("job", controller="Job", phase="Succeeded"), True),
    ],
)
def test_pods_that_belong_to_the_node_stay(one: Json, leaves: bool) -> None:
    assert (drain.leaving([one]) == [one]) is leaves


def test_a_pod_that_ignores_the_cordon_is_only_evicted_once() -> None:
    forever = pod("forever", tolerations=[{"operator": "Exists"}])
    late = pod("late")
    assert drain.leaving([forever, late], frozenset()) == [late]
    assert drain.leaving([forever, late], frozenset({"uid-forever"})) == [forever, late]


@pytest.mark.parametrize(
    ("one", "policy", "objects"),
    [
        (pod("alone", controller=""), Policy(), True),
        (pod("alone", controller=""), Policy(unmanaged=True), False),
        (pod("alone", controller="", phase="Succeeded"), Policy(), False),
        (pod("cache", volumes=[{"name": "tmp", "emptyDir": {}}]), Policy(), False),
        (pod("cache", volumes=[{"name": "tmp", "emptyDir": {}}]), Policy(empty_dir=False), True),
        (pod("cache", volumes=[{"name": "c", "configMap": {}}]), Policy(empty_dir=False), False),
        (pod("going", controller="", terminating=True), Policy(), False),
    ],
)
def test_what_would_be_lost_is_a_matter_of_policy(one: Json, policy: Policy, objects: bool) -> None:
    assert bool(drain.objections([one], policy)) is objects


def test_an_objection_names_the_pods_and_the_variable() -> None:
    found = drain.objections([pod("one", controller=""), pod("two", controller="")], Policy())
    assert [str(one) for one in found] == [
        "default/one, default/two: no controller would bring it back (kube_drain_unmanaged allows it)"
    ]


def test_many_pods_are_counted_and_not_all_named() -> None:
    pods = [pod(f"p{number}", controller="") for number in range(12)]
    assert str(drain.objections(pods, Policy())[0]).startswith("default/p0, ")
    assert "default/p7 and 4 more:" in str(drain.objections(pods, Policy())[0])


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "db"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "db"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
    ],
)
def test_budgets_are_found_by_their_selector(selector: Json | None, selects: bool) -> None:
    one = pod("web", labels={"app": "web"})
    other_namespace = budget("other", selector, namespace="kube-system")
    found = drain.budgets_of(one, [budget("b", selector), other_namespace])
    assert [item["metadata"]["name"] for item in found] == (["b"] if selects else [])


def test_blockers_name_the_budget_its_disruptions_and_the_pods() -> None:
    pods = [pod("web-1", labels={"app": "web"}), pod("web-2", labels={"app": "web"})]
    refusal = "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget."
    found = drain.blockers(pods, {"uid-web-1": refusal}, [budget("web", {"matchLabels": {"app": "web"}}, 0, 2, 2)])
    assert [str(one) for one in found] == [
        "default/web-1, default/web-2: kept by PodDisruptionBudget default/web "
        "(0 disruptions allowed, 2 healthy, 2 wanted)"
    ]


def test_another_refusal_is_told_as_it_is() -> None:
    refusals = {"uid-web": "Error from server (Forbidden): a webhook says no"}
    found = drain.blockers([pod("web", labels={"app": "web"})], refusals, [budget("web", {})])
    assert str(found[0]) == "default/web: Error from server (Forbidden): a webhook says no"


def test_a_pod_that_does_not_end_is_told_apart() -> None:
    found = drain.blockers([pod("slow", terminating=True)], {}, [])
    assert "still terminating" in str(found[0])


def test_the_plan_tells_what_a_budget_would_keep_now() -> None:
    pods = [pod("web", labels={"app": "web"}), pod("free")]
    assert drain.held(pods, [budget("web", {"matchLabels": {"app": "web"}}, 1, 3, 2)]) == []
    kept = drain.held(pods, [budget("web", {"matchLabels": {"app": "web"}}, 0, 2, 2)])
    assert [one.pods for one in kept] == [("default/web",)]


def test_an_eviction_means_exactly_that_pod() -> None:
    assert drain.eviction(pod("web"))["deleteOptions"] == {"preconditions": {"uid": "uid-web"}}
