# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line of the virtual machines."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from lab.debian import DEFAULT_SYSTEM, SYSTEMS
from lab.errors import LabError
from lab.progress import say
from lab.sources import DEFAULT_KUBERNETES, RELEASES, release_of
from lab.topology import TOPOLOGIES
from lab.vm import machines

# One box for all machines: a cluster of several releases is the lab's in containers.
_SYSTEMS = {name: debians[0] for name, debians in SYSTEMS.items() if len(debians) == 1}


def parser() -> argparse.ArgumentParser:
    """Return the parser."""
    top = argparse.ArgumentParser(prog="python -m lab.vm", description="Virtual machines for a cluster.")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    up = _verb(verbs, "up", "bring machines, mirror and inventory up; safe to run again")
    up.add_argument("--kubernetes", choices=sorted(RELEASES), default=DEFAULT_KUBERNETES, help="which version")
    up.add_argument("--os", choices=sorted(_SYSTEMS), default=DEFAULT_SYSTEM, help="what the machines run")
    _verb(verbs, "down", "remove the machines; the mirror and the box stay")
    _verb(verbs, "inventory", "print the path of the inventory")
    return top


def _verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=about)
    verb.add_argument("--topology", choices=sorted(TOPOLOGIES), default="single", help="which machines")
    verb.add_argument("--name", required=True, help="the machines' name")
    return verb


def main(argv: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    options = parser().parse_args(argv)
    try:
        if options.verb == "up":
            release, debian = release_of(options.kubernetes), _SYSTEMS[options.os]
            print(machines.up(TOPOLOGIES[options.topology], options.name, release, debian))
        elif options.verb == "down":
            machines.down(options.name)
        else:
            print(machines.inventory(options.name))
    except LabError as error:
        say(f"error: {error.seen}")
        say(f"what to do: {error.fix}")
        return 1
    return 0
