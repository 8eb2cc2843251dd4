# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd: how many members, and flags that would not work. Bounds are those of etcd's own documentation."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils import versions
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about, flags, nested
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.releases import target

GIB = 1 << 30

_VARIABLE = "kube_cluster_configuration"
_MANY = 7
_DEFAULT_HEARTBEAT_MS = 100
_DEFAULT_ELECTION_MS = 1000
_GONE_SINCE_3_6 = ("enable-v2", "experimental-enable-v2v3", "proxy", "proxy-failure-wait", "proxy-refresh-interval")
_GONE_PREFIX_SINCE_3_7 = "experimental-"


def extra_flags(inventory: Inventory) -> dict[str, str]:
    """The flags that the user gives to the members that kubeadm runs."""
    return dict(flags(nested(inventory.mapping(_VARIABLE), "etcd", "local", "extraArgs")))


def members(inventory: Inventory) -> Iterator[Finding]:
    """An odd number of external members, at most seven."""
    count = len(inventory.etcd_hosts)
    if count > _MANY:
        yield Finding("0601", "etcd", f"{count} hosts", "are more than 7", "use 3, 5 or 7 members")
    elif count and count % 2 == 0:
        wrong = f"tolerate the loss of {(count - 1) // 2}, as {count - 1} would"
        yield Finding("0602", "etcd", f"{count} hosts", wrong, f"use {count - 1} or {count + 1}")


def quota(inventory: Inventory) -> Iterator[Finding]:
    """The quota is 2-8 GiB: etcd's default is 2, and it advises at most 8."""
    text = extra_flags(inventory).get("quota-backend-bytes")
    if text is None:
        return
    size = int(text) if text.isdigit() else 0
    if not 2 * GIB <= size <= 8 * GIB:
        wrong = "must be 2-8 GiB"
        fix = f"write a number of bytes from {2 * GIB} to {8 * GIB}"
        yield about(inventory, "0604", _VARIABLE, wrong, fix, seen=f"etcd quota-backend-bytes {text}")


def election(inventory: Inventory) -> Iterator[Finding]:
    """A member must miss several heartbeats before it calls for an election (etcd: tuning)."""
    given = extra_flags(inventory)
    heartbeat = _milliseconds(given.get("heartbeat-interval"), _DEFAULT_HEARTBEAT_MS)
    timeout = _milliseconds(given.get("election-timeout"), _DEFAULT_ELECTION_MS)
    if timeout < 5 * heartbeat:
        wrong = f"must be at least 5 times heartbeat-interval {heartbeat}"
        fix = f"set election-timeout to {10 * heartbeat}"
        yield about(inventory, "0607", _VARIABLE, wrong, fix, seen=f"etcd election-timeout {timeout}")


def _milliseconds(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdigit() else default


def removed_flags(inventory: Inventory) -> Iterator[Finding]:
    """etcd does not start with a flag that its line no longer has."""
    wanted = target(inventory)
    parts = versions.components(wanted) if wanted else None
    deployed = versions.etcd_version(parts.etcd) if parts else None
    if deployed is None:
        return
    for name in extra_flags(inventory):
        line = ""
        if deployed[:2] >= (3, 7) and name.startswith(_GONE_PREFIX_SINCE_3_7):
            line = "3.7"
        elif deployed[:2] >= (3, 6) and name in _GONE_SINCE_3_6:
            line = "3.6"
        if line:
            wrong = f"is gone since etcd {line}, and {deployed} would not start"
            fix = "remove it, or use the name without experimental-"
            yield about(inventory, "0610", _VARIABLE, wrong, fix, seen=f"etcd flag '{name}'")


RULES = (
    Rule("0601", members),
    Rule("0604", quota),
    Rule("0607", election),
    Rule("0610", removed_flags),
)
