# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sixth chapter: somebody works on the hosts, one after the other."""

from __future__ import annotations

from tests.tools.figures import Figure
from tests.tools.inventory import Host
from tests.tools.life import Life


def test_a_worker_is_emptied_and_stays_out_of_service_until_it_is_given_back(life: Life, figure: Figure) -> None:
    worker = life.inventory.group("kube_node")[0]
    outcome = life.succeed("maintenance.yml", _host(worker))
    figure(f"{worker.name} taken out of service in {outcome.seconds:.0f} s")
    assert life.node(worker)["spec"]["unschedulable"]
    assert life.movable_pods(worker) == []
    life.unchanged("upgrade.yml")
    assert life.node(worker)["spec"]["unschedulable"]
    _give_back(life, worker)


def test_a_second_control_plane_has_to_wait(life: Life) -> None:
    first, second = life.inventory.control_planes[:2]
    life.succeed("maintenance.yml", _host(first))
    life.refused("E2504", "maintenance.yml", _host(second))
    assert not life.node(second)["spec"].get("unschedulable")
    _give_back(life, first)


def _host(host: Host) -> str:
    return f"--extra-vars=kube_maintenance_hosts={host.name}"


def _give_back(life: Life, host: Host) -> None:
    life.succeed("maintenance.yml", _host(host), "--tags=end")
    assert not life.node(host)["spec"].get("unschedulable")
