# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""All facts of one host in one go: independent questions are asked at the same time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    gather_cluster,
    gather_config,
    gather_kubeadm,
    gather_network,
    gather_system,
    host_state,
    long_command,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.gather_kubeadm import OnDisk
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner

Json = dict[str, Any]

# A name server that does not answer must not hold up the rest.
RESOLVE_SECONDS = 6.0
COMMAND_SECONDS = 60.0


def parallel(jobs: Mapping[str, Callable[[], Any]], timeout: float, otherwise: Any = None) -> dict[str, Any]:
    """Run jobs in threads; one that raises, or has no answer after `timeout` seconds, gives `otherwise`."""
    results: dict[str, Any] = {}

    def run(name: str, job: Callable[[], Any]) -> None:
        try:
            results[name] = job()
        except Exception:
            results[name] = otherwise  # facts are gathered from hosts in any condition: nothing found is an answer

    threads = [threading.Thread(target=run, args=item, daemon=True) for item in jobs.items()]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + timeout
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return {name: results.get(name, otherwise) for name in jobs}


def host(runner: Runner, disk: Disk, params: Json) -> Json:
    """The facts that kubeadm_info returns; QuorumError where it cannot be told what kubeadm has done here."""
    jobs: dict[str, Callable[[], Any]] = {
        "machine": lambda: gather_system.machine(disk),
        "os": lambda: gather_system.operating_system(disk),
        "addresses": lambda: gather_network.addresses(runner),
        "resolvers": lambda: gather_network.resolvers(disk),
        "resolved": lambda: resolved(params["resolve"]),
        "ports": lambda: gather_network.listening(runner, disk, params["ports"]),
        "disk": lambda: gather_system.disk_space(params["paths"], disk),
        "packages": lambda: gather_system.packages(runner),
        "versions": lambda: gather_system.versions(runner),
        "running": lambda: running(runner),
        "kubernetes": lambda: kubernetes(runner, disk, params),
        "configuration": lambda: configuration(runner, disk),
        "snapshot_timer": lambda: disk.exists(host_state.SNAPSHOT_TIMER),
    }
    found = parallel(jobs, COMMAND_SECONDS + params["api_timeout"])
    if found["kubernetes"] is None:  # silence must not be taken for a fresh host
        raise QuorumError(
            "E2103",
            "what kubeadm has done on this host could not be found out in time",
            "see whether its disk and systemd answer, and run again",
        )
    facts: Json = {"hostname": socket.gethostname(), "epoch": time.time(), **(found.pop("machine") or {})}
    facts.update(found.pop("kubernetes"))
    facts.update(found)
    return facts


def resolved(names: Sequence[str]) -> dict[str, list[str]]:
    """Addresses of names, asked all at once."""

    def job(name: str) -> Callable[[], list[str]]:
        return lambda: gather_network.resolve(name)

    return parallel({name: job(name) for name in names}, RESOLVE_SECONDS, [])


def running(runner: Runner) -> list[str]:
    """Our long commands that run at this moment."""
    return [long_command.UNIT] if long_command.unit_runs(runner) else []


def kubernetes(runner: Runner, disk: Disk, params: Json) -> Json:
    """The judgement of this host, and of control planes what their API server says about the cluster."""
    on_disk = gather_kubeadm.read(disk)
    judged = host_state.classify(on_disk.seen)
    cluster = None
    if on_disk.api and host_state.ADMIN_CONF in on_disk.seen.files:
        patience = params["api_timeout"] if judged.state == host_state.COMPLETE and kubelet_runs(runner) else 0
        cluster = ask_cluster(runner, disk, on_disk, patience)
        judged = host_state.classify(with_cluster(on_disk, cluster, params["node_name"]))
    return {"kubeadm": kubeadm_facts(on_disk, judged, params["node_name"]), "cluster": cluster}


def configuration(runner: Runner, disk: Disk) -> Json | None:
    """What this host runs with; None where there is no kubelet's configuration."""
    if not disk.filled(host_state.KUBELET_CONFIG):
        return None
    return asdict(gather_config.running(Kubectl(runner, host_state.KUBELET_CONF), disk))


def judge(runner: Runner, disk: Disk, on_disk: OnDisk, node: str) -> host_state.State:
    """The state of this host at this moment; the cluster is asked only where no file is missing."""
    judged = host_state.classify(on_disk.seen)
    if judged.state != host_state.COMPLETE and not judged.leftovers:
        return judged
    if on_disk.api:
        return host_state.classify(with_cluster(on_disk, ask_cluster(runner, disk, on_disk, 0), node))
    exists = gather_cluster.own_node_exists(runner, on_disk.node_name or node)
    return host_state.classify(replace(on_disk.seen, node_exists=exists))


def kubeadm_facts(on_disk: OnDisk, judged: host_state.State, node: str) -> Json:
    """The `kubeadm` part of the facts."""
    return {
        "state": judged.state,
        "role": judged.role,
        "reasons": list(judged.reasons),
        "leftovers": list(judged.leftovers),
        "ca_sha256": on_disk.ca_sha256,
        "node_name": on_disk.node_name or node,
        "server": on_disk.server,
        "cri_socket": on_disk.cri_socket,
        "manifests": list(on_disk.seen.manifests),
        "unknown_manifests": list(host_state.unknown_manifests(on_disk.seen.manifests)),
    }


def ask_cluster(runner: Runner, disk: Disk, on_disk: OnDisk, patience: float) -> Json:
    """Ask this host's API server and etcd; an API server that starts just now is awaited for `patience` seconds."""
    api = on_disk.api or ("", "")
    ca_path = disk.path(host_state.CA_CERTIFICATE)
    ready = gather_cluster.await_api(lambda: gather_cluster.readyz(*api, ca_path), patience)
    kubectl = gather_cluster.local_kubectl(runner, api)
    jobs: dict[str, Callable[[], Any]] = {
        "etcd": lambda: gather_cluster.etcd(disk.read(host_state.API_SERVER_MANIFEST))
    }
    if ready:
        jobs["nodes"] = lambda: gather_cluster.node_list(kubectl)
        jobs["kept"] = lambda: gather_config.kept(kubectl)
    answers = parallel(jobs, COMMAND_SECONDS)
    kept = answers.get("kept")
    return {
        "api_ready": ready,
        "nodes": answers.get("nodes") or [],
        "cluster_configuration": (kept.cluster or None) if kept else None,
        "kubelet_configuration": (kept.kubelet or None) if kept else None,
        "proxy_configuration": (kept.proxy or None) if kept else None,
        "etcd": answers.get("etcd") or {"members": []},
    }


def kubelet_runs(runner: Runner) -> bool:
    """Whether the kubelet is active: without it no API server will start."""
    return runner.run(["systemctl", "is-active", "--quiet", "kubelet.service"], timeout=30).ok


def with_cluster(on_disk: OnDisk, cluster: Json, node: str) -> host_state.Seen:
    """What was seen on disk, completed by what the cluster says; no answer changes nothing."""
    name = on_disk.node_name or node
    names = {found["name"] for found in cluster["nodes"]}
    address = on_disk.api[0] if on_disk.api else ""
    return replace(
        on_disk.seen,
        node_exists=name in names if names and name else None,
        member=gather_cluster.own_member(cluster["etcd"].get("members") or [], name, address),
    )
