# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the commands do with a whole cluster."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from lab import build, mirror, networks, nodeimage, nodes, sources, system
from lab.cache import CLUSTERS, locked, read_state, write_file
from lab.debian import SYSTEMS, Debian
from lab.errors import INSTALL, LabError
from lab.inventory import Cluster, write
from lab.podman import command, try_podman
from lab.progress import say, step
from lab.servers import FILE_SERVER, REGISTRY
from lab.sources import Release
from lab.topology import CONTROL_PLANE, TOPOLOGIES, Node, Topology

_STATE_FILE = mirror.CONTAINERS_FILE
_FRESH_STARTS = 2
_ADMIN_CONFIG = "/etc/kubernetes/admin.conf"


def up(topology: Topology, name: str, release: Release, system_name: str) -> Path:
    """Bring nodes, mirror and inventory up, from whatever is there; return the inventory's path."""
    build.check_go()
    system.ensure()
    images = _images(system_name)
    with locked(f"cluster-{name}"), step(f"Cluster {name}: {topology.about}"):
        _claim(topology, name, release, system_name)
        nodes.settle(name)
        cluster = _start(topology, name, images)
        return write(cluster, release, mirror.ensure(release))


def _images(system_name: str) -> dict[Debian, str]:
    return {debian: nodeimage.ensure(debian) for debian in SYSTEMS[system_name]}


def _claim(topology: Topology, name: str, release: Release, system_name: str) -> None:
    """Note what the name stands for, unless it already stands for something else."""
    state = {"topology": topology.name, "os": system_name, "kubernetes": release.kubernetes}
    known = _state(name)
    for what in ("topology", "os"):
        if known.get(what, state[what]) != state[what]:
            raise LabError(
                f"the cluster {name} is there with {what} {known[what]}",
                f"`python -m lab down --name {name}`, or choose another --name",
            )
    write_file(CLUSTERS / name / _STATE_FILE, json.dumps(state))


def _start(topology: Topology, name: str, images: Mapping[Debian, str]) -> Cluster:
    """Start the nodes and wait for them."""
    with step(f"Start {len(topology.nodes)} nodes"):
        cluster = _create(topology, name, images)
        nodes.on_each(
            topology.nodes,
            lambda node: nodes.wait(nodes.container_name(name, node.name), cluster.address_of(node.name)),
        )
    return cluster


def _create(topology: Topology, name: str, images: Mapping[Debian, str]) -> Cluster:
    """Create the containers; what a killed run left in a state podman cannot go on from is made anew.

    Nodes that were all up once carry somebody's cluster: those are never made anew.
    """
    for _ in range(_FRESH_STARTS):
        try:
            return _create_once(Cluster(name, topology, networks.ensure(name)), images)
        except LabError as error:
            if (CLUSTERS / name / "inventory.ini").is_file():
                raise
            say(f"Starting afresh, an earlier run did not end: {error.seen}")
            nodes.remove(name, topology.nodes)
            networks.remove(name)
    return _create_once(Cluster(name, topology, networks.ensure(name)), images)


def _create_once(cluster: Cluster, images: Mapping[Debian, str]) -> Cluster:
    states = nodes.states(cluster.name)
    systems = cluster.topology.systems(tuple(images))

    def create(node: Node) -> None:
        name = nodes.container_name(cluster.name, node.name)
        debian = systems[node.name]
        arguments = nodes.start_arguments(
            cluster.name,
            node,
            cluster.address_of(node.name),
            networks.network_name(cluster.name),
            images[debian],
            debian,
            sudo_password=cluster.topology.sudo_password,
        )
        nodes.ensure(arguments, name, states.get(name))

    nodes.on_each(cluster.topology.nodes, create)
    return cluster


def down(name: str) -> None:
    """Remove a cluster's containers, network and folder, whatever of them is there.

    With the last cluster the mirror's processes go as well: nothing of the lab runs that nobody uses.
    """
    with locked(f"cluster-{name}"), step(f"Take cluster {name} down"):
        nodes.settle(name)
        known = _state(name)
        nodes.remove(name, TOPOLOGIES[known["topology"]].nodes if known else ())
        networks.remove(name)
        shutil.rmtree(CLUSTERS / name, ignore_errors=True)
    mirror.rest_if_unused()


