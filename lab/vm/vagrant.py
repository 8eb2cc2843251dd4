# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Vagrant as the lab calls it: with a home in the cache, and the settings of the project's own Vagrantfile."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path

from lab.cache import CACHE
from lab.process import run
from lab.topology import CONTROL_PLANE, ETCD, LOAD_BALANCER, WORKER, Topology

PROJECT = Path(__file__).resolve().parent.parent.parent
_HOME = CACHE / "vagrant"
_HARDWARE_HELP = re.compile(r"^flags\b.*\b(vmx|svm)\b", re.M)
_SETTINGS = {
    "VAGRANT_HOME": str(_HOME),
    "VAGRANT_CWD": str(PROJECT),
    "VAGRANT_DEFAULT_PROVIDER": "libvirt",
    "VAGRANT_CHECKPOINT_DISABLE": "1",
    "VAGRANT_NO_COLOR": "1",
    "QUORUM_LAB_CACHE": str(CACHE),
}


def emulated() -> bool:
    """Tell whether machines have to do without KVM here, by the rule that the Vagrantfile has."""
    return not is_kvm(
        os.access("/dev/kvm", os.W_OK), Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    )


def is_kvm(device: bool, cpuinfo: str) -> bool:
    """Tell whether KVM is of use: its device may be there on a processor that does not help."""
    return device and _HARDWARE_HELP.search(cpuinfo) is not None


def settings(topology: Topology, name: str, network: IPv4Network, folder: Path, box: str) -> Mapping[str, str]:
    """Return the environment that makes the Vagrantfile's machines those of a topology."""
    return {
        **_SETTINGS,
        "VAGRANT_DOTFILE_PATH": str(folder / "vagrant"),
        "QUORUM_NAME": name,
        "QUORUM_BOX": box,
        "QUORUM_NETWORK": str(network.network_address).rpartition(".")[0],
        "QUORUM_INVENTORY": str(folder / "inventory.ini"),
        **{key: str(value) for key, value in counts(topology).items()},
    }


def counts(topology: Topology) -> dict[str, int]:
    """Return how many machines of each kind there are; one that is of two kinds counts as what it is called after."""
    groups = [node.groups for node in topology.nodes]
    return {
        "QUORUM_LOAD_BALANCERS": sum(LOAD_BALANCER in of for of in groups),
        "QUORUM_CONTROL_PLANES": sum(CONTROL_PLANE in of for of in groups),
        "QUORUM_WORKERS": sum(WORKER in of and CONTROL_PLANE not in of for of in groups),
        "QUORUM_ETCD_HOSTS": sum(ETCD in of and LOAD_BALANCER not in of for of in groups),
        "QUORUM_ETCD_ON_LOAD_BALANCERS": int(any(ETCD in of and LOAD_BALANCER in of for of in groups)),
    }


def boxes() -> set[str]:
    """Return the names of the boxes that Vagrant has."""
    lines = run(["vagrant", "box", "list", "--machine-readable"], env=_SETTINGS).splitlines()
    fields = [line.split(",") for line in lines]
    return {field[3] for field in fields if field[2:3] == ["box-name"]}


def add_box(name: str, archive: Path) -> None:
    """Give Vagrant a box."""
    run(["vagrant", "box", "add", "--force", "--name", name, str(archive)], env=_SETTINGS)


def up(environment: Mapping[str, str]) -> None:
    """Bring the machines up, safe to run again.

    One after the other: libvirt's networks are removed with the machine that made them if no other is on them, and
    `vagrant destroy` takes the first machine last.
    """
    argv = ["vagrant", "up", "--no-provision", "--no-parallel"]
    run(argv, env=environment, fix="See what `virsh console` shows of the machine")


def destroy(environment: Mapping[str, str]) -> None:
    """Remove the machines."""
    run(["vagrant", "destroy", "--force"], env=environment)
