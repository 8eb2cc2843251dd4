# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Packages go with a cluster only where that is asked for, all of them, and known by what this collection writes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import apt
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render

from tools.collection_link import ROOT

RESET: list[dict[str, Any]] = load(ROOT / "roles/reset/tasks/main.yml")
INCLUDE = "ansible.builtin.include_role"
BALANCER = ROOT / "roles/load_balancer/templates"


def place(step: str) -> int:
    """Where a step of the reset stands: an entry point of kube_packages, or a module."""
    (found,) = [
        number
        for number, task in enumerate(RESET)
        if step in task or task.get(INCLUDE) == {"name": "quorum.kubernetes.kube_packages", "tasks_from": step}
    ]
    return found


def test_it_is_refused_before_all_else_and_done_while_the_load_balancer_tells_whose_it_is() -> None:
    steps = ["removable", "quorum.kubernetes.kubeadm_reset", "absent", "quorum.kubernetes.host_config"]
    assert [place(step) for step in steps] == sorted(place(step) for step in steps)
    assert [RESET[place(step)]["when"] for step in ("removable", "absent")] == ["reset_packages | bool"] * 2
    assert RESET[place("removable")]["vars"] == RESET[place("absent")]["vars"]
    (judge,) = load(ROOT / "roles/kube_packages/tasks/removable.yml")
    assert (judge["check_mode"], judge["any_errors_fatal"]) == (True, True)


def test_packages_stay_unless_they_are_asked_for() -> None:
    assert render("reset", "reset_packages") is False
    assert render("reset", "reset_packages", kube_reset_packages=True) is True


def test_only_reset_takes_packages() -> None:
    (task,) = [
        task
        for task in load(ROOT / "roles/remove_node/tasks/main.yml")
        if task.get(INCLUDE, {}).get("name") == "quorum.kubernetes.reset"
    ]
    assert task["vars"]["reset_packages"] is False


def test_every_package_of_a_node_goes_with_the_repository_it_came_from() -> None:
    given = {"kube_version": "1.37.1"}
    repositories = render("kube_packages", "__kube_packages_node_repositories", **given)
    absent = render("kube_packages", "__kube_packages_absent", **given)
    assert sorted(each["name"] for each in absent) == sorted(render("kube_packages", "__kube_packages_held", **given))
    names = [repository["name"] for repository in repositories]
    assert render("kube_packages", "__kube_packages_absent_repositories", **given) == names
    assert {each["proof"] for each in absent} == {apt.sources_path(name) for name in names}


@pytest.mark.parametrize(("vip", "names"), [("", ["haproxy"]), ("192.0.2.10", ["keepalived", "haproxy"])])
def test_a_load_balancer_is_known_by_a_line_of_its_configuration(vip: str, names: list[str]) -> None:
    packages = render("reset", "__reset_load_balancer_packages", kube_api_vip=vip)
    assert [package["name"] for package in packages] == names
    for package in packages:
        template = BALANCER / f"{package['proof'].rpartition('/')[2]}.j2"
        assert package["proof_line"] in [line.strip() for line in template.read_text(encoding="utf-8").splitlines()]
    # A load balancer host is no node.
    unwanted = render(
        "kube_packages", "__kube_packages_absent", kube_packages_node=False, kube_packages_unwanted=packages
    )
    assert unwanted == packages
