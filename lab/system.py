# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab needs of the machine: installed here where that is possible, named where it is not."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lab.errors import LabError
from lab.process import run
from lab.progress import step

# A program (or file) -> the Debian and Ubuntu package that has it.
NEEDS = {
    "podman": "podman",
    "/usr/lib/podman/netavark": "netavark",
    "conmon": "conmon",
    "runc": "runc",
    "iptables": "iptables",
    "mmdebstrap": "mmdebstrap",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
    "docker-registry": "docker-registry",
    "dpkg-deb": "dpkg",
    "gpg": "gnupg",
    "zstd": "zstd",
    "ssh": "openssh-client",
    "gcc": "gcc",
    "/usr/include/stdio.h": "libc6-dev",
    "setpriv": "util-linux",
    "ip": "iproute2",
}


def missing_packages(is_there: Callable[[str], bool], needs: Mapping[str, str] = NEEDS) -> list[str]:
    """Return the packages whose program or file is not there."""
    return [package for need, package in needs.items() if not is_there(need)]


def is_there(need: str) -> bool:
    """Tell whether a program is on PATH (sbin included) or a file exists."""
    if need.startswith("/"):
        return Path(need).exists()
    return shutil.which(need, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def distribution(lines: Iterable[str]) -> set[str]:
    """Return ID and ID_LIKE of an os-release file."""
    pairs = (line.strip().partition("=") for line in lines)
    return {word for key, _, value in pairs if key in ("ID", "ID_LIKE") for word in value.strip('"').split()}


def ensure(needs: Mapping[str, str] = NEEDS) -> None:
    """Install what is missing on Debian and Ubuntu; elsewhere say what to install."""
    if platform.system() != "Linux" or os.geteuid() != 0:
        raise LabError("the lab runs its nodes as root on Linux", "Run the command as root, on a Linux machine")
    missing = missing_packages(is_there, needs)
    if not missing:
        return
    names = " ".join(sorted(missing))
    if not distribution(_os_release()) & {"debian", "ubuntu"}:
        raise LabError(f"these packages (Debian's names) are missing: {names}", "Install them, then run this again")
    with step(f"Install {names}", slow=True):
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        fix = f"Run `apt-get install {names}` by hand and see what it says"
        run(["apt-get", "-q", "update"], env=environment, fix=fix)
        options = ["--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=5"]
        run(["apt-get", "-q", "install", *options, *sorted(missing)], env=environment, fix=fix)


def _os_release() -> list[str]:
    try:
        return Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
