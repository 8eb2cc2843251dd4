"""The callbacks in real runs of ansible-playbook on this machine: what a person and a program read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.collection_link import COLLECTIONS

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PLAYBOOK = """
- name: Look at the hosts
  hosts: all
  gather_facts: false
  tasks:
    - name: Change something
      ansible.builtin.command: echo {{ 'visible' }}
      changed_when: true
    - name: Carry a secret
      ansible.builtin.command: echo s3cret-value
      no_log: true
      changed_when: true
    - name: Show a list
      ansible.builtin.debug: {msg: [first line, second line]}
- name: Nobody
  hosts: nobody
  tasks: []
- name: Judge
  hosts: h1
  gather_facts: false
  tasks:
    - name: Tell
      ansible.builtin.set_stats:
        data: {quorum_summary: {cluster: demo, next: [look at it]}, quorum_allowed: [0407 is allowed]}
        aggregate: false
    - name: Refuse
      ansible.builtin.fail:
        msg: E0101 two hosts have one address
      when: refuse | bool
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs the playbook and gives the finished process."""
    tmp_path.joinpath("play.yml").write_text(PLAYBOOK, encoding="utf-8")
    hosts = "\n".join(f"h{n} ansible_connection=local ansible_python_interpreter={sys.executable}" for n in (1, 2))
    tmp_path.joinpath("hosts").write_text(hosts + "\n", encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_STDOUT_CALLBACK": "quorum.kubernetes.timeline",
        "ANSIBLE_CALLBACKS_ENABLED": "quorum.kubernetes.cost",
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "local"),
        "ANSIBLE_REMOTE_TEMP": str(tmp_path / "remote"),
        "ANSIBLE_NOCOLOR": "1",
        "QUORUM_COST_FILE": str(tmp_path / "cost.json"),
    }

    def start(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts", "play.yml", *arguments]
        return subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return start


def test_a_good_run(run: Run, tmp_path: Path) -> None:
    finished = run("-e", "refuse=false")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    lines = finished.stdout.splitlines()
    assert "[ 0:00] Look at the hosts" in lines
    assert any(line.endswith("Change something: changed h1 h2") for line in lines)
    assert any(line.endswith("= changed h1 (2) h2 (2)") for line in lines)
    assert lines[lines.index("          h1: first line") + 1] == "          second line"
    assert "  cluster     demo" in lines
    assert lines[lines.index("What to do next") + 1] == "  look at it"
    assert lines[lines.index("Allowed by the inventory") + 1] == "  0407 is allowed"
    assert any(line.startswith("h1 : ok=4    changed=2") for line in lines)
    assert "Nobody" not in finished.stdout
    assert "Callback dispatch" not in finished.stderr
    counts = json.loads(tmp_path.joinpath("cost.json").read_text(encoding="utf-8"))
    assert counts["round_trips"] == {"h1": 2, "h2": 2}  # not the statistic, not what was skipped
    assert counts["changed"] == {"h1": 2, "h2": 2}
    assert counts["controller_cpu_seconds"] > 0


def test_a_refusal_is_one_line_and_shown_again_at_the_end(run: Run) -> None:
    finished = run("-e", "refuse=true")
    assert finished.returncode == 2
    assert "  FAILED h1: Refuse: E0101 two hosts have one address" in finished.stdout
    assert finished.stdout.splitlines().count("  h1: Refuse: E0101 two hosts have one address") == 1


@pytest.mark.parametrize("verbosity", ["-v", "-vv", "-vvvv"])
def test_no_verbosity_shows_a_secret_or_arguments(run: Run, verbosity: str) -> None:
    finished = run("-e", "refuse=false", verbosity)
    told = "\n".join(line for line in finished.stdout.splitlines() if not line.startswith("<"))
    assert "s3cret-value" not in told
    assert "module_args" not in told
    assert "changed: h1: Carry a secret" in told
