# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run is killed right before the task that is named, and not before another of that name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.tools.inventory import read_inventory
from tests.tools.killing import kill_before
from tests.tools.site import Site

PLAYBOOK = """
- name: First
  hosts: kube_control_plane
  gather_facts: false
  tasks:
    - name: Write
      ansible.builtin.copy: {{dest: "{folder}/{{{{ ansible_play_name }}}}", content: x, mode: "0600"}}
- name: Second
  hosts: kube_control_plane
  gather_facts: false
  tasks:
    - name: Include what writes
      ansible.builtin.include_tasks: write.yml
"""
INCLUDED = '- name: Write\n  ansible.builtin.copy: {{dest: "{folder}/included", content: x, mode: "0600"}}\n'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """This machine as a control plane, and a playbook that writes a file in each of its plays."""
    connection = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
    (tmp_path / "inventory.ini").write_text(f"[kube_control_plane]\ncp1 {connection}\n", encoding="utf-8")
    (tmp_path / "write.yml").write_text(INCLUDED.format(folder=tmp_path), encoding="utf-8")
    (tmp_path / "playbook.yml").write_text(PLAYBOOK.format(folder=tmp_path), encoding="utf-8")
    return Site("killed", read_inventory(tmp_path / "inventory.ini"), tmp_path)


@pytest.mark.parametrize(
    ("play", "task", "written"),
    [("First", "Write", []), ("Second", "Include what writes", ["First"]), ("Second", "Write", ["First"])],
)
def test_nothing_of_the_task_is_done(site: Site, play: str, task: str, written: list[str]) -> None:
    kill_before(play, task, site, str(site.folder / "playbook.yml"))
    assert [name for name in ("First", "included") if (site.folder / name).exists()] == written


def test_a_run_without_that_task_is_no_killed_run(site: Site) -> None:
    with pytest.raises(AssertionError):
        kill_before("Second", "Wipe", site, str(site.folder / "playbook.yml"))
    assert (site.folder / "included").exists()
