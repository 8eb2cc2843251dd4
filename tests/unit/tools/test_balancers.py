# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""haproxy's answer about the API servers is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import balancers
from tests.tools.inventory import Host, Inventory

STATES = """1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight
3 kube_api 1 cp1 10.77.0.21 2 8 1
3 kube_api 2 cp2 10.77.0.22 2 0 1

"""


def test_administrative_states_are_read_by_name() -> None:
    assert balancers.parse(STATES) == {"cp1": "8", "cp2": "0"}


def test_an_answer_without_states_is_not_taken_for_one() -> None:
    with pytest.raises(StopIteration):
        balancers.parse("Can't find backend.\n")


def test_only_servers_that_somebody_took_out_count_as_drained(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"lb1": STATES, "lb2": STATES.replace(" 2 8 1", " 2 0 1")}
    monkeypatch.setattr(balancers, "on_all", lambda hosts, _script: {host.name: answers[host.name] for host in hosts})
    hosts = {name: Host(name, name) for name in answers}
    assert balancers.drained(Inventory(Path(), hosts, {"load_balancer": tuple(hosts)})) == {"lb1": ["cp1"]}
