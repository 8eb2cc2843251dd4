"""The plan puts nodes, static pods, the configuration and drains together, and refuses before the first change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.kube_upgrade_plan import plan
from ansible_collections.quorum.kubernetes.tests.unit.plugins.cluster_objects import budget, node, pod
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

Json = dict[str, Any]


def kubectl(workload: Json, configuration: str = "kubernetesVersion: v1.36.3\n") -> Kubectl:
    """Return a cluster of one control plane and two workers at 1.36.3 with this pod on every node."""
    nodes = [node("cp1", version="v1.36.3", labels={"node-role.kubernetes.io/control-plane": ""})]
    nodes += [node(name, version="v1.36.3") for name in ("w1", "w2")]
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "coredns"},
        "spec": {"template": {"spec": {"containers": [{"image": "registry.k8s.io/coredns/coredns:v1.14.2"}]}}},
    }
    config = {"data": {"ClusterConfiguration": configuration}}
    budgets = [budget("web", {"matchLabels": {"app": "web"}})]
    return Kubectl(
        FakeRunner()
        .on("kubectl get nodes", Result(0, json.dumps({"items": nodes})))
        .on("kubectl get pods,deployments.apps,daemonsets.apps", Result(0, json.dumps({"items": [deployment]})))
        .on("kubectl get configmap kubeadm-config", Result(0, json.dumps(config)))
        .on("kubectl get --raw", Result(0, json.dumps({"items": [workload]})))
        .on("kubectl get --raw /apis/policy/v1/poddisruptionbudgets", Result(0, json.dumps({"items": budgets})))
    )


def params() -> Json:
    """Return the module's parameters."""
    return {
        "version": "1.37.1",
        "images": ["registry.k8s.io/coredns/coredns:v1.14.6"],
        "hosts": {"cp1": "cp1", "w1": "w1", "w2": "w2"},
        "empty_dir": True,
        "unmanaged": False,
    }


def test_the_plan_says_everything() -> None:
    result = plan(params(), kubectl(pod("web", labels={"app": "web"})))
    assert (result["changed"], [one["kind"] for one in result["hosts"].values()]) == (
        False,
        ["control_plane", "worker", "worker"],
    )
    assert result["lines"][0] == "cp1  kubelet 1.36.3 -> 1.37.1"
    assert "w1   would be kept from draining now: default/web: kept by PodDisruptionBudget default/web" in "\n".join(
        result["lines"]
    )
    assert result["lines"][-1] == "cluster  coredns 1.14.2 -> 1.14.6"


def test_what_a_drain_would_lose_is_refused_for_all_hosts_at_once() -> None:
    with pytest.raises(QuorumError, match=r"E2551 nodes must not be drained: cp1: default/alone.*; w1: default/alone"):
        plan(params(), kubectl(pod("alone", controller="")))


def test_a_cluster_without_kubeadms_configuration_is_said() -> None:
    with pytest.raises(QuorumError, match="E2550"):
        plan(params(), kubectl(pod("web"), configuration=""))
