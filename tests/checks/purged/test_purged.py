# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What reset.yml leaves where packages go too: hosts as they were before, but for settings of the kernel."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tools import traces
from tests.tools.figures import Figure
from tests.tools.inventory import Inventory
from tests.tools.playbook import changed_tasks
from tests.tools.site import Site


def test_hosts_have_the_packages_and_files_of_before_the_cluster(
    inventory: Inventory, scenario_folder: Path, figure: Figure
) -> None:
    noted = json.loads((scenario_folder / "bare.json").read_text(encoding="utf-8"))
    bare = {host: frozenset(lines) for host, lines in noted.items()}
    assert bare.keys() == inventory.hosts.keys()
    packages = {host: sum(line.startswith("package ") for line in lines) for host, lines in bare.items()}
    assert all(packages.values())
    left = traces.differences(bare, traces.take_with_packages(list(inventory.hosts.values())))
    figure(f"packages as before: {packages}; hosts with differences: {len(left)}")
    assert left == {}, left


def test_a_second_reset_finds_nothing_to_do(inventory: Inventory, scenario_folder: Path) -> None:
    site = Site("again", inventory, scenario_folder)
    arguments = ("--extra-vars=kube_confirm_reset=kubernetes", "--extra-vars=kube_reset_packages=true")
    outcome, errors = site.run("reset.yml", *arguments)
    assert errors == ""
    assert changed_tasks(site.last_log()) == []
    assert outcome.changed == {}
