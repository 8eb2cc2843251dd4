# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which host holds the address that load balancers share."""

from __future__ import annotations

from tests.tools.inventory import Host
from tests.tools.remote import on_all


def holders(hosts: list[Host], address: str) -> list[str]:
    """Names of the hosts that have the address on an interface."""
    answers = on_all(hosts, "ip -o addr show")
    return [name for name, text in answers.items() if f" {address}/" in text]
