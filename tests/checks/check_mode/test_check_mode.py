# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`cluster.yml --check --diff` tells what the real run then does, and what cannot change is refused before any change.

The fixtures are the story: bare hosts are rehearsed, built, rehearsed again, changed. The tests judge what they saw.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools import leaks, remote
from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory, kubeconfig_path, node_name
from tests.tools.nodes import Lab
from tests.tools.rehearsal import Ran, Rehearsal

REFUSED = 2  # exit status of ansible-playbook when a task failed

LABEL = {"example.com/rehearsed": "yes"}
SYSCTL = {"net.ipv4.tcp_keepalive_time": 7100}  # a setting of the node's own network namespace
CHANGED_FILES = ("/etc/containerd/certs.d/docker.io/hosts.toml", "/etc/sysctl.d/90-kubernetes.conf")

NOBODY = "192.0.2.41"  # an address of documentation (RFC 5737), which no machine has

# Variable, a good value that is not the living cluster's, and the code of docs/errors.md.
UNCHANGEABLE = (
    ("kube_pod_subnet", "10.200.0.0/16", "E1020"),
    ("kube_service_subnet", "10.112.0.0/12", "E1021"),
    ("kube_dns_domain", "other.local", "E1022"),
    ("kube_cluster_name", "other", "E1023"),
    ("kube_version", "1.36.3", "E0505"),
    ("kube_api_endpoint", f"{NOBODY}:6443", "E0412"),
)
RUNTIME_FILE = "/var/lib/kubelet/instance-config.yaml"


@contextlib.contextmanager
def other_runtime(host: Host) -> Iterator[None]:
    """Let the host's kubelet be set up for CRI-O, on paper: its file says so, and nothing is started again."""
    remote.output(
        host, f"cp -p {RUNTIME_FILE} /run/kept && echo 'containerRuntimeEndpoint: unix:///x' > {RUNTIME_FILE}"
    )
    try:
        yield
    finally:
        remote.output(host, f"mv /run/kept {RUNTIME_FILE}")


@pytest.fixture(scope="module")
def rehearsal(inventory: Inventory, lab: Lab, request: pytest.FixtureRequest) -> Rehearsal:
    """The runs on one lab cluster, which nobody needs afterwards."""
    return Rehearsal(inventory, request.getfixturevalue("scenario_folder"))


@pytest.fixture(scope="module")
def bare_check(rehearsal: Rehearsal, inventory: Inventory) -> Ran:
    """The check run on hosts that have nothing."""
    kubeconfig_path(inventory).unlink(missing_ok=True)
    return rehearsal.check()


@pytest.fixture(scope="module")
def build(rehearsal: Rehearsal, bare_check: Ran) -> Ran:
    """The real run on the same hosts."""
    ran = rehearsal.real()
    if ran.outcome.rc:
        pytest.fail(f"there is no cluster: {ran.printed}", pytrace=False)
    return ran


@pytest.fixture(scope="module")
def wish(inventory: Inventory) -> dict[str, Any]:
    """Variables of a cluster that is to be changed: one more mirror, a kernel setting, a label."""
    mirrors = dict(inventory.variable("kube_registry_mirrors", {}))
    mirrors["docker.io"] = next(iter(mirrors.values()))
    return {"kube_registry_mirrors": mirrors, "node_sysctls": SYSCTL, "kube_node_labels": LABEL}


def test_check_run_on_bare_hosts_succeeds_and_changes_nothing(
    bare_check: Ran, inventory: Inventory, figure: Figure
) -> None:
    figure(f"bare hosts: check run {bare_check.outcome.seconds:.0f} s, {len(bare_check.changes)} changes predicted")
    assert bare_check.outcome.rc == 0, bare_check.printed
    assert {host for host, _ in bare_check.changes} == set(inventory.hosts)
    assert bare_check.touched == ()
    assert not kubeconfig_path(inventory).exists()


def test_build_changes_only_what_was_predicted(bare_check: Ran, build: Ran, figure: Figure) -> None:
    figure(f"build: {build.outcome.seconds:.0f} s, {len(build.changes)} changes, {len(build.touched)} files, processes")
    assert len(build.changes) >= 5
    assert any(line.startswith("nodes ") for line in build.written)
    assert sorted(build.changes - bare_check.changes) == []


