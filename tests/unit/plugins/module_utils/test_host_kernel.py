# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Kernel modules, sysctls and swap as the kernel's own files show them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_kernel import (
    COMMENT,
    KernelView,
    same_value,
    swap_devices,
    sysctl_path,
    without_swap,
)


def test_swap_devices_are_read() -> None:
    text = "Filename\tType\tSize\tUsed\tPriority\n/dev/dm-1  partition 976892 0 -2\n/swap.img  file 4194300 0 -3\n"
    assert swap_devices(text) == ["/dev/dm-1", "/swap.img"]
    assert swap_devices("Filename\tType\tSize\tUsed\tPriority\n") == []


def test_only_lines_of_swap_are_commented_out_and_nothing_is_lost() -> None:
    fstab = (
        "# /dev/old none swap sw 0 0\n"
        "UUID=1 / ext4 defaults 0 1\n"
        "/dev/dm-1\tnone\tswap\tsw\t0\t0\n"
        "/data/swap /srv/swap none bind 0 0\n"
        "  /swap.img none swap sw 0 0"
    )
    assert without_swap(fstab).splitlines() == [
        "# /dev/old none swap sw 0 0",
        "UUID=1 / ext4 defaults 0 1",
        COMMENT + "/dev/dm-1\tnone\tswap\tsw\t0\t0",
        "/data/swap /srv/swap none bind 0 0",
        COMMENT + "  /swap.img none swap sw 0 0",
    ]


def test_commenting_out_twice_changes_nothing() -> None:
    once = without_swap("/dev/dm-1 none swap sw 0 0\n")
    assert without_swap(once) == once


def test_where_a_sysctl_is() -> None:
    assert sysctl_path("net.ipv4.ip_forward") == "/proc/sys/net/ipv4/ip_forward"


@pytest.mark.parametrize(("wanted", "seen", "same"), [("1", "1", True), ("4 4 1", "4\t4\t1", True), ("1", "0", False)])
def test_values_are_compared_number_by_number(wanted: str, seen: str, same: bool) -> None:
    assert same_value(wanted, seen) is same


def _write(root: Path, path: str, text: str = "") -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def test_a_module_counts_when_loaded_built_in_or_a_known_file_system(tmp_path: Path) -> None:
    kernel = KernelView(str(tmp_path))
    assert not kernel.has_module("overlay")
    _write(tmp_path, "proc/filesystems", "nodev\tsysfs\nnodev\toverlay\n")
    _write(tmp_path, "proc/sys/net/bridge/bridge-nf-call-iptables", "1\n")
    (tmp_path / "sys/module/ip_vs_rr").mkdir(parents=True)
    assert all(kernel.has_module(name) for name in ("overlay", "br_netfilter", "ip-vs-rr"))
    assert not kernel.has_module("ip_vs")


def test_a_sysctl_is_read_and_set(tmp_path: Path) -> None:
    _write(tmp_path, "proc/sys/net/ipv4/ip_forward", "0\n")
    kernel = KernelView(str(tmp_path))
    kernel.set_sysctl("net.ipv4.ip_forward", "1")
    assert kernel.sysctl("net.ipv4.ip_forward") == "1"
    assert kernel.sysctl("net.ipv4.unknown") == ""
