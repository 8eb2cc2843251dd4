# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""First chapter: the next minor. What must not be done is refused, and what is done nobody outside notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.sources import DEFAULT_KUBERNETES, release_of
from tests.tools import remote
from tests.tools.etcd import views
from tests.tools.figures import Figure
from tests.tools.inventory import node_name
from tests.tools.life import Life
from tests.tools.watch import MAY_FAIL, Watch
from tests.tools.workload import Workload

TARGET = release_of(DEFAULT_KUBERNETES)


@pytest.fixture
def silent_node(life: Life) -> Iterator[None]:
    """The last worker's kubelet says nothing any more; the status says so at once, as it would after 50 seconds."""
    host = life.inventory.kubernetes_hosts[-1]
    remote.output(host, "systemctl stop kubelet")
    condition = {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "stopped by the check"}
    life.api.request(
        "PATCH",
        f"/api/v1/nodes/{node_name(host)}/status",
        {"status": {"conditions": [condition]}},
        content="application/strategic-merge-patch+json",
    )
    yield
    remote.output(host, "systemctl start kubelet")
    life.wait_whole()


@pytest.mark.parametrize(
    ("code", "version"),
    [("E0504", "1.38.0"), ("E0505", "1.35.4")],
    ids=["two minors at once", "back to an older version"],
)
def test_a_path_that_kubernetes_does_not_go_is_refused(life: Life, figure: Figure, code: str, version: str) -> None:
    allowed = "--extra-vars=kube_allow_untested_version=true"
    seconds = life.refused(code, "upgrade.yml", f"--extra-vars=kube_version={version}", allowed)
    figure(f"{life.inventory.variable('kube_version')} to {version} is refused after {seconds:.0f} s")


@pytest.mark.usefixtures("silent_node")
def test_a_node_that_is_not_ready_is_in_the_way(life: Life, figure: Figure) -> None:
    seconds = life.refused("E1010", "upgrade.yml", f"--extra-vars=kube_version={TARGET.kubernetes}")
    figure(f"a node that is not Ready stops the upgrade after {seconds:.0f} s")


def test_the_plan_names_every_step_and_changes_nothing(life: Life) -> None:
    now = release_of(str(life.inventory.variable("kube_version")))
    life.ask_for(TARGET.kubernetes)
    before = life.versions()
    outcome, _errors = life.run("upgrade.yml", "--tags=plan")
    assert (outcome.rc, outcome.changed) == (0, {})
    text = life.last_log()
    assert f"etcd {now.etcd_image_tag} -> {TARGET.etcd_image_tag}" in text
    assert f"coredns {now.coredns} -> {TARGET.coredns}" in text
    for host in life.inventory.kubernetes_hosts:
        assert f"{host.name}  " in text
    assert life.versions() == before


def test_nobody_notices_the_upgrade_but_for_a_drain_that_a_budget_forbids(life: Life, figure: Figure) -> None:
    """The first run stops at the first worker, whose pods may not go; the second run does what is left."""
    first_worker = life.inventory.group("kube_node")[0]
    workload = Workload(life.api)
    workload.start(may_miss=0)
    with Watch(life.config) as watch:
        first, _errors = life.run("upgrade.yml", "--extra-vars=kube_drain_timeout=15", minutes=20)
        assert first.rc != 0
        assert "E2502" in life.last_log()
        assert "kept by PodDisruptionBudget quorum-workload/web" in life.last_log()
        assert not life.node(first_worker)["spec"].get("unschedulable")
        assert workload.serving() == 2
        workload.allow(may_miss=1)
        second = life.succeed("upgrade.yml")
        seen = watch.seen()
    figure(f"{first.seconds:.0f} s to the blocked drain and {second.seconds:.0f} s for the rest: {seen}")
    assert seen.acknowledged
    assert seen.lost == ()
    assert seen.failed_of_4000 <= MAY_FAIL


def test_everything_has_the_new_version(life: Life) -> None:
    assert life.versions() == life.wanted_versions()
    assert {view.version for view in views(life.inventory).values()} == {TARGET.etcd}
    assert all(not life.node(host)["spec"].get("unschedulable") for host in life.inventory.kubernetes_hosts)
    life.wait_whole()


@pytest.mark.parametrize("playbook", ["upgrade.yml", "cluster.yml"])
def test_a_run_after_it_changes_nothing(life: Life, playbook: str) -> None:
    life.unchanged(playbook)
