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
from tests.tools.kube_api import KubeApi, read_kubeconfig
from tests.tools.nodes import Lab
from tests.tools.rehearsal import Ran, Rehearsal

REFUSED = 2  # exit status of ansible-playbook when a task failed

LABEL = {"example.com/rehearsed": "yes"}
SYSCTL = {"net.ipv4.tcp_keepalive_time": 7100}  # a setting of the node's own network namespace
CHANGED_FILES = ("/etc/containerd/certs.d/docker.io/hosts.toml", "/etc/sysctl.d/90-kubernetes.conf")

# Of kubeadm's own settings: an argument of the API server, a name in its certificate, a setting and a flag of kubelets.
ARGUMENT = {"name": "event-ttl", "value": "2h0m0s"}
NAME = "new.example.com"
PODS_OF_A_NODE, DEFAULT_PODS = 60, 110
FLAG = {"name": "v", "value": "3"}
FLAGS_FILE = "/var/lib/kubelet/kubeadm-flags.env"
CONFIGURED_FILES = (
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/kubernetes/pki/apiserver.crt",
    "/etc/kubernetes/pki/apiserver.key",
    "/var/lib/kubelet/config.yaml",
    FLAGS_FILE,
)
CONFIGURED_PROCESSES = ("process kube-apiserver", "process kubelet")
KUBEADM_COPIES = "/etc/kubernetes/tmp/"  # kubeadm keeps the old file of a kubelet there
KEPT = ("configmaps kube-system/kubeadm-config", "configmaps kube-system/kubelet-config")
# Kinds that the control plane itself writes again when it starts anew, or when pods were not ready for a while.
FOLLOWING = ("endpoints", "endpointslices", "leases")
TASKS = 5  # one for each kind of file and for the labels, two of kubeadm's: on the host, and what the cluster keeps

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
    """Variables of a cluster that is to be changed: a mirror, a kernel setting, a label, kubeadm's own settings."""
    mirrors = dict(inventory.variable("kube_registry_mirrors", {}))
    mirrors["docker.io"] = next(iter(mirrors.values()))
    return {
        "kube_registry_mirrors": mirrors,
        "node_sysctls": SYSCTL,
        "kube_node_labels": LABEL,
        "kube_apiserver_extra_args": [ARGUMENT],
        "kube_cert_extra_sans": [NAME],
        "kube_kubelet_extra_args": [FLAG],
        "kube_kubelet_config": {**inventory.variable("kube_kubelet_config", {}), "maxPods": PODS_OF_A_NODE},
    }


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


def asked_for(ran: Ran) -> set[str]:
    """Names of the objects that changed because somebody wanted it."""
    names = {line.split(": ")[0] for line in ran.written}
    return {name for name in names if name.split(" ")[0] not in FOLLOWING}


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
    assert len({task for _, task in check.changes}) == TASKS
    assert sorted(real.changes) == sorted(check.changes)
    touched = {line.split(": ")[1] for line in real.touched}
    touched = {path for path in touched if not path.startswith(KUBEADM_COPIES)}
    assert touched == {*CHANGED_FILES, *CONFIGURED_FILES, *CONFIGURED_PROCESSES}
    names = [node_name(host) for host in inventory.kubernetes_hosts]
    pods = {f"pods kube-system/kube-apiserver-{name}" for name in names}  # what the API shows of a static pod
    assert asked_for(real) == {*KEPT, *pods, *(f"nodes {name}" for name in names)}
    assert (sorted(again.changes), again.touched, asked_for(again)) == ([], (), set())


def kubelets(inventory: Inventory) -> dict[str, tuple[str, bool]]:
    """Of each node how many pods it takes, and whether its kubelet runs with the flag."""
    api = KubeApi(read_kubeconfig(kubeconfig_path(inventory)))
    pods = {item["metadata"]["name"]: item["status"]["capacity"]["pods"] for item in api.items("/api/v1/nodes")}
    running = "tr '\\0' '\\n' </proc/$(systemctl show kubelet --property=MainPID --value)/cmdline"
    return {
        node_name(host): (pods[node_name(host)], "--v=3" in remote.output(host, running).split())
        for host in inventory.kubernetes_hosts
    }


def test_the_kubelet_works_with_its_new_settings(build: Ran, inventory: Inventory) -> None:
    names = [node_name(host) for host in inventory.kubernetes_hosts]
    assert kubelets(inventory) == dict.fromkeys(names, (str(PODS_OF_A_NODE), True))


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
    ran = rehearsal.check(**wish, kube_image_repository="registry.example.com/kubernetes")
    figure(f"another registry: {', '.join(sorted(ran.codes))}")
    assert ran.outcome.rc == 0, ran.printed
    assert ran.codes - build.codes == {"W1025"}
    assert (ran.touched, ran.written) == ((), ())


def test_what_is_taken_out_of_the_inventory_goes_and_what_others_wrote_stays(
    build: Ran, rehearsal: Rehearsal, inventory: Inventory, figure: Figure
) -> None:
    theirs = "/etc/containerd/certs.d/other.example.com/hosts.toml"
    for host in inventory.kubernetes_hosts:
        remote.output(host, f"mkdir -p $(dirname {theirs}) && echo 'server = \"https://other.example.com\"' >{theirs}")
    check, real, again = rehearsal.check(), rehearsal.real(), rehearsal.real()
    figure(
        f"taken out again: {len(real.changes)} changes in {real.outcome.seconds:.0f} s, {len(again.changes)} after it"
    )
    assert [ran.outcome.rc for ran in (check, real, again)] == [0, 0, 0], (check.printed, real.printed, again.printed)
    assert sorted(real.changes) == sorted(check.changes)
    touched = {line.split(": ")[1] for line in real.touched}
    assert {*CHANGED_FILES, *CONFIGURED_FILES} - touched == set()
    for host in inventory.kubernetes_hosts:
        mirrors = remote.output(host, "ls /etc/containerd/certs.d/*/hosts.toml").split()
        assert theirs in mirrors
        assert CHANGED_FILES[0] not in mirrors
    names = [node_name(host) for host in inventory.kubernetes_hosts]
    assert kubelets(inventory) == dict.fromkeys(names, (str(DEFAULT_PODS), False))
    assert (sorted(again.changes), again.touched) == ([], ())


def test_no_run_printed_a_secret(build: Ran, rehearsal: Rehearsal) -> None:
    assert leaks.in_logs(rehearsal.logs) == {}
