# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every version this collection knows of, as data, and the rules between versions.

Nothing here is "the latest": each table says what goes together and carries the date it was read (``READ``).
Patch numbers are floors, never pins.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

READ = date(2026, 11, 22)
"""The day the tables of this module were compared with their sources."""


class Version(NamedTuple):
    """A released version of three numbers; compares as a tuple."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def line(self) -> str:
        """The release line, for example ``1.37``."""
        return f"{self.major}.{self.minor}"


class Components(NamedTuple):
    """Image tags that kubeadm deploys, from ``since`` on (a Kubernetes version of that minor)."""

    since: Version
    etcd: str
    coredns: str
    pause: str


class Release(NamedTuple):
    """One Kubernetes minor: end of life, what kubeadm deploys, and the oldest containerd patch of each line."""

    end_of_life: date
    components: tuple[Components, ...]
    containerd: tuple[Version, ...]


_VERSION = re.compile(r"v?(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")


def parse(text: str) -> Version | None:
    """Read ``1.37.1`` (a leading ``v`` is allowed, as Kubernetes itself prints it); None for anything else."""
    match = _VERSION.fullmatch(text)
    return Version(int(match[1]), int(match[2]), int(match[3])) if match else None


def parse_package(text: str) -> Version | None:
    """Read the upstream version out of a package version such as ``1:2.3.7-1~debian.12`` or of ``v1.37.1``."""
    match = re.match(r"(?:\d+:)?v?(\d+)\.(\d+)\.(\d+)", text)
    return Version(int(match[1]), int(match[2]), int(match[3])) if match else None


def _release(end_of_life: date, components: list[tuple[str, str, str, str]], containerd: tuple[str, ...]) -> Release:
    return Release(
        end_of_life,
        tuple(Components(_known(since), etcd, dns, pause) for since, etcd, dns, pause in components),
        tuple(_known(floor) for floor in containerd),
    )


def _known(text: str) -> Version:
    version = parse(text)
    if version is None:
        raise ValueError(f"version table: '{text}' is not a version")
    return version


# Images: `kubeadm config images list` of each release. Dates: kubernetes.io/releases. containerd: its RELEASES.md,
# table of Kubernetes support; 1.37 is not in it yet and takes the line of 1.36, which was tried with 2.3.
RELEASES: dict[str, Release] = {
    "1.33": _release(date(2026, 6, 28), [("1.33.0", "3.5.24-0", "v1.12.0", "3.10")], ("1.7.24", "2.0.4", "2.1.0")),
    "1.34": _release(
        date(2026, 10, 27),
        [("1.34.0", "3.6.4-0", "v1.12.1", "3.10.1"), ("1.34.2", "3.6.5-0", "v1.12.1", "3.10.1")],
        ("1.7.28", "2.0.6", "2.1.3"),
    ),
    "1.35": _release(date(2027, 2, 28), [("1.35.0", "3.6.6-0", "v1.13.1", "3.10.1")], ("1.7.28", "2.1.5", "2.2.0")),
    "1.36": _release(date(2027, 6, 28), [("1.36.0", "3.6.8-0", "v1.14.2", "3.10.2")], ("2.2.0", "2.3.0")),
    "1.37": _release(date(2027, 10, 28), [("1.37.0", "3.7.0-0", "v1.14.6", "3.10.2")], ("2.2.0", "2.3.0")),
}

SUPPORTED: tuple[str, ...] = ("1.35", "1.36", "1.37")
"""Kubernetes minors this collection builds clusters of; the others of RELEASES are known as a start of upgrades."""

ETCD_LINES: tuple[str, ...] = ("3.5", "3.6", "3.7")
"""etcd release lines in order; etcd is upgraded one line at a time."""

# Oldest etcd that the next line may start from (etcd.io, upgrade guides 3.6 and 3.7 of August 2026).
ETCD_UPGRADE_FLOORS: dict[str, Version] = {"3.6": _known("3.5.32"), "3.7": _known("3.6.11")}

ETCD_EXTERNAL_FLOOR = _known("3.5.24")
"""kubeadm's MinExternalEtcdVersion of 1.36 and 1.37."""

# Oldest patch of each etcd line without GHSA-6vch-q96h-7gc3 (unbounded TLS handshakes).
ETCD_SECURITY_FLOORS: dict[str, Version] = {
    "3.5": _known("3.5.33"),
    "3.6": _known("3.6.14"),
    "3.7": _known("3.7.1"),
}

KUBELET_SKEW = 3
"""A kubelet may be this many minors older than the API server, and never newer (version skew policy)."""

CONTAINERD_ENDED: dict[str, date] = {
    "1.7": date(2026, 9, 30),
    "2.0": date(2027, 3, 31),
    "2.1": date(2026, 7, 3),
    "2.2": date(2026, 11, 6),
    "2.3": date(2028, 4, 30),
    "2.4": date(2027, 4, 30),
}
"""End of life of the containerd lines (RELEASES.md)."""

