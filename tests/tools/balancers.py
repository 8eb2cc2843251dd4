# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which API servers the haproxy of load balancer hosts was told to keep clients away from."""

from __future__ import annotations

from tests.tools.inventory import Inventory
from tests.tools.remote import on_all

SCRIPT = """python3 - <<'PYTHON'
import socket
with socket.socket(socket.AF_UNIX) as stream:
    stream.settimeout(10)
    stream.connect("/run/haproxy/admin.sock")
    stream.sendall(b"show servers state kube_api\\n")
    print(b"".join(iter(lambda: stream.recv(65536), b"")).decode())
PYTHON
"""
NOTHING = "0"  # of the administrative state: haproxy's checks decide alone


def parse(text: str) -> dict[str, str]:
    """The administrative state of each server (haproxy's management guide, `show servers state`)."""
    rows = [line.lstrip("# ").split() for line in text.splitlines() if line.strip()]
    header = next(row for row in rows if "srv_admin_state" in row)
    name, state = header.index("srv_name"), header.index("srv_admin_state")
    return {row[name]: row[state] for row in rows[rows.index(header) + 1 :]}


def servers(inventory: Inventory) -> dict[str, dict[str, str]]:
    """The administrative state of each server by the names of the load balancer hosts, which are asked at once."""
    return {host: parse(text) for host, text in on_all(inventory.load_balancers, SCRIPT).items()}


def drained(inventory: Inventory) -> dict[str, list[str]]:
    """The servers that are kept away from clients, by load balancer host; hosts without such are left out."""
    found = {
        host: [name for name, state in states.items() if state != NOTHING]
        for host, states in servers(inventory).items()
    }
    return {host: names for host, names in found.items() if names}
