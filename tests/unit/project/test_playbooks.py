"""Playbooks are named plays and roles, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import PLAYBOOKS, load, tasks_in

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


@playbooks
def test_serial_is_explained(playbook: Path) -> None:
    """`serial` costs time, so the lines above say why the protocol demands it."""
    lines = playbook.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.strip().startswith("serial:"):
            start = max(index for index in range(number) if lines[index].startswith("- name:"))
            assert any(text.strip().startswith("#") for text in lines[start - 3 : number])
