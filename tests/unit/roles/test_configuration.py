# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A cluster is built with the settings that it is compared with later, and a join by hand tells nobody its secrets."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import configuring, kubeadm_config
from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import cluster_documents
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load, tasks_in
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render
from ansible_collections.quorum.kubernetes.tests.unit.validator.world import world

from tools.collection_link import ROOT

SANS = ["10.0.0.11", "localhost"]
FLAGS = [{"name": "v", "value": "3"}]
SETTINGS: dict[str, Any] = {
    "kube_apiserver_extra_args": FLAGS,
    "kube_controller_manager_extra_args": FLAGS,
    "kube_scheduler_extra_args": FLAGS,
    "kube_leader_election": {"leaseDuration": "60s", "renewDeadline": "40s"},
    "kube_kubelet_config": {"maxPods": 50},
    "kube_node_cidr_mask": 25,
    "kube_proxy_mode": "nftables",
    "kube_proxy_config": {"conntrack": {"min": 0}},
    "kube_cluster_configuration": {"etcd": {"local": {"extraArgs": FLAGS}}},
}
SECRET_TASKS = {"quorum.kubernetes.kubeadm_token", "quorum.kubernetes.kubeadm_certificate_key", "ansible.builtin.copy"}


@pytest.mark.parametrize("settings", [{}, SETTINGS], ids=["defaults", "everything set"])
def test_what_init_writes_is_what_a_living_cluster_is_compared_with(settings: dict[str, Any]) -> None:
    made = world()
    for name, value in settings.items():
        made.set(name, value)
    written = render("control_plane", "__control_plane_settings", kube_version="1.37.1", **settings)
    kept = kubeadm_config.of_documents(cluster_documents({**written, "api_server_sans": SANS}))
    wanted = configuring.wanted(made.inventory, SANS)
    assert kept.cluster["controllerManager"]["extraArgs"][0]["name"] == "node-cidr-mask-size"
    assert kubeadm_config.kept_changes(kept, wanted) == {}
    assert kubeadm_config.kept_changes(wanted, kept) == {}


def test_secrets_of_a_join_by_hand_are_never_logged() -> None:
    tasks = tasks_in(load(ROOT / "roles/control_plane/tasks/join_secrets.yml"))
    secret = [task for task in tasks if SECRET_TASKS & task.keys()]
    assert {key for task in secret for key in SECRET_TASKS & task.keys()} == SECRET_TASKS
    assert [task["name"] for task in secret if task.get("no_log") is not True] == []
    assert [task["ansible.builtin.copy"]["mode"] for task in secret if "ansible.builtin.copy" in task] == ["0600"]


def test_a_join_by_hand_ignores_what_the_inventory_ignores() -> None:
    given = {"kube_version": "1.37.1", "kube_ignore_preflight_errors": ["Swap", "NumCPU"]}
    ignored = render("control_plane", "__control_plane_ignored", **given)
    assert ignored == {"nodeRegistration": {"ignorePreflightErrors": ["Swap", "NumCPU"]}}
    assert "__control_plane_ignored" in load(ROOT / "roles/control_plane/vars/main.yml")["__control_plane_by_hand"]
