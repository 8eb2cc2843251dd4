# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A control plane is out of service while it is changed, renewed or upgraded, and comes back whatever happens.

Ansible runs the roles as they are; modules only note that they were called, and fail where they are told to.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load, tasks_in

from tools.collection_link import ROOT

MODULE = """#!/usr/bin/python
# WANT_JSON
import json, os, sys

with open(sys.argv[1]) as stream:
    given = json.load(stream)
call = NAME + (" " + given["state"] if "state" in given else "")
with open(os.environ["STUB_LOG"], "a") as log:
    log.write(call + (" in " + str(given["timeout"]) if given.get("state") == "ready" else "") + chr(10))
print(json.dumps({"changed": True, "failed": call == os.environ["STUB_FAILS"], "msg": "E9999 " + call}))
"""
MODULES = (
    "etcd_info",
    "etcd_member",
    "kube_drain",
    "kube_health",
    "kubeadm_certs",
    "kubeadm_config",
    "kubeadm_upgrade",
    "load_balancer_server",
    "new_kubelet",
)
BALANCERS = ["lb1", "lb2"]
DUE: dict[str, list[str]] = {"expired": [], "renew": ["apiserver"], "restart": ["kube-apiserver"]}
ENDED = {**DUE, "expired": ["apiserver"]}

#: Role and entry point, its variables, and what it does between leaving and coming back.
WORK: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "change": (
        "control_plane",
        "change",
        {"control_plane_load_balancers": BALANCERS},
        ["kubeadm_config", "kube_health"],
    ),
    "renewal": (
        "renew_certs",
        "main",
        {"renew_certs_load_balancers": BALANCERS, "__renew_certs_report": DUE},
        ["kubeadm_certs renewed", "kube_health"],
    ),
    "upgrade": (
        "upgrade",
        "control_plane",
        {"upgrade_load_balancers": BALANCERS, "__upgrade_plan": {"hosts": {"cp1": {"drain": True}}}},
        ["kubeadm_upgrade", "kube_drain drained", "new_kubelet", "kube_health"],
    ),
}
LEAVE = ["etcd_info", *["load_balancer_server drained"] * 2, "etcd_member follower"]
BACK = ["load_balancer_server ready in 60"] * 2
BACK_AT_ONCE = ["load_balancer_server ready in 0"] * 2

Run = Callable[..., tuple[list[str], str]]
work = pytest.mark.parametrize("name", WORK)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run one of WORK with other variables, or with a call that fails; return the calls and what Ansible printed."""
    collection = tmp_path / "ansible_collections" / "quorum" / "kubernetes"
    for role in ("control_plane", "renew_certs", "upgrade"):
        shutil.copytree(ROOT / "roles" / role, collection / "roles" / role)
    (collection / "roles/upgrade/tasks/kubelet.yml").write_text("- quorum.kubernetes.new_kubelet:\n")
    (collection / "plugins" / "modules").mkdir(parents=True)
    for module in MODULES:
        (collection / "plugins" / "modules" / f"{module}.py").write_text(MODULE.replace("NAME", repr(module)))

    def run_it(name: str, fails: str = "", **other: Any) -> tuple[list[str], str]:
        role, entry, variables, _ = WORK[name]
        play = {
            "hosts": "cp1",
            "gather_facts": False,
            "any_errors_fatal": True,
            "serial": 1,
            "vars": {"kube_version": "1.37.1", "upgrade_speaker": "cp1"},
            "tasks": [{"ansible.builtin.import_role": {"name": f"quorum.kubernetes.{role}", "tasks_from": entry}}],
        }
        (tmp_path / "playbook.json").write_text(json.dumps([play]))
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        hosts = {"cp1": variables | other, **{balancer: {} for balancer in BALANCERS}}
        (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": local}}))
        log = tmp_path / "calls"
        log.write_text("")
        done = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "inventory.json", "playbook.json"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                "ANSIBLE_HOME": str(tmp_path),
                "ANSIBLE_COLLECTIONS_PATH": str(tmp_path),
                "ANSIBLE_NOCOLOR": "1",
                "STUB_LOG": str(log),
                "STUB_FAILS": fails,
            },
        )
        assert bool(done.returncode) is bool(fails), done.stdout + done.stderr
        return log.read_text().split("\n")[:-1], done.stdout

    return run_it


def expected(name: str, between: Sequence[str]) -> list[str]:
    """What is called in all; an upgrade lets pods come again too."""
    return [*LEAVE, *between, *(["kube_drain schedulable"] if name == "upgrade" else []), *BACK]


@work
def test_it_leaves_is_worked_on_and_comes_back(run: Run, name: str) -> None:
    calls, told = run(name)
    assert calls == expected(name, WORK[name][3])
    for balancer in BALANCERS:
        assert told.count(f"[cp1 -> {balancer}") == 2


@work
def test_it_comes_back_after_a_failure(run: Run, name: str) -> None:
    first, *_ = WORK[name][3]
    calls, told = run(name, fails=first)
    assert calls == expected(name, [first])
    assert f"E9999 {first}" in told


@work
@pytest.mark.parametrize(
    ("fails", "calls"),
    [
        ("etcd_info", LEAVE[:1]),
        ("load_balancer_server drained", LEAVE[:3] + BACK),
        ("etcd_member follower", LEAVE + BACK),
    ],
)
def test_nothing_is_done_to_it_where_it_cannot_leave(run: Run, name: str, fails: str, calls: list[str]) -> None:
    seen, told = run(name, fails=fails)
    assert [call for call in seen if call != "kube_drain schedulable"] == calls
    *_others, last = (line for line in told.splitlines() if line.startswith("fatal: "))
    assert f"E9999 {fails}" in last


def test_nobody_answers_and_nothing_is_waited_for_where_certificates_have_ended(run: Run) -> None:
    calls, _ = run("renewal", __renew_certs_report=ENDED)
    assert calls == [*["load_balancer_server drained"] * 2, "kubeadm_certs renewed", *BACK_AT_ONCE]


def test_nothing_is_waited_for_either_where_it_cannot_leave(run: Run) -> None:
    calls, _ = run("renewal", fails="load_balancer_server drained", __renew_certs_report=ENDED)
    assert calls == [*["load_balancer_server drained"] * 2, *BACK_AT_ONCE]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("change", {"control_plane_etcd_endpoints": ["https://10.0.0.41:2379"]}),
        ("renewal", {"renew_certs_local_etcd": False}),
        ("upgrade", {"upgrade_local_etcd": False}),
    ],
)
def test_external_etcd_does_not_notice(run: Run, name: str, other: dict[str, Any]) -> None:
    calls, _ = run(name, **other)
    assert calls == [call for call in expected(name, WORK[name][3]) if not call.startswith("etcd_")]


def test_the_way_out_and_back_is_written_once() -> None:
    users = {
        f"{path.parts[-3]}/{path.name}"
        for path in ROOT.glob("roles/*/tasks/*.yml")
        for task in tasks_in(load(path))
        if "quorum.kubernetes.load_balancer_server" in task
    }
    # One that is removed does not come back, and what an interrupted run left out does without leaving.
    assert users - {"remove_node/main.yml", "load_balancer/balance.yml"} == {
        "control_plane/leave.yml",
        "control_plane/come_back.yml",
    }