# Flags that a newer component refuses to start with: component, flag, minor it is gone from.
REMOVED_FLAGS: tuple[tuple[str, str, str], ...] = (
    ("kubelet", "pod-infra-container-image", "1.35"),
    ("kubelet", "containerd", "1.37"),
    ("kubelet", "storage-driver-buffer-duration", "1.37"),
    ("kubelet", "storage-driver-db", "1.37"),
    ("kubelet", "storage-driver-host", "1.37"),
    ("kubelet", "storage-driver-password", "1.37"),
    ("kubelet", "storage-driver-secure", "1.37"),
    ("kubelet", "storage-driver-table", "1.37"),
    ("kubelet", "storage-driver-user", "1.37"),
)

# kubeadm feature gates and the minor from which setting them is an error (they became the only behaviour).
REMOVED_FEATURE_GATES: dict[str, str] = {
    "EtcdLearnerMode": "1.33",
    "WaitForAllControlPlaneComponents": "1.35",
    "ControlPlaneKubeletLocalMode": "1.36",
    "NodeLocalCRISocket": "1.37",
    "PublicKeysECDSA": "1.37",
}

FAIL_CGROUP_V1_SINCE = "1.35"
"""From this minor on the kubelet does not start on cgroup v1 unless `failCgroupV1: false` is set."""

FLANNEL_IPV6_ONLY_SINCE = _known("0.15.0")
"""Older flannel cannot do IPv6 without IPv4."""


def minor_number(line: str) -> int:
    """The second number of a release line: ``1.37`` -> 37."""
    return int(line.split(".")[1])


def components(version: Version) -> Components | None:
    """What kubeadm of this version deploys; None for a minor that is not in the table."""
    release = RELEASES.get(version.line)
    if release is None:
        return None
    return [row for row in release.components if row.since <= version][-1]


def etcd_version(tag: str) -> Version | None:
    """The version in an etcd image tag: ``3.6.8-0`` -> 3.6.8."""
    return parse(tag.split("-")[0])


def containerd_accepted(kubernetes: Version, containerd: Version) -> bool:
    """Whether containerd's own support table has this pair; lines newer than the table's last are accepted."""
    release = RELEASES.get(kubernetes.line)
    if release is None:
        return True
    floors = {floor.line: floor for floor in release.containerd}
    if containerd.line in floors:
        return containerd >= floors[containerd.line]
    return containerd > max(release.containerd)


def upgrade_problem(current: Version, target: Version) -> str | None:
    """Why kubeadm must not move a cluster from `current` to `target`; None when it may (or nothing changes).

    Rules of kubeadm and the version skew policy: no downgrade, not even of a patch; one minor at a time.
    """
    if target < current:
        return "downgrades are not supported"
    if target.major != current.major or target.minor - current.minor > 1:
        return f"one minor at a time; go to {current.major}.{current.minor + 1}.x first"
    return None


def kubelet_problem(api_server: Version, kubelet: Version) -> str | None:
    """Why this kubelet must not talk to this API server; None when the pair is allowed."""
    if kubelet[:2] > api_server[:2]:
        return "the kubelet must not be newer than the API server"
    if api_server.major != kubelet.major or api_server.minor - kubelet.minor > KUBELET_SKEW:
        return f"the kubelet may be at most {KUBELET_SKEW} minors older than the API server"
    return None


def etcd_upgrade_problem(current: Version, target: Version) -> str | None:
    """Why etcd must not go from `current` to `target`; None when its upgrade guide allows the step."""
    if target[:2] < current[:2]:
        return "etcd cannot go back to an older line by starting an older binary"
    if target.line == current.line:
        return None
    following = f"{current.major}.{current.minor + 1}"
    if below_etcd_floor(current, following):
        return f"first upgrade to {ETCD_UPGRADE_FLOORS[following]} or later"
    if target.line != following:
        return f"one line at a time; go to {following}.x first"
    return None


def below_etcd_floor(current: Version, line: str) -> bool:
    """Whether etcd's upgrade guide wants a later patch than `current` before the step to `line`."""
    floor = ETCD_UPGRADE_FLOORS.get(line)
    return floor is not None and current < floor


def upgrade_path(current: Version, target: Version) -> list[str]:
    """The stops from `current` to `target`, one minor at a time: ``["1.36", "1.37.1"]`` for 1.35.4 -> 1.37.1.

    A stop in between is a release line (take its latest patch); the last one is the target. Empty when the cluster
    is already there. Raises ValueError for a downgrade or another major version.
    """
    if target.major != current.major or target < current:
        raise ValueError(f"there is no way from {current} to {target}: downgrades are not supported")
    if target == current:
        return []
    between = range(current.minor + 1, target.minor)
    return [f"{target.major}.{minor}" for minor in between] + [str(target)]
