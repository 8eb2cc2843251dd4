# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One network a cluster, in a range that nothing else on the machine uses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from ipaddress import IPv4Network

from lab.errors import LabError
from lab.podman import LABEL, listed, podman, try_podman
from lab.process import attempt, run

# Apart from the pods' 10.244.0.0/16, the services' 10.96.0.0/12 and podman's own 10.88.0.0/16.
_RANGE = IPv4Network("10.77.0.0/16")


def network_name(cluster: str) -> str:
    """Return the name podman knows the cluster's network by."""
    return f"quorum-{cluster}"


def free_network(used: Iterable[IPv4Network]) -> IPv4Network:
    """Return the first /24 of the lab's range that overlaps nothing in use."""
    taken = list(used)
    for candidate in _RANGE.subnets(new_prefix=24):
        if not any(candidate.overlaps(other) for other in taken):
            return candidate
    raise LabError(f"all of {_RANGE} is in use", "Take clusters down that are not needed: python -m lab status")


def free() -> IPv4Network:
    """Return a /24 of the lab's range that nothing on this machine uses now."""
    return free_network(_in_use())


def ensure(cluster: str) -> IPv4Network:
    """Return the cluster's network, making it if there is none."""
    network = find(cluster)
    if network is None:
        network = free()
        options = ["--disable-dns", "--label", f"{LABEL}={cluster}", "--opt", f"mtu={_mtu()}"]
        podman("network", "create", *options, "--subnet", str(network), network_name(cluster))
    return network


def find(cluster: str) -> IPv4Network | None:
    """Return the cluster's network if it is there."""
    found = try_podman("network", "inspect", network_name(cluster))
    if found.returncode != 0:
        return None
    return IPv4Network(json.loads(found.stdout)[0]["subnets"][0]["subnet"])


def remove(cluster: str) -> None:
    """Remove the cluster's network if it is ours, and its bridge where a killed podman would leave that behind."""
    for network in listed(("network", "ls"), cluster):
        podman("network", "rm", "--force", network["name"])
        attempt(["ip", "link", "delete", "dev", network["network_interface"], "type", "bridge"])


def _in_use() -> list[IPv4Network]:
    routes = json.loads(run(["ip", "-json", "-4", "route", "show"]) or "[]")
    used = [IPv4Network(route["dst"]) for route in routes if route["dst"] != "default"]
    for network in json.loads(podman("network", "ls", "--format", "json") or "[]"):
        used += [IPv4Network(subnet["subnet"]) for subnet in network.get("subnets", []) if ":" not in subnet["subnet"]]
    return used


def _mtu() -> int:
    """Return the MTU of the way out, in bytes: larger packets of nodes would be lost on it."""
    routes = json.loads(run(["ip", "-json", "-4", "route", "show", "default"]) or "[]")
    if not routes:
        return 1500
    links = json.loads(run(["ip", "-json", "link", "show", "dev", routes[0]["dev"]]))
    return int(links[0]["mtu"])
