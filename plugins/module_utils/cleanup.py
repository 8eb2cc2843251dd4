# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Taking one host out of Kubernetes' hands: list what is there, then remove it.

kubeadm's own reset stops the kubelet and the containers and empties its directories. It is kept away from etcd's
membership (that is etcd_member's, under the quorum rule) and from the API, which may be gone already.
"""

from __future__ import annotations

import contextlib
import fnmatch
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    etcd_client,
    firewall,
    gather_cluster,
    gather_kubeadm,
    host_state,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import CRI_SOCKET
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand, failure
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, run_checked

Json = dict[str, Any]

TITLE = "kubeadm reset"

# Directories that are emptied; the directories themselves belong to packages or are mounts.
DIRECTORIES = (
    host_state.MANIFESTS,
    host_state.PKI,
    host_state.KUBEADM_SCRATCH,
    host_state.KUBELET,
    "/var/lib/cni",
    "/run/flannel",
    "/var/lib/kube-proxy",
    "/var/log/pods",
    "/var/log/containers",
    "/root/.kube/cache",  # of the kubectl that the playbooks run
)
FILES = ("/opt/cni/bin/flannel",)
CONF_DIRECTORY = host_state.KUBERNETES
CNI_DIRECTORY = "/etc/cni/net.d"
# Files of network plugins that run as pods; those of podman or CRI-O stay.
CNI_PATTERNS = ("10-flannel*", "*calico*", "*cilium*", "*weave*", "*kuberouter*", "*ovn*", "*antrea*", "*multus*")
INTERFACES = ("cni0", "flannel.1", "flannel-v6.1", "kube-ipvs0", "cilium_host", "cilium_vxlan", "vxlan.calico", "weave")
IPVS_INTERFACE = "kube-ipvs0"
BRIDGE = "cni0"
CGROUPS = "/sys/fs/cgroup"
POD_SLICE = "kubepods.slice"


@dataclass(frozen=True)
class Found:
    """What is there to remove. `firewall` has a removal script for each program of the packet filter's."""

    directories: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    cgroups: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    firewall: tuple[tuple[str, str], ...] = ()
    nft_tables: tuple[tuple[str, str], ...] = ()
    ipvs: tuple[tuple[str, ...], ...] = ()

    def described(self) -> list[str]:
        """Everything as a list for people."""
        return [
            *(f"contents of {path}" for path in self.directories),
            *self.files,
            *(f"mount {path}" for path in self.mounts),
            *(f"control group {path}" for path in self.cgroups),
            *(f"interface {name}" for name in self.interfaces),
            *(f"chain {name}" for name in self.chains),
            *(f"nftables table {family} {name}" for family, name in self.nft_tables),
            *(f"IPVS service {service[-1]}" for service in self.ipvs),
        ]


def find(runner: Runner, disk: Disk) -> Found:
    """List what Kubernetes has left on this host."""
    interfaces = _interfaces(runner)
    saved = {program: runner.run([f"{program}-save"], timeout=30).stdout for program in ("iptables", "ip6tables")}
    ipvs: list[list[str]] = []
    if IPVS_INTERFACE in interfaces:
        services = runner.run(["ipvsadm", "--save", "--numeric"], timeout=30).stdout
        ipvs = firewall.own_ipvs_services(services, _addresses(runner, IPVS_INTERFACE))
    return Found(
        directories=tuple(path for path in _directories(disk) if disk.names(path)),
        files=tuple(_files(disk)),
        mounts=tuple(_mounts(disk)),
        cgroups=tuple(_cgroups(disk)),
        interfaces=tuple(interfaces),
        chains=tuple(f"{program} {chain}" for program, text in saved.items() for chain in firewall.own_chains(text)),
        firewall=tuple((program, firewall.removal(text)) for program, text in saved.items() if firewall.removal(text)),
        nft_tables=tuple(firewall.own_nft_tables(runner.run(["nft", "list", "tables"], timeout=30).stdout)),
        ipvs=tuple(tuple(service) for service in ipvs),
    )


def refuse_living_member(disk: Disk) -> None:
    """Raise when this host's etcd is a voter among others: its data must not go before the member is removed.

    Where the local etcd does not answer there is nobody to ask here; the caller has asked the other members.
    """
    manifest = disk.read(host_state.API_SERVER_MANIFEST)
    on_disk = gather_kubeadm.read(disk)
    connection = etcd_client.api_server_connection(manifest)
    if not (on_disk.seen.local_etcd and on_disk.seen.etcd_data and connection and on_disk.api):
        return
    members = etcd_client.describe(*connection, timeout=3.0)["members"]
    own = gather_cluster.own_member(members, on_disk.node_name, on_disk.api[0])
    if len(members) > 1 and own == host_state.MEMBER_VOTER:
        raise QuorumError(
            "E2113",
            f"etcd on this host is a voter of a cluster of {len(members)} members",
            "use remove_node.yml, which takes it out of etcd so that the others keep their quorum",
        )


def reset(runner: Runner, disk: Disk, long_command: LongCommand, found: Found, timeout: float) -> None:
    """Remove what was found; kubeadm first, then what it leaves to the administrator.

    The data of etcd go before all else: the CA beside them tells whose they are, and kubeadm takes it away. So a
    clean-up that is killed can be gone on with.
    """
    if host_state.ETCD_DATA in found.directories:
        _stop_etcd(runner, timeout)
        disk.empty(host_state.ETCD_DATA)
    if runner.run(["kubeadm", "version", "--output=short"], timeout=20).ok:
        outcome = long_command.run(TITLE, command(), timeout)
        if not outcome.ok:
            raise failure(TITLE, outcome, long_command.log_path, "E2115")
    else:
        runner.run(["systemctl", "stop", "kubelet.service"], timeout=60)
        runner.run(["crictl", "--runtime-endpoint", CRI_SOCKET, "rmp", "--all", "--force"], timeout=timeout)
    # Deepest first; containers' file systems went with their containers.
    for path in sorted(_mounts(disk), key=len, reverse=True):
        run_checked(runner, ["umount", path], "E2116", "see who uses it: fuser -vm " + path)
    for path in found.directories:
        disk.empty(path)
    for path in found.files:
        disk.remove(path)
    _remove_cgroups(runner, [disk.path(path) for path in found.cgroups])
    _remove_network(runner, found)


def _stop_etcd(runner: Runner, timeout: float) -> None:
    """Stop etcd's static pod and the kubelet, which would start it again; nothing to stop is no error."""
    runner.run(["systemctl", "stop", "kubelet.service"], timeout=60)
    crictl = ["crictl", "--runtime-endpoint", CRI_SOCKET]
    pods = runner.run(
        [*crictl, "pods", "--quiet", "--namespace", "kube-system", "--label", "component=etcd"], timeout=30
    )
    if pods.ok and pods.stdout.split():
        runner.run([*crictl, "rmp", "--force", *pods.stdout.split()], timeout=timeout)


def command() -> list[str]:
    """kubeadm reset that asks neither the cluster nor etcd."""
    return [
        "kubeadm",
        "reset",
        "--force",
        f"--cri-socket={CRI_SOCKET}",
        "--skip-phases=remove-etcd-member",
        "--kubeconfig=/nonexistent",
        "--cleanup-tmp-dir",
    ]


def _remove_cgroups(runner: Runner, paths: Sequence[str]) -> None:
    """Remove what the kubelet made for pods: slices of systemd, and what it made beside them in other hierarchies.

    A group that still holds a process cannot be removed, and does no harm: it goes when the host restarts.
    """
    if paths:
        runner.run(["systemctl", "stop", POD_SLICE], timeout=60)
    for path in paths:
        for folder, _folders, _files in os.walk(path, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def _remove_network(runner: Runner, found: Found) -> None:
    for program, script in found.firewall:
        run_checked(runner, [f"{program}-restore", "--noflush"], "E2118", stdin=script, timeout=60)
    for family, name in found.nft_tables:
        run_checked(runner, ["nft", "delete", "table", family, name], "E2118")
    for arguments in found.ipvs:
        run_checked(runner, ["ipvsadm", *arguments], "E2118")
    # Pods that are gone took their veth with them, and a bridge without ports may vanish: absence is what is wanted.
    present = _interfaces(runner)
    for name in found.interfaces:
        if name in present:
            run_checked(runner, ["ip", "link", "delete", name], "E2119")


def _directories(disk: Disk) -> list[str]:
    etcd_of_its_own = any(disk.exists(unit) for unit in gather_kubeadm.ETCD_UNITS)
    return [*DIRECTORIES, *([] if etcd_of_its_own else [host_state.ETCD_DATA])]


def _files(disk: Disk) -> list[str]:
    confs = [f"{CONF_DIRECTORY}/{name}" for name in disk.names(CONF_DIRECTORY) if name.endswith(".conf")]
    cni = [
        f"{CNI_DIRECTORY}/{name}"
        for name in disk.names(CNI_DIRECTORY)
        if any(fnmatch.fnmatch(name, pattern) for pattern in CNI_PATTERNS)
    ]
    return [*confs, *cni, *(path for path in FILES if disk.exists(path))]


def _cgroups(disk: Disk) -> list[str]:
    """Where the groups of pods are: in the one hierarchy there is, or in that of each controller."""
    hierarchies = [CGROUPS, *(f"{CGROUPS}/{name}" for name in disk.names(CGROUPS))]
    return [path for path in (f"{place}/{POD_SLICE}" for place in hierarchies) if disk.exists(path)]


def _mounts(disk: Disk) -> list[str]:
    """Mount points below the kubelet's directory."""
    return [point for point in disk.mount_points() if point.startswith(host_state.KUBELET + "/")]


def _interfaces(runner: Runner) -> list[str]:
    """Our interfaces and the ports of the pods' bridge, as they are now."""
    links = _json_list(runner.run(["ip", "-json", "link", "show"], timeout=10).stdout)
    ports = [link["ifname"] for link in links if link.get("master") == BRIDGE]
    return ports + [link["ifname"] for link in links if link.get("ifname") in INTERFACES]


def _addresses(runner: Runner, interface: str) -> list[str]:
    found = _json_list(runner.run(["ip", "-json", "address", "show", "dev", interface], timeout=10).stdout)
    return [address.get("local", "") for link in found for address in link.get("addr_info", [])]


def _json_list(text: str) -> list[Json]:
    try:
        parsed = json.loads(text)
    except ValueError:
        return []
    return [item for item in parsed if isinstance(item, dict)]
