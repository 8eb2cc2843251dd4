# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What rules share: how a finding about a variable is made, and the forms of names, durations and URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Callable, Generic, TypeVar

from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES

Subject = TypeVar("Subject")

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+")
_URL = re.compile(r"(https?)://([^/\s@]+@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?(/\S*)?")
_UNIX = "unix://"
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Rule(Generic[Subject]):
    """A check and the code that stands for it when the check itself breaks off."""

    code: str
    check: Callable[[Subject], Iterable[Finding]]


def about(
    inventory: Inventory, code: str, name: str, wrong: str, fix: str, host: str = "", seen: str | None = None
) -> Finding:
    """A finding about a variable: of one host, or of the cluster when no host is given.

    `seen` is by default the variable's value, unless that is a secret.
    """
    if seen is None and VARIABLES[name].secret:
        seen = "(value not shown)"
    if seen is None:
        seen = show(inventory.host_value(host, name) if host else inventory.value(name))
    return Finding(code, name, seen, wrong, fix, host, inventory.origin(name, host))


def is_dns_name(text: str) -> bool:
    """Whether the text is a DNS name in lower case (RFC 1123), without a dot at the end."""
    return 0 < len(text) <= 253 and all(_LABEL.fullmatch(label) for label in text.split("."))


def seconds(duration: object) -> float | None:
    """A duration as Go writes it (``1m30s``) in seconds; None when it is none."""
    if not isinstance(duration, str) or not _DURATION.fullmatch(duration):
        return None
    parts = re.findall(r"([0-9.]+)(ns|us|ms|s|m|h)", duration)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def is_url(text: str) -> bool:
    """Whether the text is an http or https URL with a host."""
    return bool(_URL.fullmatch(text))


def has_password(text: str) -> bool:
    """Whether a URL carries user information with a password."""
    match = _URL.fullmatch(text)
    return bool(match and match[2] and ":" in match[2])


def nested(data: Mapping[str, object], *keys: str) -> object:
    """The value at a path of keys, None when there is none."""
    value: object = data
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def flags(value: object) -> Iterator[tuple[str, str]]:
    """Name and value of each flag in a list of {name, value}, as kubeadm's extraArgs are; other things are skipped."""
    for item in value if isinstance(value, list) else []:
        if isinstance(item, Mapping) and isinstance(item.get("name"), str):
            yield str(item["name"]), str(item.get("value", ""))


def socket_path(url: str) -> str:
    """The file behind a socket's URL. /var/run is /run; kubeadm's own default is written the first way."""
    path = url[len(_UNIX) :] if url.startswith(_UNIX) else url
    return path[len("/var") :] if path.startswith("/var/run/") else path