def status() -> None:
    """Print the mirror's and every cluster's state."""
    for server in (REGISTRY, FILE_SERVER):
        print(f"mirror {server.name:10} port {server.port()} {'answers' if server.alive() else 'is down'}")
    states = nodes.states()
    for folder in sorted(CLUSTERS.glob(f"*/{_STATE_FILE}")):
        name = folder.parent.name
        known = _state(name)
        print(f"\ncluster {name}: topology {known['topology']}, Kubernetes {known['kubernetes']}")
        network = networks.find(name)
        for node in TOPOLOGIES[known["topology"]].nodes:
            container = nodes.container_name(name, node.name)
            address = Cluster(name, TOPOLOGIES[known["topology"]], network).address_of(node.name) if network else "-"
            print(f"  {node.name:6} {address:15} {states.get(container, 'absent'):10} {' '.join(node.groups)}")


def load(name: str) -> Cluster:
    """Return a cluster that is up, or say how to bring it up."""
    known = _state(name)
    network = networks.find(name) if known else None
    if network is None:
        raise LabError(f"there is no cluster {name}", "Bring it up: python -m lab up --topology TOPOLOGY --name NAME")
    return Cluster(name, TOPOLOGIES[known["topology"]], network)


def inventory(name: str) -> Path:
    """Return the inventory's path."""
    path = load(name).inventory
    if not path.is_file():
        raise LabError(f"the cluster {name} has no inventory yet", "Run `python -m lab up` again: it did not end")
    return path


def execute(name: str, node: str, arguments: Sequence[str]) -> NoReturn:
    """Become a command in a node, as root."""
    container = nodes.container_name(name, _known(load(name), node).name)
    terminal = ["--interactive"] + (["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else [])
    become(command("exec", *terminal, container, *arguments))


def kubectl(name: str, arguments: Sequence[str]) -> NoReturn:
    """Become kubectl: this host's with the fetched kubeconfig, or the first control plane's where there is none."""
    cluster = load(name)
    fetched = sorted(cluster.folder.glob("*.kubeconfig"))
    if fetched:
        release = sources.release_of(_state(name)["kubernetes"])
        program = build.programs(sources.kubernetes(release)) / "kubectl"
        become([str(program), f"--kubeconfig={fetched[0]}", *arguments])
    first = next(node for node in cluster.topology.nodes if CONTROL_PLANE in node.groups)
    if try_podman("exec", nodes.container_name(name, first.name), "test", "-e", _ADMIN_CONFIG).returncode != 0:
        fix = f"Build one: ansible-playbook -i {cluster.inventory} playbooks/cluster.yml"
        raise LabError(f"there is no Kubernetes on {first.name} yet", fix)
    execute(name, first.name, ["kubectl", f"--kubeconfig={_ADMIN_CONFIG}", *arguments])


def power(name: str, action: str, node: str) -> None:
    """Stop, kill, start or restart the machine a node is, or put a fresh one in its place."""
    cluster = load(name)
    container = nodes.container_name(name, _known(cluster, node).name)
    with step(f"{action.capitalize()} {node}"):
        if action == "replace":
            _replace(cluster, _known(cluster, node))
            return
        if action != "start":
            nodes.stop(container, kill=action == "kill")
        if action in ("start", "restart"):
            nodes.start(container, cluster.address_of(node))


def _replace(cluster: Cluster, node: Node) -> None:
    """A machine with the same name and address, and with empty disks."""
    with locked(f"cluster-{cluster.name}"):
        nodes.discard(cluster.name, [node])
        _create_once(cluster, _images(_state(cluster.name)["os"]))
    nodes.wait(nodes.container_name(cluster.name, node.name), cluster.address_of(node.name))


def _known(cluster: Cluster, node: str) -> Node:
    found = cluster.topology.node(node)
    if found is None:
        there = " ".join(known.name for known in cluster.topology.nodes)
        raise LabError(f"the cluster {cluster.name} has no node {node}", f"Its nodes are {there}")
    return found


def _state(name: str) -> dict[str, str]:
    return read_state(CLUSTERS / name / _STATE_FILE)


def become(argv: Sequence[str]) -> NoReturn:
    """Give this process's place and exit status to a program."""
    sys.stdout.flush()
    try:
        os.execvp(argv[0], list(argv))  # noqa: S606 - the command takes this process's place and exit status
    except FileNotFoundError as missing:
        raise LabError(f"`{argv[0]}` is not installed", INSTALL) from missing
