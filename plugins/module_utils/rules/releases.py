# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Versions in the inventory, against the table of versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils import versions
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show

_PACKAGE_PATTERN = re.compile(r"[A-Za-z0-9.+~:*?\[\]-]+")


def target(inventory: Inventory) -> versions.Version | None:
    """The Kubernetes version asked for, None when it is none."""
    return versions.parse(inventory.text("kube_version"))


def kubernetes(inventory: Inventory) -> Iterator[Finding]:
    """A version of three numbers, in the table, and still getting fixes."""
    text = inventory.text("kube_version")
    version = versions.parse(text)
    if not text:
        return
    if version is None or str(version) != text:
        example = version or f"{versions.SUPPORTED[-1]}.1"
        wrong = f"is not a version: give three numbers, e.g. '{example}'"
        yield about(inventory, "0502", "kube_version", wrong, f"write '{example}' in quotes, without a v in front")
        return
    release = versions.RELEASES.get(version.line)
    if version.line not in versions.SUPPORTED:
        supported = ", ".join(versions.SUPPORTED)
        wrong = f"is not in this collection's table of versions ({supported})"
        yield about(inventory, "0503", "kube_version", wrong, "choose one of them")
    elif release is not None and inventory.today > release.end_of_life:
        wrong = f"gets no fixes since {release.end_of_life}"
        yield about(inventory, "0506", "kube_version", wrong, f"plan the way to {versions.SUPPORTED[-1]}")


def containerd(inventory: Inventory) -> Iterator[Finding]:
    """A pattern that apt understands, and a line that Kubernetes of that version is supported on."""
    name = "kube_containerd_version"
    for host in inventory.holders(name):
        pattern = inventory.text(name, host)
        if not _PACKAGE_PATTERN.fullmatch(pattern):
            fix = "write one, such as '2.3.*'"
            yield about(inventory, "0515", name, "is no version or pattern of apt", fix, host=host)
        else:
            yield from _containerd_line(inventory, host, pattern)


def _containerd_line(inventory: Inventory, host: str, pattern: str) -> Iterator[Finding]:
    name = "kube_containerd_version"
    wanted = target(inventory)
    newest = containerd_meant(pattern)
    if wanted is None or newest is None:
        return
    if not versions.containerd_accepted(wanted, newest):
        floors = ", ".join(str(floor) for floor in versions.RELEASES[wanted.line].containerd)
        wrong = f"is too old for Kubernetes {wanted}, which wants one of {floors} or later of its line"
        yield about(inventory, "0512", name, wrong, "write '2.3.*'", host=host)
    ended = versions.CONTAINERD_ENDED.get(newest.line)
    if ended is not None and inventory.today > ended:
        yield about(inventory, "0514", name, f"gets no fixes since {ended}", "write '2.3.*'", host=host)


def containerd_meant(pattern: str) -> versions.Version | None:
    """The newest version a pattern surely means: the exact one, or the line's last patch; None if it names no line."""
    exact = versions.parse_package(pattern.rstrip("*"))
    if exact is not None:
        return exact
    line = re.match(r"(?:\d+:)?(\d+)\.(\d+)\.", pattern)
    return versions.Version(int(line[1]), int(line[2]), _LAST_PATCH) if line else None


_LAST_PATCH = 999


def flannel(inventory: Inventory) -> Iterator[Finding]:
    """flannel's version names a release, and one that can do what the ranges ask for."""
    name = "kube_flannel_version"
    if inventory.text("kube_network_plugin") != "flannel":
        return
    text = inventory.text(name)
    version = versions.parse(text)
    if version is None or str(version) != text:
        yield about(inventory, "0515", name, "is not a version of three numbers", "write one, such as '0.28.9'")
        return
    families = {network.version for network in inventory.pod_networks()}
    if families == {6} and version < versions.FLANNEL_IPV6_ONLY_SINCE:
        wrong = f"cannot do IPv6 alone; that came with {versions.FLANNEL_IPV6_ONLY_SINCE}"
        yield about(inventory, "0806", name, wrong, "use a newer flannel", seen=f"flannel {show(text)}")


RULES = (
    Rule("0502", kubernetes),
    Rule("0512", containerd),
    Rule("0515", flannel),
)
