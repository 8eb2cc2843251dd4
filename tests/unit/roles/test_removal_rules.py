# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules that hold when hosts leave: one run at a time, nothing asked of dead hosts, nothing taken from others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load, tasks_in
from ansible_collections.quorum.kubernetes.tests.unit.roles.playing import run_plays
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render

from tools.collection_link import ROOT

LOCK = "quorum.kubernetes.kube_lock"
INCLUDE = "ansible.builtin.include_role"


def goes_on(task: dict[str, Any], hosts: str, variables: dict[str, Any], folder: Path) -> bool:
    """Whether w1 does anything after this task of these hosts, which fails."""
    plays = [
        {
            "hosts": hosts,
            "gather_facts": False,
            "vars": variables,
            "tasks": [{key: value for key, value in task.items() if key != LOCK} | {"ansible.builtin.fail": {}}],
        },
        {"hosts": "w1", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "went on"}}]},
    ]
    nodes = {"hosts": {"w1": {}, "cp1": {}}, "vars": {"ansible_connection": "local"}}
    done = run_plays(plays, {"nodes": nodes}, folder)
    assert ("went on" in done.stdout) == (done.returncode == 0), done.stdout + done.stderr
    return "went on" in done.stdout


@pytest.mark.parametrize(("state", "held"), [("complete", True), ("unknown", False)])
def test_a_lock_that_is_held_ends_the_run_on_every_host(state: str, held: bool, tmp_path: Path) -> None:
    (task,) = [task for task in load(ROOT / "roles/preflight/tasks/main.yml") if LOCK in task]
    plan = {"first_control_plane": "cp1", "hosts": {"cp1": {"state": state}}}
    assert goes_on(task, "cp1,w1", {"__preflight_plan": {"plan": plan}}, tmp_path) != held
    assert task["ignore_unreachable"] is False, "with run_once Ansible would stop there and report success"


def test_a_lock_that_another_run_took_after_its_lease_ends_an_upgrade_on_every_worker(tmp_path: Path) -> None:
    (task,) = [task for task in load(ROOT / "roles/upgrade/tasks/main.yml") if LOCK in task]
    assert not goes_on(task, "cp1,w1", {"upgrade_speaker": "cp1"}, tmp_path)


def test_a_cluster_that_is_worked_on_is_not_taken_apart(tmp_path: Path) -> None:
    _check, play = load(ROOT / "playbooks/reset.yml")
    around = [task["ansible.builtin.import_role"]["tasks_from"] for task in play["pre_tasks"] + play["post_tasks"]]
    assert around == ["lock", "unlock"]
    ask, stop = load(ROOT / "roles/preflight/tasks/lock.yml")
    assert LOCK in ask
    assert not goes_on(stop, "cp1,w1", {"__preflight_refusals": ["held"]}, tmp_path)


def test_one_refusal_is_enough() -> None:
    refused, free = {"__preflight_lock": {"msg": "held", "code": "E2251"}}, {"__preflight_lock": {"changed": False}}
    seen = {"cp1": free, "cp2": refused, "cp3": {}}
    found = render("preflight", "__preflight_refusals", hostvars=seen, preflight_control_planes=["cp1", "cp2", "cp3"])
    assert found == ["held"]


def host(state: str, *roles: str) -> dict[str, Any]:
    """One host of a plan."""
    return {"state": state, "roles": list(roles), "node_name": "n", "node_ip": ""}


def balancers(asked: list[str], leaving: str = "h1", **hosts: dict[str, Any]) -> Any:
    """The balancers that the removal of h1 speaks to."""
    plan = {"__preflight_plan": {"plan": {"hosts": hosts}}}
    given = {"remove_node_load_balancers": asked, "remove_node_hosts": leaving}
    return render("remove_node", "__remove_node_balancers | sort", hostvars={"h1": plan}, **given)


