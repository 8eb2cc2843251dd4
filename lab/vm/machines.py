# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A topology as virtual machines: up with an inventory, and down without a trace."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path

from lab import mirror, networks, system
from lab.cache import CLUSTERS, locked, read_state, write_file
from lab.debian import Debian
from lab.errors import LabError
from lab.progress import say, step
from lab.sources import Release
from lab.topology import TOPOLOGIES, Topology
from lab.vm import box, libvirt, vagrant
from lab.vm.inventory import write

_STATE_FILE = mirror.MACHINES_FILE
# A program -> the Debian package that has it.
_NEEDS = {
    "vagrant": "vagrant",
    "/usr/share/vagrant-plugins/plugins.d/vagrant-libvirt.json": "vagrant-libvirt",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "libvirtd": "libvirt-daemon-system",
    "virsh": "libvirt-clients",
    "dnsmasq": "dnsmasq-base",
    "sfdisk": "fdisk",
    "mke2fs": "e2fsprogs",
}


def up(topology: Topology, name: str, release: Release, debian: Debian) -> Path:
    """Bring the machines up, and return the path of their inventory; safe to run again."""
    system.ensure({**system.NEEDS, **_NEEDS})
    with locked(f"cluster-{name}"), step(f"Machines {name}: {topology.about}", slow=True):
        network = _claim(topology, name)
        libvirt.ensure()
        served = mirror.ensure(release)
        made_of = box.ensure(debian, release)
        _note(name, {**_state(name), "box": made_of})
        environment = vagrant.settings(topology, name, network, _folder(name), made_of)
        if emulated := vagrant.emulated():
            say("There is no KVM on this machine: its processor is emulated, and everything takes ten times as long")
        with step(f"Start {len(topology.nodes)} machines", slow=True):
            vagrant.up(environment)
        write(_folder(name), network, release, served, emulated=emulated)
    return inventory(name)


def down(name: str) -> None:
    """Remove the machines, their network and their folder; with the last ones libvirt ends, if the lab started it."""
    with locked(f"cluster-{name}"), step(f"Take the machines {name} down"):
        state = _state(name)
        if "box" in state:  # without one no machine was started
            libvirt.ensure()
            topology, network = TOPOLOGIES[state["topology"]], IPv4Network(state["network"])
            vagrant.destroy(vagrant.settings(topology, name, network, _folder(name), state["box"]))
        shutil.rmtree(_folder(name), ignore_errors=True)  # there is none where nothing was brought up
        if state and not list(CLUSTERS.glob(f"*/{_STATE_FILE}")):
            libvirt.rest()
    mirror.rest_if_unused()


def inventory(name: str) -> Path:
    """Return the inventory's path."""
    path = _folder(name) / "inventory.ini"
    if not path.is_file():
        raise LabError(f"there are no machines {name}", "Bring them up: python -m lab.vm up --topology single")
    return path


def _claim(topology: Topology, name: str) -> IPv4Network:
    """Note what the name stands for, and return its network, which stays the same when it is brought up again."""
    state = _state(name) or {"topology": topology.name, "network": str(networks.free())}
    if state["topology"] != topology.name:
        raise LabError(f"the machines {name} have the topology {state['topology']}", "Take them down, or name others")
    _note(name, state)
    return IPv4Network(state["network"])


def _note(name: str, state: Mapping[str, str]) -> None:
    write_file(_folder(name) / _STATE_FILE, json.dumps(dict(state)))


def _folder(name: str) -> Path:
    return CLUSTERS / name


def _state(name: str) -> Mapping[str, str]:
    return read_state(_folder(name) / _STATE_FILE)
