# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole inventory as rules and the plan see it: groups, hosts and well-typed values of the public variables."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Union

from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import HOST, VARIABLES, default_of

IPAddress = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
IPNetwork = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


@lru_cache(maxsize=8192)  # rules ask for the same few addresses over and over
def parse_address(text: str) -> IPAddress | None:
    """An IP address, or None. Zones (`%eth0`) and leading zeros are no addresses here."""
    try:
        return ipaddress.ip_address(text) if "%" not in text else None
    except ValueError:
        return None


def in_subnet(address: str, neighbour: str, prefix: int) -> bool:
    """Whether `address` lies in the subnet that `neighbour` with this prefix length is in."""
    first, second = parse_address(address), parse_address(neighbour)
    if first is None or second is None or first.version != second.version:
        return False
    shift = first.max_prefixlen - prefix
    return int(first) >> shift == int(second) >> shift


def split_list(text: str) -> list[str]:
    """The parts of a comma separated value, without the blanks around them; none for an empty value."""
    return [part.strip() for part in text.split(",")] if text.strip() else []


@lru_cache(maxsize=64)
def parse_networks(text: str) -> tuple[IPNetwork, ...]:
    """The ranges of a comma separated list; parts that are no ranges are left out (a rule of its own names them)."""
    networks: list[IPNetwork] = []
    for part in split_list(text):
        if "/" not in part:
            continue
        try:
            networks.append(ipaddress.ip_network(part, strict=False))
        except ValueError:
            continue
    return tuple(networks)


@dataclass
class RawInventory:
    """What stands in the inventory, unjudged. All mappings but `groups` are host -> variable -> something."""

    groups: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, dict[str, object]] = field(default_factory=dict)
    """Variables that begin with kube_."""
    plain: dict[str, dict[str, object]] = field(default_factory=dict)
    """Variables of Ansible itself that matter here."""
    origins: dict[str, dict[str, str]] = field(default_factory=dict)
    """The file a variable comes from."""
    broken: dict[str, dict[str, str]] = field(default_factory=dict)
    """Variables whose value could not be worked out, with Ansible's reason."""
    exposed: dict[str, dict[str, str]] = field(default_factory=dict)
    """Secrets in plain text in a file that everybody may read, with the file's mode."""
    missing_files: frozenset[str] = frozenset()
    """Files of the controller that a variable names and that are not there."""


class Inventory:
    """Groups, hosts and values; a value that is unset, broken or of a wrong type reads as its default.

    `values` and `origins` are per host: variable -> value, and variable -> the file it comes from.
    `plain` are variables Ansible itself knows (ansible_host and the like), per host.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[str]],
        values: Mapping[str, Mapping[str, object]],
        origins: Mapping[str, Mapping[str, str]] | None = None,
        plain: Mapping[str, Mapping[str, object]] | None = None,
        today: date = date.min,
    ) -> None:
        self.groups: dict[str, tuple[str, ...]] = {name: tuple(members) for name, members in groups.items()}
        self.values = values
        self.origins: Mapping[str, Mapping[str, str]] = origins or {}
        self.plain: Mapping[str, Mapping[str, object]] = plain or {}
        self.control_planes = self.groups.get("kube_control_plane", ())
        self.load_balancers = self.groups.get("load_balancer", ())
        self.etcd_hosts = self.groups.get("etcd", ())
        self._pod_hosts = frozenset(self.groups.get("kube_node", ()))
        self._control_plane_set = frozenset(self.control_planes)
        self.workers = tuple(host for host in self.groups.get("kube_node", ()) if host not in self._control_plane_set)
        self.nodes = self.control_planes + self.workers
        self.hosts = tuple(dict.fromkeys(self.nodes + self.load_balancers + self.etcd_hosts))
        """Every host that this collection works on, in the order of the groups, each once."""
        self.today = today
        """What ends of life are compared with."""
        self._speakers: dict[str, str] = {}

    def has(self, host: str, name: str) -> bool:
        """Whether the host has a usable value of its own for the variable."""
        return name in self.values.get(host, {})

    def host_value(self, host: str, name: str) -> object:
        """The host's value of a public variable, or the variable's default."""
        mine = self.values.get(host, {})
        return mine[name] if name in mine else default_of(name)

    def speaker(self, name: str) -> str:
        """The host whose value counts for the whole cluster: the first one that has it; "" when none has."""
        if name not in self._speakers:
            self._speakers[name] = next((host for host in self.hosts if self.has(host, name)), "")
        return self._speakers[name]

    def value(self, name: str) -> object:
        """The cluster's value of a public variable."""
        host = self.speaker(name)
        return self.host_value(host, name) if host else default_of(name)

    def text(self, name: str, host: str = "") -> str:
        """A variable of kind str: the host's value, or the cluster's when no host is given."""
        return str(self.host_value(host, name) if host else self.value(name))

    def number(self, name: str) -> int:
        """A variable of kind int."""
        value = self.value(name)
        return value if isinstance(value, int) else 0

    def flag(self, name: str, host: str = "") -> bool:
        """A variable of kind bool."""
        return (self.host_value(host, name) if host else self.value(name)) is True

    def holders(self, name: str) -> tuple[str, ...]:
        """Whose value counts: each node's, or "" for the cluster's one value."""
        return self.nodes if VARIABLES[name].scope == HOST else ("",)

    def strings(self, name: str, host: str = "") -> list[str]:
        """A variable of kind list."""
        value = self.host_value(host, name) if host else self.value(name)
        return [str(item) for item in value] if isinstance(value, list) else []

    def records(self, name: str, host: str = "") -> list[dict[str, object]]:
        """A variable of kind args or taints."""
        value = self.host_value(host, name) if host else self.value(name)
        return [dict(item) for item in value if isinstance(item, dict)] if isinstance(value, list) else []

    def mapping(self, name: str, host: str = "") -> dict[str, object]:
        """A variable of kind dict."""
        value = self.host_value(host, name) if host else self.value(name)
        return dict(value) if isinstance(value, dict) else {}

    def origin(self, name: str, host: str = "") -> str:
        """The file a value comes from, or "" where Ansible does not know it."""
        return self.origins.get(host or self.speaker(name), {}).get(name, "")

    def plain_text(self, host: str, name: str) -> str:
        """A variable of Ansible's own as text, "" when unset."""
        value = self.plain.get(host, {}).get(name)
        return "" if value is None else str(value)

    def node_name(self, host: str) -> str:
        """The name of the host's Node object."""
        return self.text("kube_node_name", host) or host

    def takes_pods(self, host: str) -> bool:
        """Whether ordinary pods run there: the host is in kube_node."""
        return host in self._pod_hosts

    def is_control_plane(self, host: str) -> bool:
        """Whether the host is in kube_control_plane."""
        return host in self._control_plane_set

    def declared_addresses(self, host: str) -> list[str]:
        """The host's node addresses as far as variables tell: kube_node_ip, else ansible_host or the name if an IP.

        Two addresses (dual stack) are written with a comma. Not checked here.
        """
        declared = self.text("kube_node_ip", host)
        if declared:
            return split_list(declared)
        for candidate in (self.plain_text(host, "ansible_host"), host):
            if candidate:
                return [candidate] if parse_address(candidate) else []
        return []

    def pod_networks(self) -> tuple[IPNetwork, ...]:
        """The pod ranges."""
        return parse_networks(self.text("kube_pod_subnet"))

    def service_networks(self) -> tuple[IPNetwork, ...]:
        """The service ranges."""
        return parse_networks(self.text("kube_service_subnet"))
