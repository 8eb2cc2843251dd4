# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The machines themselves: system, memory, cores, disks, swap, cgroups, clocks, ports, and what must be unique."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ansible_collections.quorum.kubernetes.plugins.module_utils import endpoint as endpoints
from ansible_collections.quorum.kubernetes.plugins.module_utils import versions
from ansible_collections.quorum.kubernetes.plugins.module_utils.facts import NONE, Facts, text
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules import etcd
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about, nested
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.endpoints import NODE_PORTS
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.releases import target
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.scene import Scene
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show

SYSTEMS = {"debian": ("12", "13"), "ubuntu": ("22.04", "24.04")}
ARCHITECTURES = ("amd64", "arm64")
_SUPPORT = "Debian 12-13, Ubuntu 22.04-24.04; amd64, arm64"

_CONTROL_PLANE_MIB = 1700  # kubeadm's preflight check Mem
_CONTROL_PLANE_CPUS = 2  # kubeadm's preflight check NumCPU
_NFTABLES_KERNEL = (5, 13)  # kube-proxy's nftables mode
_DISK_MIB = {"/var/lib/containerd": 2048, "/var/lib/kubelet": 1024, "/var/lib/etcd": 1024}
# What the kubelet's hard limits are unless evictionHard names others, of the file system that holds the path:
# https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#hard-eviction-thresholds
_EVICTION_SIGNALS = {"/var/lib/kubelet": "nodefs.available", "/var/lib/containerd": "imagefs.available"}
_EVICTION_HARD = {"nodefs.available": "10%", "imagefs.available": "15%"}
_CLOCK_ERROR_S = 5.0
_CLOCK_WARNING_S = 2.0
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_CONTROL_PLANE_PORTS = (2379, 2380, 10257, 10259)
_ETCD_PORTS = (2379, 2380)


def system(scene: Scene) -> Iterator[Finding]:
    """The operating systems and architectures of the support table."""
    for host, own in scene.found(scene.inventory.hosts):
        known = own.os_version in SYSTEMS.get(own.os_id, ()) and own.arch in ARCHITECTURES
        if own.os_id and not known:
            seen = f"{own.os_name or own.os_id} on {own.arch}"
            fix = f"use one of the support table ({_SUPPORT})"
            yield Finding("0809", "", f"runs {seen}", "which is not in the support table", fix, host)


def control_plane_size(scene: Scene) -> Iterator[Finding]:
    """Memory and cores that kubeadm asks of a control plane."""
    for host, own in scene.joining():
        if not scene.inventory.is_control_plane(host):
            continue
        if 0 < own.memory_mib < _CONTROL_PLANE_MIB and not scene.ignores(host, "Mem"):
            wrong = f"are less than the {_CONTROL_PLANE_MIB} MiB of a control plane"
            fix = "give it more memory, or add Mem to kube_ignore_preflight_errors"
            yield Finding("0810", "memory", f"{own.memory_mib} MiB", wrong, fix, host)
        if 0 < own.cpus < _CONTROL_PLANE_CPUS and not scene.ignores(host, "NumCPU"):
            wrong = f"is less than the {_CONTROL_PLANE_CPUS} of a control plane"
            fix = "give it another core, or add NumCPU to kube_ignore_preflight_errors"
            yield Finding("0812", "cores", str(own.cpus), wrong, fix, host)


def reserved_memory(scene: Scene) -> Iterator[Finding]:
    """What the kubelet keeps for itself and the system is less than there is."""
    configured = scene.inventory.mapping("kube_kubelet_config")
    parts = {key: _mib(nested(configured, key, "memory")) for key in ("kubeReserved", "systemReserved")}
    for host, own in scene.found(scene.inventory.nodes):
        if 0 < own.memory_mib <= sum(parts.values()):
            seen = " and ".join(f"{key} {mib:.0f} MiB" for key, mib in parts.items() if mib)
            wrong = f"are more than the host has, {own.memory_mib} MiB"
            yield Finding("0813", "kube_kubelet_config", seen, wrong, "reserve less, or give it more memory", host)


def _mib(quantity: object) -> float:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([kMGT]i?|Ki)?", str(quantity or "0"))
    return float(match[1]) * _UNITS[match[2] or ""] / 2**20 if match else 0.0


def swap(scene: Scene) -> Iterator[Finding]:
    """The kubelet does not start beside swap unless it is told to."""
    inventory = scene.inventory
    if inventory.mapping("kube_kubelet_config").get("failSwapOn") is False:
        return
    for host, own in scene.joining():
        if own.swap and not inventory.flag("kube_swap_off", host):
            fix = "set kube_swap_off: true, or failSwapOn: false in kube_kubelet_config"
            yield Finding("0814", "swap", ", ".join(own.swap), "is on, and the kubelet would not start", fix, host)


