# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One cluster for all chapters: three of the lab's five control planes at first, of the minor before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import traces
from tests.tools.inventory import Inventory
from tests.tools.life import Life
from tests.tools.nodes import Lab

FIRST = 3  # control planes that the inventory names in the beginning


@pytest.fixture(scope="session")
def bare(inventory: Inventory) -> dict[str, frozenset[str]]:
    """What the hosts have before there is a cluster."""
    return traces.take(list(inventory.hosts.values()))


@pytest.fixture(scope="session")
def life(bare: dict[str, frozenset[str]], inventory: Inventory, lab: Lab, scenario_folder: Path) -> Life:
    """The cluster, built by cluster.yml."""
    assert bare.keys() == inventory.hosts.keys()
    found = Life(lab, inventory, scenario_folder)
    found.name_control_planes(*found.every_control_plane[:FIRST])
    found.succeed("cluster.yml")
    return found
