# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd: how many members, and flags that would not work. Bounds are those of etcd's own documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils import versions
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_release import default_version
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about, flags, nested, seconds
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.releases import target

GIB = 1 << 30

_VARIABLE = "kube_cluster_configuration"
_MANY = 7
_DEFAULT_HEARTBEAT_MS = 100
_DEFAULT_ELECTION_MS = 1000
# What says who a member is and where its data lies: joins and restores go by it.
_MANAGED = (
    "advertise-client-urls",
    "config-file",
    "data-dir",
    "force-new-cluster",
    "initial-advertise-peer-urls",
    "initial-cluster",
    "initial-cluster-state",
    "initial-cluster-token",
    "name",
    "wal-dir",
)
_GONE_SINCE_3_6 = ("enable-v2", "experimental-enable-v2v3", "proxy", "proxy-failure-wait", "proxy-refresh-interval")
_GONE_PREFIX_SINCE_3_7 = "experimental-"

# Calendar events (systemd.time(7)): days of the week, a date, a time and a time zone, or one word for all. Whether the
# numbers make sense is for systemd on the host to say.
_NUMBERS = r"(\*|\d+(\.\.\d+)?)(/\d+)?(,(\*|\d+(\.\.\d+)?)(/\d+)?)*"
_DAY = r"(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?)"
_DATE = rf"({_NUMBERS}-)?{_NUMBERS}[-~]{_NUMBERS}"
_TIME = rf"{_NUMBERS}:{_NUMBERS}(:{_NUMBERS})?"
_ZONE = r"(UTC|[A-Z]\w+(/[\w+-]+)+)"
_WORD = r"minutely|hourly|daily|weekly|monthly|quarterly|semiannually|yearly|annually"
_EVENT = re.compile(rf"(?i:(?=\S)({_DAY}((,|\.\.){_DAY})* ?)?({_DATE} ?)?({_TIME})?(?<! )|{_WORD})( {_ZONE})?")


def extra_flags(inventory: Inventory) -> dict[str, str]:
    """The flags that the user gives to the members that kubeadm runs."""
    return dict(flags(nested(inventory.mapping(_VARIABLE), "etcd", "local", "extraArgs")))


def external_version(inventory: Inventory) -> versions.Version | None:
    """The version of external etcd: the one asked for, else the default beside this Kubernetes."""
    return versions.parse(inventory.text("kube_etcd_version") or default_version(inventory.text("kube_version")))


def external(inventory: Inventory) -> Iterator[Finding]:
    """External etcd: hosts of its own, and a version that Kubernetes can use."""
    for host in inventory.etcd_hosts:
        if host in inventory.nodes:
            wrong = "is in kube_control_plane or kube_node too"
            yield Finding("0603", "etcd", "", wrong, "give etcd hosts of its own, or leave the group out", host)
    text = inventory.text("kube_etcd_version")
    version = external_version(inventory)
    if text and (version is None or str(version) != text):
        fix = "write one, such as '3.6.14', without a v in front"
        yield about(inventory, "0515", "kube_etcd_version", "is not a version of three numbers", fix)
    elif inventory.etcd_hosts and version is not None:
        yield from _fitness(inventory, version)


def _fitness(inventory: Inventory, version: versions.Version) -> Iterator[Finding]:
    name = "kube_etcd_version"
    mended = versions.ETCD_SECURITY_FLOORS.get(version.line)
    if version < versions.ETCD_EXTERNAL_FLOOR or version.line not in versions.ETCD_LINES:
        wrong = f"cannot go with Kubernetes {inventory.text('kube_version')}"
        fix = f"use {versions.ETCD_EXTERNAL_FLOOR} or later of {', '.join(versions.ETCD_LINES)}"
        yield about(inventory, "0508", name, wrong, fix, seen=f"etcd {version}")
    elif mended is not None and version < mended:
        wrong = "can be blocked by unfinished TLS handshakes (GHSA-6vch-q96h-7gc3)"
        yield about(inventory, "0611", name, wrong, f"use {mended} or later", seen=f"etcd {version}")


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
    mib = inventory.number("kube_etcd_quota_mib")
    if not 2048 <= mib <= 8192:
        yield about(inventory, "0604", "kube_etcd_quota_mib", "must be 2-8 GiB", "write 2048 to 8192")
    text = extra_flags(inventory).get("quota-backend-bytes")
    if text is None:
        return
    size = int(text) if text.isdigit() else 0
    if not 2 * GIB <= size <= 8 * GIB:
        wrong = "must be 2-8 GiB"
        fix = f"write a number of bytes from {2 * GIB} to {8 * GIB}"
        yield about(inventory, "0604", _VARIABLE, wrong, fix, seen=f"etcd quota-backend-bytes {text}")


