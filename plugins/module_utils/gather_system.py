# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Facts of a host: system, memory, disks, packages, versions. Whatever cannot be found reads as empty."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner

Json = dict[str, Any]

MIB = 1024 * 1024
# Go's names of the processors for which Kubernetes has images.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "ppc64le": "ppc64le", "s390x": "s390x"}
PACKAGES = (
    "kubeadm",
    "kubelet",
    "kubectl",
    "cri-tools",
    "kubernetes-cni",
    "containerd.io",
    "containerd",
    "haproxy",
    "keepalived",
)
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+\S*)")


def operating_system(disk: Disk) -> dict[str, str]:
    """From /etc/os-release (freedesktop.org, os-release(5))."""
    fields = {}
    for line in disk.read("/etc/os-release").splitlines():
        key, separator, value = line.partition("=")
        if separator:
            fields[key.strip()] = value.strip().strip("\"'")
    names = {"id": "ID", "version_id": "VERSION_ID", "codename": "VERSION_CODENAME", "pretty": "PRETTY_NAME"}
    return {name: fields.get(key, "") for name, key in names.items()}


def machine(disk: Disk) -> Json:
    """Processor, kernel, memory in MiB, swap devices, cgroup version, Python."""
    uname = platform.uname()
    return {
        "machine_id": disk.read("/etc/machine-id").strip(),
        "arch": ARCHITECTURES.get(uname.machine, uname.machine),
        "kernel": uname.release,
        "cpus": len(os.sched_getaffinity(0)),
        "memory_mib": memory_mib(disk.read("/proc/meminfo")),
        "swap": swap_devices(disk.read("/proc/swaps")),
        "cgroup_version": 2 if disk.exists("/sys/fs/cgroup/cgroup.controllers") else 1,
        "python": platform.python_version(),
    }


def memory_mib(meminfo: str) -> int:
    """MemTotal of /proc/meminfo, which is in KiB, as MiB; 0 when it is not there."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", meminfo, re.MULTILINE)
    return int(found.group(1)) // 1024 if found else 0


def swap_devices(swaps: str) -> list[str]:
    """The devices and files of /proc/swaps, whose first line is a heading."""
    return [line.split()[0] for line in swaps.splitlines()[1:] if line.strip()]


def disk_space(paths: Sequence[str], disk: Disk) -> dict[str, dict[str, int]]:
    """Free (for root), available (for others, as the kubelet counts) and total MiB of each path's file system."""
    space = {}
    for path in paths:
        real = disk.path(path)
        while not os.path.exists(real) and real != os.path.dirname(real):
            real = os.path.dirname(real)
        try:
            status = os.statvfs(real)
        except OSError:
            continue
        space[path] = {
            "free_mib": status.f_bfree * status.f_frsize // MIB,
            "available_mib": status.f_bavail * status.f_frsize // MIB,
            "total_mib": status.f_blocks * status.f_frsize // MIB,
        }
    return space


def packages(runner: Runner) -> dict[str, Json]:
    """Version, state and hold of the packages of interest that dpkg knows and has not removed."""
    query = ["dpkg-query", "--show", "--showformat=${Package}\\t${Version}\\t${db:Status-Abbrev}\\n", *PACKAGES]
    return parse_packages(runner.run(query, timeout=30).stdout)


def parse_packages(text: str) -> dict[str, Json]:
    """dpkg's status abbreviation: wanted action (i install, h hold), state (i, U, F, ...), error (R or blank).

    `status` is ``ii`` for what is installed properly, held or not (dpkg-query(1)).
    """
    found = {}
    for line in text.splitlines():
        fields = line.split("\t")
        if len(fields) != 3 or not fields[1]:
            continue
        name, version, abbreviation = fields
        wanted, state = abbreviation[:1], abbreviation[1:].strip()
        found[name] = {
            "version": version,
            "status": ("i" if wanted == "h" else wanted) + state,
            "hold": wanted == "h",
        }
    return found


def versions(runner: Runner) -> dict[str, str]:
    """Versions that the programs themselves tell, without a leading v; "" for one that is not there."""
    commands = {
        "kubeadm": ["kubeadm", "version", "--output=short"],
        "kubelet": ["kubelet", "--version"],
        "containerd": ["containerd", "--version"],
    }
    return {name: parse_version(runner.run(command, timeout=20).stdout) for name, command in commands.items()}


def parse_version(text: str) -> str:
    """``1.37.1`` out of ``Kubernetes v1.37.1`` or ``containerd github.com/containerd/containerd/v2 2.3.7 abc``."""
    found = _VERSION.search(text)
    return found.group(1) if found else ""
