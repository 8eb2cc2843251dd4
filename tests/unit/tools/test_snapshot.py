# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the snapshot of a host notices."""

from __future__ import annotations

from tests.tools.snapshot import differences, parse

LINES = """F 1764.1 1764.2 600 root:root /etc/kubernetes/admin.conf
F 1764.1 1764.2 644 root:root /etc/apt/sources.list.d/with space.sources
P kubelet 4711
P kube-apiserver 4800
P sh 4900
P haproxy 12
P haproxy 11
"""


def test_files_and_watched_processes_are_read() -> None:
    snapshot = parse(LINES)
    assert snapshot["files"]["/etc/kubernetes/admin.conf"] == "1764.1 1764.2 600 root:root"
    assert "/etc/apt/sources.list.d/with space.sources" in snapshot["files"]
    assert snapshot["processes"] == {"kubelet": [4711], "kube-apiserver": [4800], "haproxy": [11, 12]}


def test_equal_states_do_not_differ() -> None:
    assert differences({"cp1": parse(LINES)}, {"cp1": parse(LINES)}) == []


def test_written_file_and_restarted_process_are_named() -> None:
    later = parse(LINES.replace("1764.1", "1765.1", 1).replace("kubelet 4711", "kubelet 9999"))
    assert differences({"cp1": parse(LINES)}, {"cp1": later}) == [
        "cp1: /etc/kubernetes/admin.conf: 1764.1 1764.2 600 root:root -> 1765.1 1764.2 600 root:root",
        "cp1: process kubelet: [4711] -> [9999]",
    ]


def test_missing_host_and_stopped_process_are_named() -> None:
    before = {"cp1": parse(LINES), "w1": parse(LINES)}
    assert differences(before, {"cp1": parse(LINES.replace("P kubelet 4711\n", ""))}) == [
        "w1: no longer there",
        "cp1: process kubelet: [4711] -> absent",
    ]