def cgroups(scene: Scene) -> Iterator[Finding]:
    """From 1.35 on, kubelet and kubeadm each refuse cgroup v1 unless they are told not to."""
    wanted = target(scene.inventory)
    if wanted is None or wanted.minor < versions.minor_number(versions.FAIL_CGROUP_V1_SINCE):
        return
    tolerated = scene.inventory.mapping("kube_kubelet_config").get("failCgroupV1") is False
    for host, own in scene.joining():
        if own.cgroup_version == 1 and not (tolerated and scene.ignores(host, "SystemVerification")):
            fix = (
                "boot it with cgroup v2 (systemd.unified_cgroup_hierarchy=1), or set failCgroupV1: false in"
                " kube_kubelet_config and add SystemVerification to kube_ignore_preflight_errors"
            )
            wrong = f"is refused by Kubernetes {wanted.line}"
            yield Finding("0817", "", "cgroup v1", wrong, fix, host)


def kernel(scene: Scene) -> Iterator[Finding]:
    """nftables in kube-proxy wants a newer kernel than the rest."""
    if scene.inventory.text("kube_proxy_mode") != "nftables":
        return
    for host, own in scene.found(scene.inventory.nodes):
        match = re.match(r"(\d+)\.(\d+)", own.kernel)
        if match and (int(match[1]), int(match[2])) < _NFTABLES_KERNEL:
            wrong = "is too old for kube_proxy_mode nftables, which wants 5.13"
            yield Finding("0832", "kernel", own.kernel, wrong, "use iptables, or a newer kernel", host)


def clocks(scene: Scene) -> Iterator[Finding]:
    """Clocks that surely differ.

    A host's clock was read between the moment the controller asked and now; that bounds how far it is off the
    controller's. Two hosts differ for sure by the gap between their bounds, however long the asking took.
    """
    bounds = {
        host: (own.epoch - scene.now, own.epoch - own.asked)
        for host, own in scene.found(scene.inventory.hosts)
        if own.asked and own.epoch
    }
    if len(bounds) < 2:
        return
    ahead = max(bounds, key=lambda host: bounds[host][0])
    behind = min(bounds, key=lambda host: bounds[host][1])
    gap = bounds[ahead][0] - bounds[behind][1]
    if gap > _CLOCK_WARNING_S:
        code = "0818" if gap > _CLOCK_ERROR_S else "0819"
        fix = "let an NTP client set all clocks (systemd-timesyncd or chrony)"
        yield Finding(code, f"{ahead} and {behind}", "", f"have clocks at least {gap:.0f} s apart", fix)


def ports(scene: Scene) -> Iterator[Finding]:
    """On hosts without anything of Kubernetes, the ports it needs are free."""
    for host, own in scene.found(scene.inventory.hosts):
        for port, users in _needed_ports(scene.inventory, host, own).items():
            owner = own.ports.get(str(port))
            process = text(owner or {}, "process")
            if owner is not None and process not in users:
                wrong = f"is in use by {process or 'a process that is not known'}"
                unit = text(owner, "unit")
                fix = f"stop {unit or process or 'it'}, or choose another port where there is a variable for it"
                yield Finding("0820", "port", str(port), wrong, fix, host)


def _needed_ports(inventory: Inventory, host: str, own: Facts) -> dict[int, tuple[str, ...]]:
    """Ports that must be free, with the processes that may have them already."""
    needed: dict[int, tuple[str, ...]] = {}
    kind = endpoints.kind_of(inventory)
    if host in inventory.nodes and own.state == NONE:
        needed.update({port: () for port in NODE_PORTS if port not in (*_CONTROL_PLANE_PORTS, 2381)})
        if kind == endpoints.LOCAL:
            needed[inventory.number("kube_local_load_balancer_port")] = ("haproxy",)
    if inventory.is_control_plane(host) and own.state == NONE:
        needed[inventory.number("kube_api_port")] = ()
        needed.update({port: () for port in _CONTROL_PLANE_PORTS if not (inventory.etcd_hosts and port in _ETCD_PORTS)})
    if host in inventory.load_balancers:
        needed[inventory.number("kube_load_balancer_port")] = ("haproxy",)
    if host in inventory.etcd_hosts:
        needed.update(dict.fromkeys(_ETCD_PORTS, ("etcd",)))
    return needed


