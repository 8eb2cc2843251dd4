# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A machine's disk: a root and a swap partition, made without loop devices and without a running system."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lab.process import run

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Layout:
    """The sizes, in MiB: a gap for the partition table, the root, and swap at the end."""

    size_mib: int
    swap_mib: int

    @property
    def root_mib(self) -> int:
        """Return the size of the root's partition; a MiB each is left at the beginning and at the end."""
        return self.size_mib - self.swap_mib - 2

    @property
    def swap_start_mib(self) -> int:
        """Return where the swap partition begins."""
        return 1 + self.root_mib

    def table(self) -> str:
        """Return the partition table as sfdisk reads it."""
        return (
            "label: dos\n"
            f"start=1MiB, size={self.root_mib}MiB, type=83\n"
            f"start={self.swap_start_mib}MiB, size={self.swap_mib}MiB, type=82\n"
        )

    def make(self, root: Path, scratch: Path, target: Path) -> None:
        """Write a qcow2 image with a folder's content as its root."""
        raw, swap = scratch / "disk.raw", scratch / "swap.raw"
        for path, mib in ((raw, self.size_mib), (swap, self.swap_mib)):
            path.touch()
            os.truncate(path, mib * _MIB)
        run(["sfdisk", "--quiet", str(raw)], stdin=self.table())
        run(["mkswap", "--quiet", str(swap)])
        run(["dd", f"if={swap}", f"of={raw}", "bs=1M", f"seek={self.swap_start_mib}", "conv=notrunc,sparse"])
        options = ["-q", "-F", "-t", "ext4", "-E", f"offset={_MIB}", "-d", str(root)]
        run(["mke2fs", *options, str(raw), f"{self.root_mib}M"])
        run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(target)])
