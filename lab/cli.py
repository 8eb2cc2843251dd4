# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line: what is asked for, and an exit status that tells how it went."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence

from lab import cluster, controller, mirror, system
from lab.debian import DEFAULT_SYSTEM, SYSTEMS
from lab.errors import LabError
from lab.podman import command
from lab.progress import say
from lab.sources import DEFAULT_KUBERNETES, RELEASES, release_of
from lab.topology import TOPOLOGIES

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
_POWER = ("stop", "kill", "start", "restart", "replace")


def split_command(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split at the first `--`: what is ours, and what is passed on."""
    words = list(argv)
    if "--" not in words:
        return words, []
    cut = words.index("--")
    return words[:cut], words[cut + 1 :]


def parser() -> argparse.ArgumentParser:
    """Return the parser of everything before `--`."""
    top = argparse.ArgumentParser(prog="python -m lab", description="Real Kubernetes on one machine.")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    up = _verb(verbs, "up", "bring nodes, mirror and inventory up; safe to run again")
    _add_kubernetes(up)
    up.add_argument("--os", choices=sorted(SYSTEMS), default=DEFAULT_SYSTEM, help="what the nodes run")
    _verb(verbs, "down", "remove a cluster's nodes and network; the mirror and what is built stay")
    _verb(verbs, "inventory", "print the path of the inventory")
    _verb(verbs, "kubectl", "run kubectl on the cluster: kubectl --topology ha -- get nodes")
    execute = _verb(verbs, "exec", "run a command in a node as root: exec --topology ha cp1 -- uptime")
    execute.add_argument("node")
    power = _verb(verbs, "node", "stop, kill, start or restart a node, or put a fresh machine in its place")
    power.add_argument("action", choices=_POWER)
    power.add_argument("node")
    fill = verbs.add_parser("mirror", help="build a Kubernetes and fill the mirror with it")
    _add_kubernetes(fill)
    verbs.add_parser("controller", help="run a command with the Ansible of today: controller -- ansible --version")
    verbs.add_parser("status", help="list the mirror, clusters, nodes and addresses")
    return top


def _verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=about)
    verb.add_argument("--topology", choices=sorted(TOPOLOGIES), default="", help="which machines")
    verb.add_argument("--name", default="", help="the cluster's name (default: the topology's)")
    return verb


def _add_kubernetes(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--kubernetes", choices=sorted(RELEASES), default=DEFAULT_KUBERNETES, help="which version")


def cluster_name(options: argparse.Namespace) -> str:
    """Return the name the options mean: --name, or else the topology's."""
    name: str = options.name or options.topology
    if not name:
        raise LabError("which cluster?", "Give --topology, or the --name it was brought up with")
    if not _NAME.fullmatch(name):
        raise LabError(f"{name!r} cannot be a cluster's name", "Use up to 32 lower-case letters, digits and hyphens")
    return name


def dispatch(options: argparse.Namespace, passed_on: Sequence[str]) -> None:
    """Do what was asked for."""
    if options.verb == "status":
        cluster.status()
    elif options.verb == "controller":
        system.ensure()
        cluster.become(command(*controller.run_arguments(controller.ensure(), passed_on)))
    elif options.verb == "mirror":
        system.ensure()
        mirror.ensure(release_of(options.kubernetes))
    elif options.verb == "up":
        if not options.topology:
            raise LabError("which machines?", f"Give --topology, one of {' '.join(TOPOLOGIES)}")
        name = cluster_name(options)
        print(cluster.up(TOPOLOGIES[options.topology], name, release_of(options.kubernetes), options.os))
    else:
        _on_cluster(options, cluster_name(options), passed_on)


def _on_cluster(options: argparse.Namespace, name: str, passed_on: Sequence[str]) -> None:
    if options.verb == "down":
        cluster.down(name)
    elif options.verb == "inventory":
        print(cluster.inventory(name))
    elif options.verb == "kubectl":
        cluster.kubectl(name, passed_on)
    elif options.verb == "node":
        cluster.power(name, options.action, options.node)
    elif not passed_on:
        raise LabError("no command to run", f"python -m lab exec --name {name} {options.node} -- COMMAND")
    else:
        cluster.execute(name, options.node, passed_on)


def main(argv: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    ours, passed_on = split_command(argv)
    options = parser().parse_args(ours)
    try:
        dispatch(options, passed_on)
    except LabError as error:
        say(f"error: {error.seen}")
        say(f"what to do: {error.fix}")
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        say("interrupted; run the same command again to go on from here")
        return 130
    return 0
