# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What apt and dpkg say, and what has to be done about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result

DPKG_FORMAT = "${Package}\\t${db:Status-Abbrev}\\t${Version}\\n"

ALLOW_HELD = "--allow-change-held-packages"

HEADER = "# Ansible managed (quorum.kubernetes)"
"""The first line of a repository's file."""

EARLIER = "# There before: "
"""Begins its second line where the host had packages before that file was first written, which are somebody else's."""


def sources_path(name: str) -> str:
    """Where apt looks for the repository of this name."""
    return f"/etc/apt/sources.list.d/{name}.sources"


def key_path(name: str) -> str:
    """Where its signing key lies; apt trusts it for this repository alone."""
    return f"/etc/apt/keyrings/{name}.asc"


@dataclass(frozen=True)
class Repository:
    """A signed apt repository. `name` is the base of its file names; a flat one has suite ``/`` and no components."""

    name: str
    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    key_url: str
    key_fingerprint: str

    @property
    def sources_path(self) -> str:
        """Where apt looks for the repository."""
        return sources_path(self.name)

    @property
    def key_path(self) -> str:
        """Where its signing key lies."""
        return key_path(self.name)

    def sources(self, earlier: Iterable[str] = ()) -> str:
        """The text of its file in deb822 form (sources.list(5)); `earlier` are packages that were there before it."""
        names = " ".join(earlier)
        lines = [
            HEADER,
            *([EARLIER + names] if names else []),
            "Types: deb",
            f"URIs: {' '.join(self.uris)}",
            f"Suites: {' '.join(self.suites)}",
        ]
        if self.components:
            lines.append(f"Components: {' '.join(self.components)}")
        return "\n".join([*lines, f"Signed-By: {self.key_path}", ""])


def earlier(sources: str) -> list[str]:
    """The packages that were there before the repository, of the text of its file."""
    return [name for line in sources.splitlines() if line.startswith(EARLIER) for name in line[len(EARLIER) :].split()]


@dataclass(frozen=True)
class Package:
    """A wanted package; `version` is exact, or a beginning followed by ``*``; empty means any."""

    name: str
    version: str = ""

    @property
    def argument(self) -> str:
        """The package as apt-get wants it."""
        return f"{self.name}={self.version}" if self.version else self.name


@dataclass(frozen=True)
class Installed:
    """A package as dpkg knows it; `status` is dpkg's abbreviation, for example ``ii`` or ``hi``."""

    status: str
    version: str

    @property
    def whole(self) -> bool:
        """Whether it is unpacked and configured, with nothing left to repair."""
        return self.status[1:].strip() == "i"

    @property
    def unpacked(self) -> bool:
        """Whether any of its files are there."""
        return self.status[1:2] not in ("n", "c")

    @property
    def remembered(self) -> bool:
        """Whether dpkg has anything of it, if only its configuration."""
        return self.status[1:2] != "n"

    @property
    def held(self) -> bool:
        """Whether apt leaves its version alone."""
        return self.status.startswith("h")


def parse_installed(text: str) -> dict[str, Installed]:
    """Read the output of ``dpkg-query --show`` with DPKG_FORMAT, by package name."""
    rows = [line.split("\t") for line in text.splitlines()]
    return {row[0]: Installed(row[1], row[2].strip()) for row in rows if len(row) == 3}


def missing(wanted: Iterable[Package], installed: dict[str, Installed]) -> list[Package]:
    """The packages that are not there whole in the wanted version."""
    return [package for package in wanted if not _satisfies(package, installed.get(package.name))]


def _satisfies(package: Package, seen: Installed | None) -> bool:
    if seen is None or not seen.whole:
        return False
    return not package.version or fnmatchcase(seen.version, package.version)


def unheld(names: Iterable[str], installed: dict[str, Installed]) -> list[str]:
    """The names that apt would still upgrade; a package that is not there counts."""
    return [name for name in names if name not in installed or not installed[name].held]


def apt_error(what: str, result: Result) -> QuorumError:
    """The error of a failed apt-get or dpkg, with a fix that fits its cause."""
    output = result.stdout + result.stderr
    errors = [line.strip() for line in output.splitlines() if line.startswith(("E:", "dpkg: error", "W: GPG"))]
    seen = f"{what} failed: {' | '.join(errors[:4]) or result.reason()}"
    for mark, fix in _FIXES:
        if mark in output:
            return QuorumError("E2416", seen, fix)
    return QuorumError("E2416", seen, "run the same command on the host to see all of its output")


_FIXES = (
    (
        "EXPKEYSIG",
        "the repository's signing key has expired; its owner publishes a renewed copy under the same fingerprint, "
        "which a run fetches: point the key URL at a release that is still maintained",
    ),
    ("NO_PUBKEY", "the repository is signed by another key than the one whose fingerprint is configured"),
    ("was not found", "choose a version that the repository has (apt-cache madison PACKAGE)"),
    ("remove is disabled", "remove what conflicts yourself (apt-get install --simulate shows it), if nothing needs it"),
    ("Unable to locate package", "check the address of the package repository"),
    ("Conflicting values set for option Signed-By", "remove the other entry of this repository from /etc/apt"),
    ("No space left on device", "free disk space"),
)
