# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The second run, which molecule has just made, left files and processes alone."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tools.figures import Figure
from tests.tools.inventory import Inventory
from tests.tools.snapshot import differences, take


def test_second_run_wrote_no_file_and_restarted_no_process(
    inventory: Inventory, scenario_folder: Path, figure: Figure
) -> None:
    before = json.loads((scenario_folder / "before.json").read_text(encoding="utf-8"))
    assert sorted(before) == sorted(inventory.hosts)
    files = sum(len(host["files"]) for host in before.values())
    processes = sum(len(starts) for host in before.values() for starts in host["processes"].values())
    changed = differences(before, take(inventory.path))
    figure(f"second run: {files} files and {processes} processes compared, {len(changed)} changed")
    assert changed == []
