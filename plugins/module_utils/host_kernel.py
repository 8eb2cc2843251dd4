# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The kernel's side of a host: modules, sysctls and swap. Everything here is pure but `KernelView`."""

from __future__ import annotations

import os
import re

# What shows that a module works although it is built into the kernel, or was loaded by the host of a container,
# and has no folder in /sys/module.
MODULE_SIGNS: dict[str, str] = {
    "br_netfilter": "/proc/sys/net/bridge/bridge-nf-call-iptables",
    "nf_conntrack": "/proc/sys/net/netfilter/nf_conntrack_max",
    "ip_vs": "/proc/net/ip_vs",
}

_FSTAB_SWAP = re.compile(r"^\s*[^#\s]\S*\s+\S+\s+swap\s", re.MULTILINE)

COMMENT = "# commented out by quorum.kubernetes: "


def swap_devices(proc_swaps: str) -> list[str]:
    """Devices and files that are swapped to now, from the text of /proc/swaps."""
    lines = proc_swaps.splitlines()[1:]
    return [line.split()[0] for line in lines if line.strip()]


def without_swap(fstab: str) -> str:
    """The text of /etc/fstab with its swap lines commented out; nothing is lost and nothing else changes."""
    lines = fstab.splitlines(keepends=True)
    return "".join(COMMENT + line if _FSTAB_SWAP.match(line + " ") else line for line in lines)


def sysctl_path(name: str) -> str:
    """Where the kernel shows a sysctl: ``net.ipv4.ip_forward`` -> /proc/sys/net/ipv4/ip_forward."""
    return "/proc/sys/" + name.replace(".", "/")


def same_value(wanted: str, seen: str) -> bool:
    """Whether two sysctl values are equal; the kernel separates several numbers by tabs."""
    return wanted.split() == seen.split()


class KernelView:
    """Reads the kernel's own files below `root` (a folder of a test, otherwise the real ones)."""

    def __init__(self, root: str = "") -> None:
        self._root = root

    def text(self, path: str) -> str:
        """The text of a file, empty when there is none."""
        try:
            with open(self._root + path, encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError:
            return ""

    def has_module(self, name: str) -> bool:
        """Whether the kernel can do what the module is for: loaded, built in, or a known file system."""
        module = name.replace("-", "_")
        sign = MODULE_SIGNS.get(module)
        return (
            os.path.isdir(f"{self._root}/sys/module/{module}")
            or (sign is not None and os.path.exists(self._root + sign))
            or module in self.text("/proc/filesystems").split()
        )

    def sysctl(self, name: str) -> str:
        """The present value of a sysctl, empty when the kernel has none of this name."""
        return self.text(sysctl_path(name)).strip()

    def set_sysctl(self, name: str, value: str) -> None:
        """Set a sysctl; OSError when the kernel refuses."""
        with open(self._root + sysctl_path(name), "w", encoding="utf-8") as stream:
            stream.write(value + "\n")
