# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules that hold when hosts leave: one run at a time, nothing asked of dead hosts, nothing taken from others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load, tasks_in
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render

from tools.collection_link import ROOT

LOCK = "quorum.kubernetes.kube_lock"


@pytest.mark.parametrize(("hosts", "ends"), [("cp1,w1", True), ("w1", False)], ids=["all", "limited"])
def test_a_lock_that_is_held_ends_the_run_on_every_host(hosts: str, ends: bool, tmp_path: Path) -> None:
    (task,) = [task for task in load(ROOT / "roles/preflight/tasks/main.yml") if LOCK in task]
    del task[LOCK]
    plays = [
        {
            "hosts": hosts,
            "gather_facts": False,
            "vars": {"__preflight_plan": {"plan": {"first_control_plane": "cp1"}}},
            "tasks": [task | {"ansible.builtin.fail": {"msg": "held"}}],
        },
        {"hosts": "w1", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "went on"}}]},
    ]
    playbook = tmp_path / "playbook.json"
    playbook.write_text(json.dumps(plays))
    inventory = "[all:vars]\nansible_connection=local\n[nodes]\nw1\ncp1\n"
    (tmp_path / "inventory.ini").write_text(inventory)
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(tmp_path / "inventory.ini")]
    done = subprocess.run(
        [*command, str(playbook)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "ANSIBLE_HOME": str(tmp_path), "ANSIBLE_NOCOLOR": "1"},
    )
    assert ("went on" not in done.stdout) == ends, done.stdout + done.stderr
    assert (done.returncode != 0) == ends


def host(state: str, *roles: str) -> dict[str, Any]:
    """One host of a plan."""
    return {"state": state, "roles": list(roles), "node_name": "n", "node_ip": ""}


def balancers(asked: list[str], **hosts: dict[str, Any]) -> Any:
    """The balancers that a removal speaks to."""
    plan = {"__preflight_plan": {"plan": {"hosts": hosts}}}
    return render("remove_node", "__remove_node_balancers", hostvars={"h1": plan}, remove_node_load_balancers=asked)


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


def test_a_balancer_that_dies_meanwhile_stops_no_removal() -> None:
    tasks = load(ROOT / "roles/remove_node/tasks/main.yml")
    (task,) = [task for task in tasks if "quorum.kubernetes.load_balancer_server" in task]
    assert task["loop"] == "{{ __remove_node_balancers }}"
    assert task["ignore_unreachable"] is True


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