def retention(inventory: Inventory) -> Iterator[Finding]:
    """How much history is kept: a duration, or a number of hours."""
    text = inventory.text("kube_etcd_compaction_retention")
    if not text.isdigit() and seconds(text) is None:
        wrong = "is neither a duration nor a number of hours"
        yield about(inventory, "0612", "kube_etcd_compaction_retention", wrong, "write one, such as 8h")


def schedule(inventory: Inventory) -> Iterator[Finding]:
    """When hosts of etcd save their members has the form of a calendar event."""
    text = inventory.text("kube_etcd_snapshot_schedule")
    if text and not _EVENT.fullmatch(text):
        fix = "write one, such as daily or '*-*-* 00/4:00', and try it with systemd-analyze calendar"
        yield about(inventory, "0613", "kube_etcd_snapshot_schedule", "is no calendar event of systemd", fix)


def election(inventory: Inventory) -> Iterator[Finding]:
    """A member must miss several heartbeats before it calls for an election (etcd: tuning)."""
    for variable, given in _settings(inventory):
        heartbeat = _milliseconds(given.get("heartbeat-interval"), _DEFAULT_HEARTBEAT_MS)
        timeout = _milliseconds(given.get("election-timeout"), _DEFAULT_ELECTION_MS)
        if timeout < 5 * heartbeat:
            wrong = f"must be at least 5 times heartbeat-interval {heartbeat}"
            fix = f"set election-timeout to {10 * heartbeat}"
            yield about(inventory, "0607", variable, wrong, fix, seen=f"etcd election-timeout {timeout}")


def _settings(inventory: Inventory) -> list[tuple[str, dict[str, str]]]:
    """The variables with settings of etcd, and the settings by flag name."""
    own = {key: str(value) for key, value in inventory.mapping("kube_etcd_config").items()}
    return [(_VARIABLE, extra_flags(inventory)), ("kube_etcd_config", own)]


def _milliseconds(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdigit() else default


def managed_flags(inventory: Inventory) -> Iterator[Finding]:
    """Nothing is set that says who a member is, or where its data lies."""
    for variable, given in _settings(inventory):
        for name in given:
            if name.replace("_", "-") in _MANAGED:
                wrong = "is managed by this collection"
                yield about(inventory, "0815", variable, wrong, "remove it", seen=f"etcd flag '{name}'")


def removed_flags(inventory: Inventory) -> Iterator[Finding]:
    """etcd does not start with a flag that its line no longer has."""
    wanted = target(inventory)
    parts = versions.components(wanted) if wanted else None
    stacked = versions.etcd_version(parts.etcd) if parts else None
    for variable, given in _settings(inventory):
        deployed = stacked if variable == _VARIABLE else external_version(inventory)
        for name in given:
            line = _gone_since(name, deployed) if deployed else ""
            if line:
                wrong = f"is gone since etcd {line}, and {deployed} would not start"
                fix = "remove it, or use the name without experimental-"
                yield about(inventory, "0610", variable, wrong, fix, seen=f"etcd flag '{name}'")


def _gone_since(flag: str, deployed: versions.Version) -> str:
    if deployed[:2] >= (3, 7) and flag.startswith(_GONE_PREFIX_SINCE_3_7):
        return "3.7"
    return "3.6" if deployed[:2] >= (3, 6) and flag in _GONE_SINCE_3_6 else ""


RULES = (
    Rule("0601", members),
    Rule("0508", external),
    Rule("0604", quota),
    Rule("0612", retention),
    Rule("0613", schedule),
    Rule("0607", election),
    Rule("0815", managed_flags),
    Rule("0610", removed_flags),
)
