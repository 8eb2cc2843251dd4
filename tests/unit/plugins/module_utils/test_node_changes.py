# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How nodes have to change: ours is set, the rest stays."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.node_changes import describe, patch
from ansible_collections.quorum.kubernetes.plugins.module_utils.nodes import summary, takes_pods

TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
FOREIGN = {"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}
ROLE_LABELS = {
    "node-role.kubernetes.io/control-plane": "",
    "node.kubernetes.io/exclude-from-external-load-balancers": "",
}


def node(
    labels: dict[str, str] | None = None, taints: list[dict[str, str]] | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "kind": "Node",
        "metadata": {"name": "n1", "labels": labels or {}, "resourceVersion": "7"},
        "spec": {**({"taints": taints} if taints else {}), **more},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "nodeInfo": {"kubeletVersion": "v1.37.1"},
            "addresses": [{"type": "Hostname", "address": "n1"}, {"type": "InternalIP", "address": "10.0.0.1"}],
        },
    }


def test_nothing_asked_for_is_nothing_to_do() -> None:
    assert patch(node({"a": "b"}, [FOREIGN], unschedulable=True), {"name": "n1"}) == {}


def test_labels_are_set_and_those_of_others_stay() -> None:
    change = patch(node({"a": "1", "b": "2"}), {"name": "n1", "labels": {"a": 1, "c": True, "b": None, "d": None}})
    assert change == {"metadata": {"resourceVersion": "7", "labels": {"c": "true", "b": None}}}


def test_the_control_plane_taint_goes_and_others_stay() -> None:
    change = patch(node(ROLE_LABELS, [TAINT, FOREIGN]), {"name": "n1", "control_plane_taint": False})
    assert change == {"metadata": {"resourceVersion": "7"}, "spec": {"taints": [FOREIGN]}}
    assert patch(node(ROLE_LABELS, [FOREIGN]), {"name": "n1", "control_plane_taint": False}) == {}


def test_the_last_taint_goes() -> None:
    change = patch(node(ROLE_LABELS, [TAINT]), {"name": "n1", "control_plane_taint": False})
    assert change["spec"] == {"taints": None}


def test_a_join_that_ended_early_gets_its_labels_and_taint() -> None:
    change = patch(node(), {"name": "n1", "control_plane_taint": True})
    assert change["metadata"]["labels"] == ROLE_LABELS
    assert change["spec"] == {"taints": [TAINT]}


def test_a_worker_gets_neither() -> None:
    assert patch(node(), {"name": "n1", "control_plane_taint": None, "labels": {}, "taints": []}) == {}


def test_a_taints_value_changes_in_place_and_effects_are_told_apart() -> None:
    old = {"key": "dedicated", "value": "web", "effect": "NoSchedule"}
    other = {"key": "dedicated", "value": "web", "effect": "NoExecute"}
    wanted = {"name": "n1", "taints": [{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]}
    assert patch(node(taints=[old, other]), wanted)["spec"]["taints"] == [dict(old, value="db"), other]


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_value_is_none(value: str | None) -> None:
    wanted = {"name": "n1", "taints": [{"key": "k", "value": value, "effect": "NoSchedule"}]}
    assert patch(node(taints=[{"key": "k", "effect": "NoSchedule"}]), wanted) == {}


def test_a_taint_without_effect_is_refused() -> None:
    with pytest.raises(QuorumError, match="E2221"):
        patch(node(), {"name": "n1", "taints": [{"key": "k"}]})


@pytest.mark.parametrize(
    ("cordoned", "schedulable", "spec"),
    [
        (False, False, {"unschedulable": True}),
        (True, True, {"unschedulable": None}),
        (True, False, None),
        (False, True, None),
        (True, None, None),
    ],
)
def test_cordon(cordoned: bool, schedulable: bool | None, spec: dict[str, Any] | None) -> None:
    found = node(unschedulable=True) if cordoned else node()
    change = patch(found, {"name": "n1", "schedulable": schedulable})
    assert change.get("spec") == spec


def test_a_diff_for_people() -> None:
    found = node({"a": "1", **ROLE_LABELS}, [TAINT])
    change = patch(found, {"name": "n1", "labels": {"a": "2"}, "control_plane_taint": False, "schedulable": False})
    assert describe(found, change) == (
        ["n1 label a=1", "n1 taint node-role.kubernetes.io/control-plane=:NoSchedule", "n1 takes pods"],
        ["n1 label a=2", "n1 is cordoned"],
    )


def test_a_summary() -> None:
    found = node({"node-role.kubernetes.io/control-plane": "", "x": "y"}, [TAINT])
    assert summary(found) == {
        "name": "n1",
        "ready": True,
        "reason": "",
        "version": "1.37.1",
        "roles": ["control-plane"],
        "taints": [TAINT],
        "labels": {"node-role.kubernetes.io/control-plane": "", "x": "y"},
        "internal_ip": "10.0.0.1",
        "unschedulable": False,
    }
    assert summary({})["ready"] is False


def test_which_nodes_take_pods() -> None:
    assert takes_pods(node())
    assert takes_pods(node(taints=[{"key": "k", "effect": "PreferNoSchedule"}]))
    assert not takes_pods(node(taints=[TAINT]))
    assert not takes_pods(node(unschedulable=True))
    assert not takes_pods({"metadata": {"name": "n"}, "spec": {}, "status": {}})