def test_a_balancer_that_did_not_answer_is_not_spoken_to() -> None:
    found = {"lb1": host("none", "load_balancer"), "lb2": host("unknown", "load_balancer")}
    assert balancers(["lb1", "lb2"], **found) == ["lb1"]


def test_only_nodes_that_are_built_have_a_balancer_of_their_own() -> None:
    found = {
        "cp1": host("complete", "control_plane"),
        "cp2": host("unknown", "control_plane"),
        "w1": host("none", "worker"),
        "w2": host("partial", "worker"),
    }
    assert balancers(["cp1", "cp2", "w1", "w2"], **found) == ["cp1"]


def test_a_node_that_left_earlier_in_this_run_has_no_balancer_any_more() -> None:
    found = {name: host("complete", "control_plane") for name in ("cp1", "cp2", "h1")}
    assert balancers(["cp1", "cp2", "h1", "w1"], "w1,cp2,h1", **found, w1=host("complete", "worker")) == ["cp1", "h1"]


def test_a_balancer_that_dies_meanwhile_does_not_end_a_removal_in_silence() -> None:
    tasks = load(ROOT / "roles/remove_node/tasks/main.yml")
    (task,) = [task for task in tasks if "quorum.kubernetes.load_balancer_server" in task]
    assert task["loop"] == "{{ __remove_node_balancers }}"
    assert "ignore_unreachable" not in task, "with any_errors_fatal Ansible would stop there and report success"


@pytest.mark.parametrize(("vip", "services"), [("", ["haproxy"]), ("10.0.0.100", ["keepalived", "haproxy"])])
def test_keepalived_is_ours_only_with_a_virtual_address(vip: str, services: list[str]) -> None:
    given = {"kube_api_vip": vip} if vip else {}
    assert render("reset", "__reset_load_balancer_services | map(attribute='name') | list", **given) == services
    files = render("reset", "__reset_load_balancer_files", **given)
    assert "/etc/haproxy/haproxy.cfg" in files
    assert any("keepalived" in path for path in files) == bool(vip)


def test_the_kubeconfig_goes_with_the_whole_cluster_only() -> None:
    assert render("reset", "reset_kubeconfig", reset_leave_cluster=False) is True
    assert render("reset", "reset_kubeconfig", reset_leave_cluster=True) is False
    (task,) = [task for task in load(ROOT / "roles/reset/tasks/main.yml") if "kubeconfig" in task["name"]]
    assert task["when"] == "reset_kubeconfig"
    removal = [task for task in tasks_in(load(ROOT / "roles/remove_node/tasks/main.yml")) if "vars" in task]
    assert [task["vars"]["reset_kubeconfig"] for task in removal] == [False]


def test_a_host_whose_reset_is_refused_keeps_its_load_balancer_and_its_timer() -> None:
    refusing = ["removable", "quorum.kubernetes.kubeadm_reset", "reset"]
    changing = ["absent", "quorum.kubernetes.host_config", "quorum.kubernetes.etcd_snapshot_timer"]
    tasks = load(ROOT / "roles/reset/tasks/main.yml")
    steps = [step for task in tasks for step in (task.get(INCLUDE, {}).get("tasks_from"), *task)]
    found = [step for step in steps if step in refusing + changing]
    assert found == refusing + changing


@pytest.mark.parametrize(
    ("kind", "local_etcd", "has_certificate"),
    [("control_plane", False, True), ("control_plane", True, False), ("worker", False, False)],
)
def test_a_control_plane_that_leaves_keeps_no_key_to_external_etcd(
    kind: str, local_etcd: bool, has_certificate: bool
) -> None:
    (asked,) = [task["vars"] for task in load(ROOT / "roles/remove_node/tasks/main.yml") if "vars" in task]
    removals = {"h1": {"kind": kind}}
    given = {"hostvars": {"h1": {"__remove_node_plan": {"removals": removals}}}, "remove_node_local_etcd": local_etcd}
    assert render("remove_node", asked["reset_etcd"].strip("{} "), **given) is has_certificate
