# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What upgrade.yml is compared with is kubeadm's documented procedure, node after node, in sound shell."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import upgrade
from tests.tools.inventory import parse_inventory

GROUPS = {"kube_control_plane": ["cp1", "cp2"], "kube_node": ["w1"]}


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Each script with the host that it runs on, in order."""
    ran: list[tuple[str, str]] = []
    monkeypatch.setattr(upgrade.remote, "output", lambda host, script, **_limits: ran.append((host.name, script)))
    hostvars = {name: {"ansible_host": name} for members in GROUPS.values() for name in members}
    listing = {"_meta": {"hostvars": hostvars}, **{group: {"hosts": members} for group, members in GROUPS.items()}}
    upgrade.by_kubeadm(SimpleNamespace(inventory=parse_inventory(Path("inventory.ini"), listing)))
    return ran


def test_every_node_goes_through_the_documented_steps_before_the_next(scripts: list[tuple[str, str]]) -> None:
    expected = []
    for host, command in (("cp1", "upgrade apply --yes v1.37.1"), ("cp2", "upgrade node"), ("w1", "upgrade node")):
        expected += [(host, "'kubeadm=1.37.1-*'"), (host, f"kubeadm {command} "), ("cp1", f" drain {host} ")]
        expected += [(host, "restart kubelet"), ("cp1", f" node/{host}"), ("cp1", f" uncordon {host}")]
    assert [host for host, _script in scripts] == [host for host, _words in expected]
    assert [words for (_, words), (_, script) in zip(expected, scripts, strict=True) if words not in script] == []


def test_the_scripts_are_sound_and_a_command_that_is_cut_off_is_given_again(scripts: list[tuple[str, str]]) -> None:
    for _host, script in scripts:
        subprocess.run(["sh", "-n", "-c", script], timeout=10, check=True)
    third = f"sleep() {{ :; }}\n{upgrade.AGAIN}\nn=0\nthird() {{ n=$((n + 1)); [ $n = 3 ]; }}\nagain third\necho $n"
    done = subprocess.run(["sh", "-ec", third], capture_output=True, text=True, timeout=10, check=True)
    assert done.stdout.strip() == "3"
