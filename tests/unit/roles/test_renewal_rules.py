# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""In which order certificates are renewed, asked of Ansible itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load
from ansible_collections.quorum.kubernetes.tests.unit.roles.playing import run_plays

from tools.collection_link import ROOT

#: What the report says of a host: certificates that had ended, and what is to be renewed or started again.
DUE = {"expired": [], "renew": ["apiserver"], "restart": ["kube-apiserver"]}
EXPIRED = {**DUE, "expired": ["apiserver"]}
KUBELETS_OWN = {**DUE, "expired": ["kubelet-client"]}
INTERRUPTED = {"expired": [], "renew": [], "restart": ["kube-apiserver"]}
FRESH = {"expired": [], "renew": [], "restart": []}


@pytest.mark.parametrize(
    ("reports", "order"),
    [
        ({"cp1": DUE, "cp2": DUE, "cp3": DUE}, ["cp1", "cp2", "cp3"]),
        ({"cp1": EXPIRED, "cp2": EXPIRED, "cp3": EXPIRED}, ["cp1", "cp2", "cp3"]),
        # A control plane that was replaced later waits for an etcd that is whole only after the others' renewal.
        ({"cp1": DUE, "cp2": EXPIRED, "cp3": EXPIRED}, ["cp2", "cp3", "cp1"]),
        ({"cp1": INTERRUPTED, "cp2": EXPIRED, "cp3": EXPIRED}, ["cp2", "cp3", "cp1"]),
        ({"cp1": FRESH, "cp2": EXPIRED, "cp3": FRESH}, ["cp2"]),
        # Its member of etcd works, so it waits like any other.
        ({"cp1": DUE, "cp2": KUBELETS_OWN, "cp3": DUE}, ["cp1", "cp2", "cp3"]),
    ],
    ids=["due", "all have ended", "some have ended", "interrupted", "one has ended", "a kubelet's has ended"],
)
def test_those_whose_certificates_have_ended_are_renewed_first(
    reports: dict[str, dict[str, list[str]]], order: list[str], tmp_path: Path
) -> None:
    (grouping,) = [
        task for task in load(ROOT / "roles/renew_certs/tasks/report.yml") if "ansible.builtin.group_by" in task
    ]
    (renewal,) = [play for play in load(ROOT / "playbooks/renew_certs.yml") if play["name"] == "Renew the certificates"]
    plays = [
        {
            "hosts": "all",
            "gather_facts": False,
            "vars": load(ROOT / "roles/renew_certs/vars/main.yml"),
            "tasks": [grouping],
        },
        {
            "hosts": renewal["hosts"],
            "gather_facts": False,
            "serial": renewal["serial"],
            "vars": renewal["vars"],
            "tasks": [{"ansible.builtin.debug": {"msg": "renewed {{ inventory_hostname }}"}}],
        },
    ]
    hosts = {name: {"__renew_certs_report": report} for name, report in reports.items()}
    done = run_plays(plays, {"kube_control_plane": {"hosts": hosts}}, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"renewed (\w+)", done.stdout) == order