def disks(scene: Scene) -> Iterator[Finding]:
    """Room for images, pods and etcd before anything is put there."""
    quota = etcd.extra_flags(scene.inventory).get("quota-backend-bytes", "0")
    for host, own in scene.joining():
        for path, wanted in _DISK_MIB.items():
            free = own.disk.get(path, {}).get("free_mib")
            if path == "/var/lib/etcd" and not scene.inventory.is_control_plane(host):
                continue
            if isinstance(free, (int, float)) and free < wanted:
                wrong = f"has {free:.0f} MiB free, less than {wanted}"
                yield Finding("0821", path, "", wrong, "make room, or put it on a file system of its own", host)
            elif path == "/var/lib/etcd" and isinstance(free, (int, float)) and quota.isdigit():
                yield from _quota(scene.inventory, host, int(quota) / 2**20, free)


def disk_pressure(scene: Scene) -> Iterator[Finding]:
    """A kubelet evicts pods, and takes none, as long as less of a disk is available than its hard limit."""
    limits = scene.inventory.mapping("kube_kubelet_config").get("evictionHard", _EVICTION_HARD)
    for host, own in scene.joining():
        for path, signal in _EVICTION_SIGNALS.items():
            disk, limit = own.disk.get(path, {}), _percent(limits, signal)
            available, total = disk.get("available_mib"), disk.get("total_mib")
            if isinstance(available, int) and isinstance(total, int) and available < total * limit / 100:
                wrong = f"has {available} of {total} MiB available, and below {limit:g} % the kubelet evicts pods"
                fix = f"make room, or set {signal} of evictionHard in kube_kubelet_config"
                yield Finding("0821", path, "", wrong, fix, host)


def _percent(limits: object, signal: str) -> float:
    """The limit of a signal in percent of the disk; 0 if it has none, or one in bytes."""
    limit = limits.get(signal) if isinstance(limits, Mapping) else None
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)%", str(limit))
    return float(match[1]) if match else 0.0


def _quota(inventory: Inventory, host: str, quota: float, free: float) -> Iterator[Finding]:
    if quota > free / 2:
        wrong = f"is more than half of the free disk ({host} has {free:.0f} MiB free)"
        seen = f"etcd quota-backend-bytes {quota:.0f} MiB"
        yield about(inventory, "0604", "kube_cluster_configuration", wrong, "lower it, or give etcd a disk", seen=seen)


def unique(scene: Scene) -> Iterator[Finding]:
    """Host names and machine ids tell machines apart."""
    found = dict(scene.found(scene.inventory.nodes))
    fixes = {
        "0216": "give each host its own name (hostnamectl hostname)",
        "0217": "remove /etc/machine-id and run systemd-machine-id-setup on one of them",
    }
    values = {
        "0216": ("host name", {host: own.hostname for host, own in found.items()}),
        "0217": ("machine id", {host: own.machine_id for host, own in found.items()}),
    }
    for code, (name, mine) in values.items():
        seen: dict[str, str] = {}
        for host, value in mine.items():
            other = seen.setdefault(value, host) if value else host
            if other != host:
                yield Finding(code, f"{other} and {host}", "", f"both have the {name} {show(value)}", fixes[code])


def static_pods(scene: Scene) -> Iterator[Finding]:
    """Other static pods survive what this collection does; a person should know of them."""
    for host, own in scene.found(scene.inventory.nodes):
        if own.unknown_manifests:
            names = ", ".join(own.unknown_manifests)
            wrong = "in /etc/kubernetes/manifests is not kubeadm's"
            yield Finding("0823", "static pod", names, wrong, "remove it if it is left over; it is not touched", host)


def containerd(scene: Scene) -> Iterator[Finding]:
    """What is installed can serve the kubelet that an upgrade brings."""
    wanted = target(scene.inventory)
    if wanted is None or scene.purpose != "upgrade":
        return
    for host, own in scene.found(scene.inventory.nodes):
        installed = versions.parse_package(own.versions.get("containerd", ""))
        if installed is not None and not versions.containerd_accepted(wanted, installed):
            floors = ", ".join(str(floor) for floor in versions.RELEASES[wanted.line].containerd)
            wrong = f"is too old for Kubernetes {wanted}, which wants one of {floors} or later of its line"
            fix = "run cluster.yml with a newer kube_containerd_version first"
            yield Finding("0512", "containerd", str(installed), wrong, fix, host)


RULES = (
    Rule("0809", system),
    Rule("0810", control_plane_size),
    Rule("0813", reserved_memory),
    Rule("0814", swap),
    Rule("0817", cgroups),
    Rule("0832", kernel),
    Rule("0818", clocks),
    Rule("0820", ports),
    Rule("0821", disks),
    Rule("0821", disk_pressure),
    Rule("0216", unique),
    Rule("0823", static_pods),
    Rule("0512", containerd),
)
