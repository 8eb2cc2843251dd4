# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which Debian the nodes run and where its packages come from."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab.process import attempt


@dataclass(frozen=True)
class Debian:
    """A release of Debian; `legacy_cgroups` is what its systemd has to be told before it starts on cgroup v1."""

    number: int
    codename: str
    legacy_cgroups: tuple[str, ...] = ()


DEBIAN_12 = Debian(12, "bookworm")
# systemd 256 and later refuse cgroup v1 unless they are told twice: NEWS of systemd 256.
DEBIAN_13 = Debian(13, "trixie", ("systemd.unified_cgroup_hierarchy=0", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"))
DEBIANS = (DEBIAN_12, DEBIAN_13)

#: What `--os` may be: the releases that the nodes of a topology get in turn.
SYSTEMS = {"debian12": (DEBIAN_12,), "debian13": (DEBIAN_13,), "mixed": (DEBIAN_13, DEBIAN_12)}
DEFAULT_SYSTEM = "debian12"

_CGROUP_V2 = Path("/sys/fs/cgroup/cgroup.controllers")
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# How this host reaches a mirror, and how strict it is about old indexes, holds for its nodes too.
_COPIED_SETTINGS = re.compile(r"^Acquire::(https?::(Proxy|CaInfo)|Check-(Valid-Until|Date))\b.* \"[^\"]+\";$", re.M)


def init_command(debian: Debian) -> tuple[str, ...]:
    """Return how a node of that release starts on this host's cgroups."""
    return ("/sbin/init", *(() if _CGROUP_V2.exists() else debian.legacy_cgroups))


def sources_list(debian: Debian) -> str:
    """Return the release's sources.list; QUORUM_LAB_DEBIAN_MIRROR names another mirror than Debian's."""
    mirror = os.environ.get("QUORUM_LAB_DEBIAN_MIRROR", "http://deb.debian.org").rstrip("/")
    option = f"[signed-by={_KEYRING}]"
    return (
        f"deb {option} {mirror}/debian {debian.codename} main\n"
        f"deb {option} {mirror}/debian {debian.codename}-updates main\n"
        f"deb {option} {mirror}/debian-security {debian.codename}-security main\n"
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
