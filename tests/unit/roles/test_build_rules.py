# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules of a build that its playbook and roles keep: one at a time, nothing after an error, no secret left."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load, tasks_in

from tools.collection_link import ROOT

PLAYS: list[dict[str, Any]] = load(ROOT / "playbooks" / "cluster.yml")
JOINS = [ROOT / "roles/worker/tasks/main.yml", ROOT / "roles/control_plane/tasks/join_control_plane.yml"]
TOKEN = "quorum.kubernetes.kubeadm_token"
SECRET = {TOKEN, "quorum.kubernetes.kubeadm_certificate_key", "ansible.builtin.slurp"}

joins = pytest.mark.parametrize("join", JOINS, ids=lambda path: path.parts[-3])


def _place(name: str) -> int:
    return [play["name"] for play in PLAYS].index(name)


def test_nothing_goes_on_after_an_error() -> None:
    assert [play["name"] for play in PLAYS if play.get("any_errors_fatal") is not True] == []


def test_every_play_has_its_place() -> None:
    names = [
        "Check the inventory",
        "Look at the hosts",
        "Prepare the hosts",
        "Change living control planes",
        "Keep the configuration in the cluster",
        "Change living workers",
        "Initialise the first control plane",
        "Set the pod network up",
        "Join the other control planes",
        "Join the workers",
        "Hand the cluster over",
    ]
    places = [_place(name) for name in names]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, len(PLAYS) - 1)


def test_control_planes_join_one_by_one_and_workers_at_once() -> None:
    assert PLAYS[_place("Join the other control planes")]["serial"] == 1
    assert "serial" not in PLAYS[_place("Join the workers")]


def test_living_control_planes_change_one_by_one_and_workers_in_batches() -> None:
    assert PLAYS[_place("Change living control planes")]["serial"] == 1
    assert "kube_upgrade_batch" in PLAYS[_place("Change living workers")]["serial"]


@joins
def test_tokens_are_deleted_whatever_happens(join: Any) -> None:
    (block,) = load(join)
    cleanup = block["always"][0]
    assert cleanup[TOKEN] == {"state": "cleanup"}
    assert cleanup["run_once"] is True
    assert [task for task in block["block"] if task.get("ignore_unreachable")], "a lost host would skip the cleanup"


@joins
def test_every_join_is_pinned_to_the_ca(join: Any) -> None:
    (task,) = [task for task in tasks_in(load(join)) if "quorum.kubernetes.kubeadm_join" in task]
    assert "ca_cert_hash" in task["quorum.kubernetes.kubeadm_join"]["ca_cert_hashes"]


def test_what_registers_a_secret_is_not_logged() -> None:
    found = [
        task
        for path in ROOT.glob("roles/*/tasks/*.yml")
        for task in tasks_in(load(path))
        if SECRET & set(task) and "register" in task
    ]
    assert len(found) >= 4
    assert [task["name"] for task in found if task.get("no_log") is not True] == []


@pytest.mark.parametrize(
    ("forget", "clean", "now", "removed"),
    [
        (True, True, "partial", True),
        (True, True, "none", True),
        (True, True, "complete", False),
        (True, False, "none", True),
        (True, False, "partial", False),
        (True, False, "complete", False),
        (False, False, "none", False),
    ],
)
def test_a_member_is_removed_only_from_a_host_that_is_still_what_the_plan_said(
    forget: bool, clean: bool, now: str, removed: bool
) -> None:
    tasks = tasks_in(load(JOINS[1]))
    (look,) = [task for task in tasks if task.get("register") == "__control_plane_now"]
    (removal,) = [task for task in tasks if "quorum.kubernetes.etcd_member" in task]
    values: dict[str, Any] = {
        "control_plane_forget_member": forget,
        "control_plane_clean": clean,
        "control_plane_etcd_endpoints": [],
        "ansible_check_mode": False,
    }
    looked = {"host": {"kubeadm": {"state": now}}}
    values["__control_plane_now"] = looked if _holds(look["when"], values) else {"skipped": True}
    assert _holds(removal["when"], values) is removed


@pytest.mark.parametrize(
    ("members", "agreement", "forgotten"),
    [
        ([], True, False),
        ([{"name": "cp1", "peer_urls": ["https://10.0.0.11:2380"]}], True, True),
        ([{"name": "cp1", "peer_urls": ["https://10.0.0.11:2380"]}], False, False),
        ([{"name": "cp2", "peer_urls": ["https://10.0.0.9:2380"]}], True, False),
        ([{"name": "", "peer_urls": ["https://10.0.0.12:2380"]}], True, False),
        (None, True, False),
    ],
)
def test_a_control_plane_is_forgotten_only_by_an_etcd_that_agrees(
    members: list[dict[str, Any]] | None, agreement: bool, forgotten: bool
) -> None:
    (task,) = [task for task in tasks_in(load(JOINS[1])) if "quorum.kubernetes.kubeadm_join" in task]
    assert task["quorum.kubernetes.kubeadm_join"]["forgotten"] == "{{ __control_plane_forgotten }}"
    asked = {"skipped": True} if members is None else {"members": members, "agreement": agreement}
    values = {
        "__control_plane_members": asked,
        "control_plane_node_name": "cp2",
        "__control_plane_peer_url": "https://10.0.0.12:2380",
    }
    expression = load(ROOT / "roles/control_plane/vars/main.yml")["__control_plane_forgotten"]
    assert _holds(expression.removeprefix("{{").removesuffix("}}"), values) is forgotten


def _holds(when: str | list[str], values: dict[str, Any]) -> bool:
    """Whether a task runs: Ansible asks its conditions in turn and stops at the first that does not hold."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.tests["skipped"] = lambda result: bool(result.get("skipped"))
    conditions = [when] if isinstance(when, str) else when
    return all(environment.compile_expression(one, undefined_to_none=False)(**values) for one in conditions)
