# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Facts of a host's network: addresses, resolvers, names, listening ports."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Sequence
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner

Json = dict[str, Any]

SYSTEMD_STUB = "127.0.0.53"
_PROCESS = re.compile(r'\("([^"]+)",pid=(\d+)')


def addresses(runner: Runner) -> list[Json]:
    """Addresses of all interfaces but loopback and link-local ones; MTU in bytes."""
    return parse_addresses(runner.run(["ip", "-json", "address", "show"], timeout=10).stdout)


def parse_addresses(text: str) -> list[Json]:
    """The answer of ``ip -json address show``."""
    try:
        interfaces = json.loads(text)
    except ValueError:
        return []
    found = []
    for interface in interfaces:
        for address in interface.get("addr_info", []):
            if address.get("scope") not in ("host", "link") and address.get("local"):
                found.append(
                    {
                        "interface": interface.get("ifname", ""),
                        "address": address["local"],
                        "prefix": address.get("prefixlen", 0),
                        "mtu": interface.get("mtu", 0),
                    }
                )
    return found


def resolvers(disk: Disk) -> list[str]:
    """The name servers in use; those behind systemd-resolved's stub when it is in front."""
    servers = _name_servers(disk.read("/etc/resolv.conf"))
    if servers == [SYSTEMD_STUB]:
        return _name_servers(disk.read("/run/systemd/resolve/resolv.conf")) or servers
    return servers


def _name_servers(text: str) -> list[str]:
    lines = (line.split() for line in text.splitlines())
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]


def resolve(name: str) -> list[str]:
    """A name's addresses by this host's resolver, sorted; none when it has none."""
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(answer[4][0]) for answer in answers})


def listening(runner: Runner, disk: Disk, ports: Sequence[int]) -> dict[str, Json]:
    """Those of the TCP ports on which something listens, with process, pid, systemd unit and local addresses."""
    found = parse_listening(runner.run(["ss", "-Hltnp"], timeout=10).stdout)
    wanted = {str(port) for port in ports}
    return {
        port: dict(owner, unit=unit_of(disk.read(f"/proc/{owner['pid']}/cgroup")))
        for port, owner in found.items()
        if port in wanted
    }


def parse_listening(text: str) -> dict[str, Json]:
    """The answer of ``ss -Hltnp``: port to process, pid and addresses."""
    found: dict[str, Json] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) < 4 or ":" not in words[3]:
            continue
        address, _separator, port = words[3].rpartition(":")
        owner = _PROCESS.search(line)
        entry = found.setdefault(port, {"process": "", "pid": 0, "addresses": []})
        if owner:
            entry.update(process=owner.group(1), pid=int(owner.group(2)))
        entry["addresses"].append(address.split("%")[0].strip("[]"))
    return found


def unit_of(cgroup: str) -> str:
    """The systemd service of a process from /proc/PID/cgroup, "" for one in a container or a session."""
    for line in cgroup.splitlines():
        names = [name for name in line.split(":")[-1].split("/") if name.endswith(".service")]
        if names and "kubepods" not in line:
            return names[-1]
    return ""
