# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Ansible of today, in a container with Debian 13's Python, runs the collection without a warning of its end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LAB = (sys.executable, "-m", "lab")
NODES = ("--topology", "single", "--name", "controller")
# Of the unit tests, those of code that Ansible loads.
PLUGIN_TESTS = ("tests/unit/callback", "tests/unit/plugins", "tests/unit/roles", "tests/unit/validator")


def lab(*arguments: str, timeout: float) -> str:
    """Run the lab's command and return all that it printed."""
    done = subprocess.run(
        [*LAB, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=timeout, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def controller(*command: str, timeout: float = 600) -> str:
    """Run a command in the container; an announced end of a feature that the collection uses is a failure."""
    output = lab("controller", "--", *command, timeout=timeout)
    assert "[DEPRECATION WARNING]" not in output, output[-6000:]
    return output


@pytest.fixture(scope="module")
def inventory() -> Iterator[str]:
    """One node of the lab, removed after the tests."""
    try:
        yield lab("up", *NODES, timeout=3000).splitlines()[-1]
    finally:
        lab("down", *NODES, timeout=300)


def test_it_is_newer_than_the_controller_of_the_other_gates(capsys: pytest.CaptureFixture[str]) -> None:
    read = "import json, sys, ansible.release; print(json.dumps([ansible.release.__version__, sys.version.split()[0]]))"
    ansible, python = json.loads(controller("python3", "-c", read, timeout=1200).splitlines()[-1])
    with capsys.disabled():
        print(f"\nfigure: ansible-core {ansible} on Python {python}")
    assert tuple(map(int, ansible.split(".")[:2])) >= (2, 21)
    assert tuple(map(int, python.split(".")[:2])) >= (3, 13)


def test_plugins_pass_their_tests() -> None:
    controller("python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN_TESTS)


def test_the_content_passes_lint() -> None:
    controller("python3", "-m", "tools.gates", "lint", timeout=900)


def test_the_artefact_installs_and_every_playbook_is_found() -> None:
    controller("python3", "-m", "tools.artefact")


def test_a_cluster_is_built_and_a_second_run_changes_nothing(inventory: str) -> None:
    playbook = ("env", "ANSIBLE_STDOUT_CALLBACK=default", "ansible-playbook", "-i", inventory, "playbooks/cluster.yml")
    assert changed(controller(*playbook)) > 0
    assert changed(controller(*playbook)) == 0


def changed(output: str) -> int:
    """Return how many changes the recap of a run counts."""
    counts = re.findall(r"\bok=\d+ +changed=(\d+)", output)
    assert counts, output[-2000:]
    return sum(map(int, counts))
