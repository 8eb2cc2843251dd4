# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Taking packages off a host that were put there for Kubernetes, and nothing with them that is somebody else's.

A file tells whose a package is, and which were there before it. It is removed last, so that a removal that was killed
can be gone on with.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.quorum.kubernetes.plugins.module_utils import apt
from ansible_collections.quorum.kubernetes.plugins.module_utils.apt import Installed
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result, Runner

# Where systemd finds the units of administrators and of packages.
UNIT_DIRECTORIES = (
    "/etc/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
STOP_TIMEOUT = 180.0

_DEPENDS = re.compile(r"^ (\S+ (?:pre-)?depends on .+?)(?:\.|; however:)$", re.M)
_GOES = re.compile(r"^(?:Purg|Remv) (\S+) \[", re.M)


class AptGet(Protocol):
    """Runs apt-get, whose failure is a QuorumError."""

    def __call__(self, arguments: list[str]) -> Result:
        """Run it with these arguments."""


@dataclass(frozen=True)
class Unwanted:
    """A package that is to go if the file `proof` has the line `proof_line`.

    `service` is its unit, which is stopped first. `leaves` are paths that its programs made.
    """

    name: str
    proof: str
    proof_line: str
    service: str = ""
    leaves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What goes: packages with the units that run from them, paths that they leave, and files of repositories."""

    packages: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def described(self) -> list[str]:
        """Everything as a list for people."""
        return [
            *(f"purge {name}" for name in self.packages),
            *(f"remove {path}" for path in (*self.leaves, *self.files)),
        ]


def dependants(text: str) -> list[str]:
    """Who keeps dpkg from removing what, of its output: ``docker-ce depends on containerd.io (>= 1.7.27)``."""
    return list(dict.fromkeys(_DEPENDS.findall(text)))


def going(text: str) -> list[str]:
    """The packages that a simulation of apt-get takes away."""
    return _GOES.findall(text)


class Removal:
    """Finds what goes from one host, and takes it away."""

    def __init__(self, runner: Runner, disk: Disk) -> None:
        self._runner = runner
        self._disk = disk

    def plan(self, unwanted: Sequence[Unwanted], repositories: Sequence[str]) -> Plan:
        """What is there to remove. Raises QuorumError where others need a package of it."""
        proven = [each for each in unwanted if self._came_with_kubernetes(each)]
        seen = self._seen([each.name for each in proven])
        own = [each for each in proven if not self._comes_from_elsewhere(each, seen.get(each.name))]
        known = [each.name for each in own if each.name in seen]
        self._refuse_needed(known)
        leaves = [path for each in own for path in each.leaves if self._is_left(path)]
        paths = [path for name in repositories for path in self._repository_files(name)]
        return Plan(
            packages=(*known, *self._needed_by_these_alone(known)),
            services=tuple(each.service for each in own if each.service and each.name in known),
            leaves=tuple(leaves),
            files=tuple(paths),
        )

    def carry_out(self, plan: Plan, apt_get: AptGet) -> None:
        """Remove what was planned, the proof last. Raises QuorumError where something still runs in it."""
        self._refuse_mounted(plan.leaves)
        for service in plan.services:
            self._stop(f"{service}.service")
        self._purge(plan.packages, apt_get)
        for path in plan.leaves:
            self._clear(path)
        for path in plan.files:
            self._disk.remove(path)

    def _purge(self, names: Sequence[str], apt_get: AptGet) -> None:
        """Twice where something is left: of a package whose removal was killed, apt-get leaves the configuration."""
        for _attempt in range(2):
            if names:
                # What nobody needs, of others, stays even where apt is told to take that with everything.
                apt_get(["purge", "--no-auto-remove", "--yes", apt.ALLOW_HELD, *names])
            seen = self._seen(names)
            names = [name for name in names if name in seen]

    def _came_with_kubernetes(self, each: Unwanted) -> bool:
        proof = self._disk.read(each.proof)
        return each.proof_line in map(str.strip, proof.splitlines()) and each.name not in apt.earlier(proof)

    def _seen(self, names: Sequence[str]) -> dict[str, Installed]:
        """Those of which dpkg has anything, if only their configuration."""
        if not names:
            return {}
        argv = ["dpkg-query", "--show", f"--showformat={apt.DPKG_FORMAT}", *names]
        found = apt.parse_installed(self._runner.run(argv, timeout=60).stdout)
        return {name: package for name, package in found.items() if package.remembered}

    def _comes_from_elsewhere(self, each: Unwanted, seen: Installed | None) -> bool:
        """Whether the service came back, after the package went, with another one: then all that is there is its."""
        if not each.service or (seen is not None and seen.unpacked):
            return False
        # Filled: dpkg's helper links the unit of a package that was only removed to /dev/null.
        return any(self._disk.filled(f"{folder}/{each.service}.service") for folder in UNIT_DIRECTORIES)

    def _refuse_needed(self, names: Sequence[str]) -> None:
        """dpkg, unlike apt, removes nothing that it was not told to, and says who would break."""
        if not names:
            return
        result = self._runner.run(["dpkg", "--no-act", "--purge", *names], timeout=60)
        needed = dependants(result.stdout + result.stderr)
        if needed:
            raise QuorumError(
                "E2417",
                f"others need packages that would go: {'; '.join(needed)}",
                "remove what depends on them first, if nobody needs it, or let the packages stay",
            )

    def _needed_by_these_alone(self, names: Sequence[str]) -> list[str]:
        """What came as a dependency of these and is nobody else's: what apt would clean up because of them."""
        if not names:
            return []
        before = self._simulate(["autoremove"])
        after = self._simulate([apt.ALLOW_HELD, "--auto-remove", "purge", *names])
        if not (before.ok and after.ok):
            # Packages are half installed. What the removal frees cannot be told from what was nobody's before.
            return []
        return [name for name in going(after.stdout) if name not in (*going(before.stdout), *names)]

    def _simulate(self, arguments: list[str]) -> Result:
        return self._runner.run(["apt-get", "--simulate", *arguments], timeout=120)

    def _repository_files(self, name: str) -> list[str]:
        sources, key = apt.sources_path(name), apt.key_path(name)
        own = apt.HEADER in self._disk.read(sources).splitlines()
        # The sources go last: they tell that the key was ours.
        return [path for path in (key, sources) if own and self._disk.exists(path)]

    def _is_left(self, path: str) -> bool:
        return self._disk.exists(path) and (not self._is_place(path) or bool(self._disk.names(path)))

    def _is_place(self, path: str) -> bool:
        """Whether somebody gave the folder a disk of its own, or a link to one, which stays without content."""
        real = self._disk.path(path)
        return os.path.isdir(real) and (os.path.islink(real) or path in self._disk.mount_points())

    def _refuse_mounted(self, paths: Sequence[str]) -> None:
        """A container that still runs has its file system there. A disk of its own for a folder is no reason."""
        places = {place for path in paths for place in (path, os.path.realpath(self._disk.path(path)))}
        below = [mount for mount in self._disk.mount_points() for place in places if mount.startswith(place + "/")]
        if below:
            fix = "end what runs there (ctr namespaces list) or unmount it, then run again"
            raise QuorumError("E2418", f"{below[0]} is mounted", fix)

    def _stop(self, unit: str) -> None:
        self._runner.run(["systemctl", "disable", "--now", unit], timeout=STOP_TIMEOUT)
        if self._runner.run(["systemctl", "is-active", "--quiet", unit], timeout=30).ok:
            raise QuorumError("E2419", f"{unit} does not stop", f"look at: systemctl status {unit}")

    def _clear(self, path: str) -> None:
        if not os.path.isdir(self._disk.path(path)):
            self._disk.remove(path)
            return
        self._disk.empty(path)
        if self._is_place(path):
            return
        try:
            os.rmdir(self._disk.path(path))
        except OSError as error:
            raise QuorumError("E2117", f"{path} cannot be removed: {error.strerror}") from error