def test_check_run_on_the_finished_cluster_predicts_and_changes_nothing(
    build: Ran, rehearsal: Rehearsal, figure: Figure
) -> None:
    ran = rehearsal.check()
    figure(f"finished cluster: check run {ran.outcome.seconds:.0f} s, {len(ran.changes)} changes predicted")
    assert ran.outcome.rc == 0, ran.printed
    assert sorted(ran.changes) == []
    assert (ran.touched, ran.written) == ((), ())
    assert ran.codes == build.codes  # what is judged of a living cluster finds nothing in its own inventory


def test_change_of_the_inventory_is_predicted_and_then_made_exactly(
    build: Ran, rehearsal: Rehearsal, wish: dict[str, Any], inventory: Inventory, figure: Figure
) -> None:
    check = rehearsal.check(**wish)
    real = rehearsal.real(**wish)
    again = rehearsal.real(**wish)
    figure(
        f"changed inventory: {len(check.changes)} changes predicted in {check.outcome.seconds:.0f} s, "
        f"{len(real.changes)} made in {real.outcome.seconds:.0f} s, {len(again.changes)} by the run after it"
    )
    assert [ran.outcome.rc for ran in (check, real, again)] == [0, 0, 0], (check.printed, real.printed, again.printed)
    assert (check.touched, check.written) == ((), ())
    assert len({task for _, task in check.changes}) == len(wish)
    assert sorted(real.changes) == sorted(check.changes)
    files = {line.split(": ")[1] for line in real.touched}
    assert files == set(CHANGED_FILES)
    assert [line.split(": ")[0] for line in real.written] == [
        f"nodes {node_name(host)}" for host in inventory.kubernetes_hosts
    ]
    assert (sorted(again.changes), again.touched, again.written) == ([], (), ())


def refused(ran: Ran, build: Ran, code: str) -> None:
    """Judge that a run ended with the code, and with no other error, before it changed anything."""
    assert ran.outcome.rc == REFUSED, ran.printed
    assert {found for found in ran.codes - build.codes if found.startswith("E")} == {code}
    assert sorted(ran.changes) == []
    assert (ran.touched, ran.written) == ((), ())


@pytest.mark.parametrize(("variable", "value", "code"), UNCHANGEABLE, ids=[name for name, *_ in UNCHANGEABLE])
def test_what_cannot_change_on_a_living_cluster_is_refused_before_any_change(
    build: Ran, rehearsal: Rehearsal, figure: Figure, variable: str, value: str, code: str
) -> None:
    ran = rehearsal.real(**{variable: value})
    figure(f"{variable}: exit status {ran.outcome.rc} after {ran.outcome.seconds:.0f} s, {code}")
    refused(ran, build, code)


def test_etcd_of_its_own_cannot_be_given_to_a_living_cluster(
    build: Ran, rehearsal: Rehearsal, inventory: Inventory, tmp_path: Path
) -> None:
    group = tmp_path / "etcd.ini"
    group.write_text(f"[etcd]\netcd9 ansible_host={NOBODY}\n", encoding="utf-8")
    # The new host is not there, so it is left out; what was wished of the cluster is refused all the same.
    ran = rehearsal.real("-i", str(group), "--limit", ",".join(inventory.hosts), kube_etcd_version="3.7.0")
    refused(ran, build, "E0605")


def test_another_runtime_on_a_living_node_is_refused(build: Ran, rehearsal: Rehearsal, inventory: Inventory) -> None:
    host = inventory.control_planes[0]
    with other_runtime(host):
        refused(rehearsal.real(), build, "E1028")


def test_drift_that_a_build_leaves_alone_is_listed(
    build: Ran, rehearsal: Rehearsal, wish: dict[str, Any], figure: Figure
) -> None:
    ran = rehearsal.real(**wish, kube_cert_extra_sans=["new.example.com"])
    figure(f"another name for the certificates: {', '.join(sorted(ran.codes))}, {len(ran.changes)} changes")
    assert ran.outcome.rc == 0, ran.printed
    assert ran.codes - build.codes == {"W1025"}
    assert (sorted(ran.changes), ran.touched, ran.written) == ([], (), ())


def test_no_run_printed_a_secret(build: Ran, rehearsal: Rehearsal) -> None:
    assert {name: found for name, text in rehearsal.logs.items() if (found := sorted(set(leaks.in_log(text))))} == {}
