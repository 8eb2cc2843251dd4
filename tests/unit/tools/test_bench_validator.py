# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of a large inventory stays fast and small.

Seconds of processors are judged: unlike those on the clock they do not depend on what else the machine does.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.validator import LIMITS, measure, write_inventory
from tests.tools.inventory import read_inventory

GENEROUS = 3
MOST_MIB = 250  # four times what was measured


@pytest.mark.parametrize("hosts", [50, 300])
def test_the_check_of_many_hosts_is_fast_and_small(tmp_path: Path, hosts: int) -> None:
    cost = measure(tmp_path, hosts)
    assert cost.rc == 0, cost.output
    limit = LIMITS[50] if hosts == 50 else LIMITS[1000] * hosts / 1000
    assert 0 < cost.cpu < GENEROUS * limit
    assert 0 < cost.mib < MOST_MIB


def test_a_wrong_inventory_does_not_count_as_fast(tmp_path: Path) -> None:
    write = tmp_path / "host_vars" / "w3.yml"
    write.parent.mkdir()
    write.write_text("kube_node_ip: 10.0.0.256\n", encoding="utf-8")
    cost = measure(tmp_path, 50)
    assert cost.rc == 2
    assert "E0209 w3 kube_node_ip" in cost.output


def test_the_inventory_has_as_many_hosts_as_was_asked(tmp_path: Path) -> None:
    assert len(read_inventory(write_inventory(tmp_path, 50)).hosts) == 50
