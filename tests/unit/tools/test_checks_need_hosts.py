# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No check passes, or is skipped, without hosts that answer."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.tools.nodes import ROOT

EMPTY = "[kube_control_plane]\n[kube_node]\n"
FOLDERS = sorted({path.parent.name for path in (ROOT / "tests/checks").glob("*/test_*.py")})
UNREACHABLE = "[kube_control_plane]\ncp1 ansible_host=127.0.0.1 ansible_port=1\n[kube_node]\ncp1\n"


def _outcomes(tmp_path: Path, folder: str, inventory: Path) -> tuple[int, int]:
    """How many checks there are and how many of them failed."""
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", f"tests/checks/{folder}", "-q", "-p", "no:cacheprovider"]
    command += [f"--junit-xml={report}", f"--ansible-inventory={inventory}"]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=False)
    cases = list(ET.parse(report).getroot().iter("testcase"))
    failed = [case for case in cases if case.find("error") is not None or case.find("failure") is not None]
    return len(cases), len(failed)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("text", [EMPTY, UNREACHABLE, None], ids=["empty", "unreachable", "missing"])
def test_every_check_fails_without_hosts_that_answer(tmp_path: Path, folder: str, text: str | None) -> None:
    inventory = tmp_path / "inventory.ini"
    if text is not None:
        inventory.write_text(text, encoding="utf-8")
    checks, failed = _outcomes(tmp_path, folder, inventory)
    assert checks > 0
    assert failed == checks


def test_every_scenario_uses_a_folder_that_holds_checks() -> None:
    used = [
        path
        for file in [ROOT / ".config/molecule/config.yml", *ROOT.glob("molecule/*/molecule.yml")]
        for path in re.findall(r"\.\./\.\./(tests/checks/\w+)", file.read_text(encoding="utf-8"))
    ]
    assert len(used) >= 3
    for folder in used:  # molecule says nothing and passes where it finds no test files
        assert list((ROOT / folder).glob("test_*.py")), folder
