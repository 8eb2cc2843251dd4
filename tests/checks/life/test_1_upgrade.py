# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""First chapter: the next minor. What must not be done is refused, and what is done nobody outside notices."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from lab.sources import DEFAULT_KUBERNETES, release_of
from tests.tools import balancers, remote
from tests.tools.etcd import views
from tests.tools.figures import Figure
from tests.tools.inventory import Host, node_name
from tests.tools.killing import kill_at
from tests.tools.life import Life
from tests.tools.resume import Moment
from tests.tools.watch import MAY_FAIL, Watch
from tests.tools.workload import Workload

TARGET = release_of(DEFAULT_KUBERNETES)
# kubeadm has just written this: etcd is new, the API server about to stop, everything else old. It stays so.
NEW_API_SERVER = f"grep -q kube-apiserver:v{TARGET.kubernetes} /etc/kubernetes/manifests/kube-apiserver.yaml"
SAVED = "/var/backups/kubernetes/upgrades"
CORDONED = (
    "kubectl --kubeconfig /etc/kubernetes/admin.conf get node {} -o jsonpath={{.spec.unschedulable}} | grep -q true"
)


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


def test_nobody_notices_the_upgrade_though_its_runs_are_killed_and_a_budget_forbids_a_drain(
    life: Life, figure: Figure
) -> None:
    """Each run does what is left: the first is killed in the middle of a control plane, the second stops at the first
    worker, whose pods may not go, the third is killed while that worker is drained."""
    first, *_others = life.inventory.control_planes
    first_worker, second_worker = life.inventory.group("kube_node")
    workload = Workload(life.api)
    workload.start(may_miss=0)
    with Watch(life.config) as watch:
        upgraded = kill_at(moment(first, NEW_API_SERVER), life, "upgrade.yml")
        left_out = {host.name: [node_name(first)] for host in life.inventory.load_balancers}
        assert balancers.drained(life.inventory) == left_out
        blocked, _errors = life.run("upgrade.yml", "--extra-vars=kube_drain_timeout=15", minutes=20)
        assert blocked.rc != 0
        assert "E2502" in life.last_log()
        assert "kept by PodDisruptionBudget quorum-workload/web" in life.last_log()
        assert not life.node(first_worker)["spec"].get("unschedulable")
        assert workload.serving() == 2
        drained = kill_at(moment(first, CORDONED.format(node_name(first_worker))), life, "upgrade.yml")
        assert life.node(first_worker)["spec"]["unschedulable"]
        workload.allow(may_miss=1)
        last = life.succeed("upgrade.yml")
        assert f"{second_worker.name}  is drained first" in life.last_log()
        seen = watch.seen()
    figure(
        f"upgrade.yml killed in the first control plane after {upgraded:.0f} s, {blocked.seconds:.0f} s to the blocked "
        f"drain, killed in it after {drained:.0f} s, {last.seconds:.0f} s for the rest: {seen}"
    )
    assert seen.acknowledged
    assert seen.lost == ()
    assert seen.failed_of_4000 <= MAY_FAIL


def test_everything_has_the_new_version(life: Life) -> None:
    assert life.versions() == life.wanted_versions()
    assert {view.version for view in views(life.inventory).values()} == {TARGET.etcd}
    assert all(not life.node(host)["spec"].get("unschedulable") for host in life.inventory.kubernetes_hosts)
    assert balancers.drained(life.inventory) == {}
    life.wait_whole()


def test_the_data_from_before_is_kept_though_a_later_run_saved_it_too(life: Life, figure: Figure) -> None:
    """Two runs upgraded control planes; the second one saved what was half upgraded."""
    hosts = life.inventory.control_planes
    found = {name: host for host in hosts for name in remote.output(host, f"ls {SAVED} || true").split()}
    assert len(found) == 2, found
    first = min(found)
    manifest = json.loads(remote.output(found[first], f"tar -xOf {SAVED}/{first} manifest.json"))
    figure(f"{first} is of etcd {manifest['snapshot']['etcd_version']}, {manifest['snapshot']['keys']} keys")
    assert manifest["snapshot"]["etcd_version"] != TARGET.etcd


@pytest.mark.parametrize("playbook", ["upgrade.yml", "cluster.yml"])
def test_a_run_after_it_changes_nothing(life: Life, playbook: str) -> None:
    life.unchanged(playbook)


def moment(host: Host, condition: str) -> Moment:
    """The moment at which this is so; it lasts, so that looking often would only disturb what clients see."""
    return Moment(host, condition, every=0.5, timeout=900)
