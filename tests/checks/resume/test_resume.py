# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run of cluster.yml is killed; the next one finishes the cluster, and the one after that has nothing to do.

QUORUM_RESUME_POINTS=all | NAME,NAME    which points (default: the usual ones)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import argv_sampler, leaks
from tests.tools.etcd import disagreement
from tests.tools.figures import Figure
from tests.tools.inventory import Inventory, kubeconfig_path, node_name, part
from tests.tools.kube_api import KubeApi, nodes_missing, read_kubeconfig
from tests.tools.nodes import Lab
from tests.tools.resume import Harness, Point, points_from_environment
from tests.tools.waiting import wait_until

READY = 120.0  # seconds; the run itself waits for Ready nodes, so this is for the look after it only


@pytest.fixture(scope="module")
def harness(inventory: Inventory, lab: Lab, scenario_folder: Path) -> Iterator[Harness]:
    """One set of nodes for all points; the arguments of all processes are watched meanwhile."""
    argv_sampler.start(scenario_folder)
    yield Harness(inventory, lab, scenario_folder)
    argv_sampler.stop(scenario_folder)


@pytest.mark.parametrize("point", points_from_environment(), ids=lambda point: point.name)
def test_next_run_finishes_what_a_killed_run_began_and_a_third_changes_nothing(
    harness: Harness, figure: Figure, point: Point
) -> None:
    harness.prepare(point)
    moment = harness.strike(point)
    second = harness.complete("cluster.yml", point.hosts)
    inventory = part(harness.inventory, point.hosts)
    assert_whole(inventory)
    third = harness.complete("cluster.yml", point.hosts)
    figure(
        f"{point.name}: struck on {point.node} after {moment:.0f} s, second run {second.seconds:.0f} s, "
        f"third run {third.seconds:.0f} s with changes on {third.changed or 'no host'}"
    )
    assert third.changed == {}, harness.changes()
    assert set(third.recap) >= set(point.hosts)
    harness.finish(point)


def test_no_run_wrote_a_secret_to_its_log_or_its_arguments(
    harness: Harness, scenario_folder: Path, figure: Figure
) -> None:
    logs = sorted(scenario_folder.glob("resume-*.log"))
    assert logs, "no run was logged"
    texts = {log.name: log.read_text(encoding="utf-8", errors="replace") for log in logs}
    samples = argv_sampler.read_samples(scenario_folder / argv_sampler.SAMPLES)
    figure(f"{len(logs)} logs with -vvvv ({sum(map(len, texts.values())) >> 20} MiB) and {len(samples)} arguments read")
    assert leaks.in_logs(texts) == {}
    assert sorted(set(leaks.in_arguments(samples))) == []


def assert_whole(inventory: Inventory) -> None:
    """Every node is Ready and all etcd members agree."""
    wanted = [node_name(host) for host in inventory.kubernetes_hosts]
    api = KubeApi(read_kubeconfig(kubeconfig_path(inventory)))

    def missing() -> str:
        return nodes_missing(api.items("/api/v1/nodes"), wanted) or disagreement(inventory)

    wait_until(missing, timeout=READY, what="the whole cluster", interval=1)
