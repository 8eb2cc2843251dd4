# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which Debian the nodes run and where its packages come from."""

from __future__ import annotations

import os
import re
from functools import cache

from lab.process import attempt

CODENAME = "bookworm"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# How this host reaches a mirror, and how strict it is about old indexes, holds for its nodes too.
_COPIED_SETTINGS = re.compile(r"^Acquire::(https?::(Proxy|CaInfo)|Check-(Valid-Until|Date))\b.* \"[^\"]+\";$", re.M)


def sources_list() -> str:
    """Return the nodes' sources.list; QUORUM_LAB_DEBIAN_MIRROR names another mirror than Debian's."""
    mirror = os.environ.get("QUORUM_LAB_DEBIAN_MIRROR", "http://deb.debian.org").rstrip("/")
    option = f"[signed-by={_KEYRING}]"
    return (
        f"deb {option} {mirror}/debian {CODENAME} main\n"
        f"deb {option} {mirror}/debian {CODENAME}-updates main\n"
        f"deb {option} {mirror}/debian-security {CODENAME}-security main\n"
    )


@cache
def apt_settings() -> str:
    """Return the lines of this host's apt configuration that its nodes need."""
    return 'Acquire::Retries "5";\n' + select_apt_settings(attempt(["apt-config", "dump"]).stdout)


def select_apt_settings(dump: str) -> str:
    """Pick the proxy and the strictness of date checks out of what `apt-config dump` prints."""
    return "".join(f"{found.group(0)}\n" for found in _COPIED_SETTINGS.finditer(dump))


@cache
def architecture() -> str:
    """Return this host's architecture as Debian (and Go) call it, such as amd64."""
    return attempt(["dpkg", "--print-architecture"]).stdout.strip() or "amd64"
