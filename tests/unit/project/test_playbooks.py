"""Playbooks are named plays and roles, nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import PLAYBOOKS, load, tasks_in

from tools.collection_link import ROOT, ensure_link

#: What calls a role or is the controller's own answer to a person; everything else belongs into a role.
ALLOWED = {
    "ansible.builtin.import_role",
    "ansible.builtin.include_role",
    "ansible.builtin.group_by",
    "ansible.builtin.set_stats",
}
#: A playbook that ends with another one.
IMPORT = "ansible.builtin.import_playbook"
KEYWORDS = {
    "name",
    "vars",
    "when",
    "run_once",
    "delegate_to",
    "tags",
    "become",
    "loop",
    "loop_control",
    "block",
    "always",
}

playbooks = pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.name)


def test_the_playbooks_are_there() -> None:
    assert {"cluster.yml", "reset.yml"} <= {path.name for path in PLAYBOOKS}


@playbooks
def test_every_play_has_a_name_and_gathers_no_facts(playbook: Path) -> None:
    for play in load(playbook):
        assert play["name"][0].isupper()
        if IMPORT not in play:
            assert play.get("gather_facts") is False, f"{play['name']}: one module gathers what is needed"


@playbooks
def test_a_play_consists_of_roles(playbook: Path) -> None:
    used = {key for play in load(playbook) for task in tasks_in([play]) for key in task} - KEYWORDS - {IMPORT}
    assert used <= ALLOWED


@pytest.mark.parametrize("name", ["cluster.yml", "upgrade.yml", "renew_certs.yml"])
def test_what_an_interrupted_run_left_out_of_a_load_balancer_comes_back(name: str) -> None:
    imported = [task.get("ansible.builtin.import_role", {}) for task in tasks_in(load(ROOT / "playbooks" / name))]
    assert {"name": "quorum.kubernetes.load_balancer", "tasks_from": "balance"} in imported


@playbooks
def test_serial_is_explained(playbook: Path) -> None:
    """`serial` costs time, so the lines above say why the protocol demands it."""
    lines = playbook.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.strip().startswith("serial:"):
            start = max(index for index in range(number) if lines[index].startswith("- name:"))
            assert any(text.strip().startswith("#") for text in lines[start - 3 : number])


@pytest.mark.parametrize(
    "playbook",
    [path for path in PLAYBOOKS if load(path)[0]["name"] == "Check the inventory"],
    ids=lambda path: path.name,
)
def test_an_inventory_without_hosts_is_an_error(playbook: Path, tmp_path: Path) -> None:
    """Ansible skips plays without hosts and ends with 0, which would look like a cluster that is as it should be."""
    ensure_link()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "true",
    }
    argv = ["ansible-playbook", "-i", str(tmp_path), str(playbook)]
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert "E0101 inventory: group 'kube_control_plane' is missing" in done.stdout + done.stderr
