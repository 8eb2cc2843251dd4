# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory as Ansible itself reads it, for checks and tools that talk to the hosts without Ansible."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class InventoryError(Exception):
    """The inventory cannot be used; the text says why."""


@dataclass(frozen=True)
class Host:
    """One host and how to reach it. `become_password` is empty where sudo asks for none."""

    name: str
    address: str
    user: str = ""
    port: int = 22
    key: str = ""
    ssh_args: str = ""
    become_password: str = field(default="", repr=False)
    variables: dict[str, Any] = field(default_factory=dict, repr=False, compare=False, hash=False)


@dataclass(frozen=True)
class Inventory:
    """Hosts by name and the members of the four groups the collection knows."""

    path: Path
    hosts: dict[str, Host]
    groups: dict[str, tuple[str, ...]]

    def group(self, name: str) -> list[Host]:
        """The hosts of a group in the order of the inventory; empty where there is no such group."""
        return [self.hosts[host] for host in self.groups.get(name, ())]

    @property
    def control_planes(self) -> list[Host]:
        return self.group("kube_control_plane")

    @property
    def load_balancers(self) -> list[Host]:
        return self.group("load_balancer")

    @property
    def kubernetes_hosts(self) -> list[Host]:
        """Every host that becomes a Node, control planes first, each once."""
        names = dict.fromkeys(self.groups.get("kube_control_plane", ()) + self.groups.get("kube_node", ()))
        return [self.hosts[name] for name in names]

    @property
    def etcd_hosts(self) -> list[Host]:
        """Where etcd members run: the external ones, or the control planes themselves."""
        return self.group("etcd") or self.control_planes

    def variable(self, name: str, default: Any = None) -> Any:
        """A variable of the whole cluster, as the first control plane sees it."""
        first = self.control_planes[0] if self.control_planes else next(iter(self.hosts.values()))
        return first.variables.get(name, default)


def node_name(host: Host) -> str:
    """The name of the host's Node object."""
    return str(host.variables.get("kube_node_name", host.name))


def node_ip(host: Host) -> str:
    """The address the host's Node is expected to have."""
    return str(host.variables.get("kube_node_ip", host.address))


def endpoint(inventory: Inventory) -> str:
    """host:port that the administrator's kubeconfig must name, by the documented rules and not by our own code."""
    given = inventory.variable("kube_api_endpoint", "")
    if given:
        return str(given)
    balancers = inventory.load_balancers
    if balancers:
        address = inventory.variable("kube_api_vip", "") or node_ip(balancers[0])
        return f"{address}:{inventory.variable('kube_load_balancer_port', 6443)}"
    return f"{node_ip(inventory.control_planes[0])}:{inventory.variable('kube_api_port', 6443)}"


def kubeconfig_path(inventory: Inventory) -> Path:
    """Where cluster.yml puts the administrator's kubeconfig."""
    given = inventory.variable("kube_kubeconfig_path", "")
    if given and "{{" not in given:
        return Path(given)
    return inventory.path.parent / f"{inventory.variable('kube_cluster_name', 'kubernetes')}.kubeconfig"


def tool(name: str) -> str:
    """A command of Ansible: the one beside this Python, so that no other on PATH is taken."""
    return str(Path(sys.executable).parent / name)


def read_inventory(path: Path) -> Inventory:
    """Read an inventory with `ansible-inventory`. InventoryError says what is missing in it."""
    if not path.is_file():
        raise InventoryError(f"there is no inventory at {path}")
    command = [tool("ansible-inventory"), "--list", "-i", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise InventoryError(f"ansible-inventory cannot read {path}: {done.stderr.strip()[-300:]}")
    inventory = parse_inventory(path, json.loads(done.stdout))
    if not inventory.control_planes:
        raise InventoryError(f"{path} has no host in kube_control_plane: there is nothing to check")
    return inventory


def part(inventory: Inventory, hosts: Collection[str]) -> Inventory:
    """The inventory of these hosts alone, written beside the whole one so that its variables count."""
    path = inventory.path.parent / f"part-{len(hosts)}.ini"
    text = inventory.path.read_text(encoding="utf-8")
    path.write_text(part_of_inventory(text, set(inventory.hosts), set(hosts)), encoding="utf-8")
    return read_inventory(path)


def part_of_inventory(text: str, every: set[str], wanted: set[str]) -> str:
    """An INI inventory without the lines of hosts that are not wanted."""
    absent = every - wanted
    lines = [line for line in text.splitlines() if not line.split() or line.split()[0] not in absent]
    return "\n".join(lines) + "\n"


def parse_inventory(path: Path, listing: dict[str, Any]) -> Inventory:
    """Make an Inventory of what `ansible-inventory --list` prints."""
    variables: dict[str, dict[str, Any]] = listing.get("_meta", {}).get("hostvars", {})
    groups = {name: tuple(_members(listing, name)) for name in listing if name != "_meta"}
    names = dict.fromkeys(name for members in groups.values() for name in members if name != "localhost")
    return Inventory(path, {name: _host(name, variables.get(name, {})) for name in names}, groups)


def _members(listing: dict[str, Any], group: str) -> list[str]:
    entry = listing.get(group, {})
    names = list(entry.get("hosts", []))
    for child in entry.get("children", []):
        names += [name for name in _members(listing, child) if name not in names]
    return names


def _host(name: str, variables: dict[str, Any]) -> Host:
    common = [str(variables.get(key, "")) for key in ("ansible_ssh_common_args", "ansible_ssh_extra_args")]
    return Host(
        name=name,
        address=str(variables.get("ansible_host", name)),
        user=str(variables.get("ansible_user", "")),
        port=int(variables.get("ansible_port", 22)),
        key=str(variables.get("ansible_ssh_private_key_file", "")),
        ssh_args=" ".join(part for part in common if part),
        become_password=str(variables.get("ansible_become_password", variables.get("ansible_become_pass", ""))),
        variables=variables,
    )
