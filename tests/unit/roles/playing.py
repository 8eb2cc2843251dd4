# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Let Ansible itself play what a test takes out of playbooks and roles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def run_plays(plays: list[dict[str, Any]], inventory: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run plays with an inventory of groups, in a folder of their own; the exit status is the caller's to judge."""
    playbook, hosts = folder / "playbook.json", folder / "inventory.json"
    playbook.write_text(json.dumps(plays))
    hosts.write_text(json.dumps(inventory))
    return subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(hosts), str(playbook)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
        env={**os.environ, "ANSIBLE_HOME": str(folder), "ANSIBLE_NOCOLOR": "1"},
    )
