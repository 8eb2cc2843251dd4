# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd's release archives: which version, where from, and what they must be. Pure, but for :func:`unpack`."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Sequence
from typing import IO

from ansible_collections.quorum.kubernetes.plugins.module_utils import versions
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

PROGRAMS: tuple[str, ...] = ("etcd", "etcdctl", "etcdutl")

# SHA-256 of the archives on etcd's release page, version and architecture to digest; read in November 2026.
KNOWN: dict[tuple[str, str], str] = {
    ("3.6.14", "amd64"): "ffe840ff9295808e88cce2794a18a5ac87f12a5203c8314d0bf6aa119b41bac5",
    ("3.6.14", "arm64"): "fa1b80565ee6fc2df1ae6f57a508b221f3ecc7d591c317c581cd8281b0842b3e",
    ("3.7.1", "amd64"): "e8cd3fa8064c98137c5dbd78b76f969417ace84efb83c481041d7a52ffdd8fb9",
    ("3.7.1", "arm64"): "d7e25e08f694b6ed7792fc7b7a891fe2c3f3d3dccfe2f3bfdb1547b0eb75b6da",
}

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "ppc64le": "ppc64le", "s390x": "s390x"}
_VERSION = re.compile(r"^etcd(?:utl|ctl)? version: (\d+\.\d+\.\d+)", re.MULTILINE | re.IGNORECASE)
_DIGEST = re.compile(r"^sha256:([0-9a-f]{64})$")


def default_version(kubernetes: str) -> str:
    """The etcd to run beside this Kubernetes: of the line that kubeadm deploys, the first patch without known holes.

    "" for a version of Kubernetes that the table does not have.
    """
    version = versions.parse(kubernetes)
    parts = versions.components(version) if version else None
    deployed = versions.etcd_version(parts.etcd) if parts else None
    if deployed is None:
        return ""
    return str(max(deployed, versions.ETCD_SECURITY_FLOORS.get(deployed.line, deployed)))


def architecture(machine: str) -> str:
    """etcd's name of a machine type (``uname -m``)."""
    if machine not in _ARCHITECTURES:
        raise QuorumError("E2310", f"etcd has no release for the architecture {machine}")
    return _ARCHITECTURES[machine]


def address(pattern: str, version: str, arch: str) -> str:
    """The archive's URL: ``{version}`` and ``{arch}`` are filled in."""
    return pattern.replace("{version}", version).replace("{arch}", arch)


def expected_digest(checksum: str, version: str, arch: str) -> str:
    """The SHA-256 digest that the archive must have: the given ``sha256:HEX``, or the known one of this release."""
    found = _DIGEST.match(checksum.lower())
    if found:
        return found.group(1)
    if checksum:
        raise QuorumError("E2311", f"the checksum {checksum!r} is not sha256: and 64 hexadecimal digits")
    if (version, arch) not in KNOWN:
        raise QuorumError(
            "E2311",
            f"no checksum is known of etcd {version} for {arch}",
            "Set kube_etcd_archive_checksum to sha256:HEX from a source that you trust.",
        )
    return KNOWN[version, arch]


def reported_version(output: str) -> str:
    """The version that ``etcd --version``, ``etcdctl version`` or ``etcdutl version`` prints; "" if it is none."""
    found = _VERSION.search(output)
    return found.group(1) if found else ""


def version_argv(path: str) -> list[str]:
    """The command that makes a program say its version."""
    return [path, "--version"] if os.path.basename(path) == "etcd" else [path, "version"]


def refuse_bad_step(installed: str, wanted: str) -> None:
    """Raise QuorumError unless etcd's upgrade guides allow to start ``wanted`` after ``installed``."""
    before, after = versions.parse(installed), versions.parse(wanted)
    problem = versions.etcd_upgrade_problem(before, after) if before and after else None
    if problem:
        raise QuorumError("E2312", f"etcd must not go from {installed} to {wanted}: {problem}")


def unpack(archive: str, programs: Sequence[str], directory: str) -> None:
    """Put ``programs`` from a release archive into ``directory``, each in one step, so that none is ever half there."""
    with tarfile.open(archive, "r:gz") as release:
        wanted = {os.path.basename(m.name): m for m in release.getmembers() if m.isfile()}
        absent = [name for name in programs if name not in wanted]
        if absent:
            raise QuorumError("E2313", f"the archive of etcd has no {', '.join(absent)}")
        for name in programs:
            path, new = os.path.join(directory, name), os.path.join(directory, f".{name}.new")
            with _open(release, wanted[name]) as source, open(new, "wb") as target:
                shutil.copyfileobj(source, target)
                os.fchmod(target.fileno(), 0o755)
                os.fsync(target.fileno())
            os.replace(new, path)


def _open(release: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = release.extractfile(member)
    if content is None:
        raise QuorumError("E2313", f"{member.name} in the archive of etcd is no file")
    return content
