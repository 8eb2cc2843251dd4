# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packages and repositories have the shape of the community's."""

from __future__ import annotations

import hashlib

from lab.debian import DEBIANS
from lab.openpgp import parse_fingerprint
from lab.packages import KUBELET_DROP_IN, REVISION, Package, containerd_package, control, kubernetes_packages
from lab.repository import Entry, kubernetes_path, packages_index, release_file
from lab.sources import RELEASES


def packages(version: str) -> dict[str, Package]:
    return {package.name: package for package in kubernetes_packages(RELEASES[version])}


def test_repository_of_a_minor_has_five_packages() -> None:
    versions = {name: package.version for name, package in packages("1.37.1").items()}
    assert versions == {
        "kubeadm": f"1.37.1-{REVISION}",
        "kubectl": f"1.37.1-{REVISION}",
        "kubelet": f"1.37.1-{REVISION}",
        "kubernetes-cni": f"1.9.1-{REVISION}",
        "cri-tools": f"1.37.0-{REVISION}",
    }


def test_control_file_of_kubelet() -> None:
    assert control(packages("1.37.1")["kubelet"], "amd64", 4711) == (
        "Package: kubelet\n"
        "Version: 1.37.1-1.1\n"
        "Architecture: amd64\n"
        "Maintainer: quorum.kubernetes lab <lab@quorum.invalid>\n"
        "Installed-Size: 4711\n"
        "Depends: iptables (>= 1.4.21), kubernetes-cni (>= 1.2.0), mount, util-linux\n"
        "Section: admin\n"
        "Priority: optional\n"
        "Description: Node agent for Kubernetes clusters\n"
    )


def test_kubelet_reads_what_kubeadm_and_the_administrator_write() -> None:
    for path in ("/var/lib/kubelet/config.yaml", "/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet"):
        assert path in KUBELET_DROP_IN
    assert '"KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=' in KUBELET_DROP_IN


def test_containerd_has_dockers_name_and_version_scheme() -> None:
    names = [containerd_package(debian).filename("amd64") for debian in DEBIANS]
    assert names == [
        "containerd.io_2.3.7-1~debian.12~bookworm_amd64.deb",
        "containerd.io_2.3.7-1~debian.13~trixie_amd64.deb",
    ]


def test_packages_index_names_size_and_checksum() -> None:
    entry = Entry("Package: a\nVersion: 1\n", "amd64/a_1_amd64.deb", b"deb")
    checksum = hashlib.sha256(b"deb").hexdigest()
    assert packages_index([entry]) == (
        f"Package: a\nVersion: 1\nFilename: amd64/a_1_amd64.deb\nSize: 3\nSHA256: {checksum}\n"
    )


def test_packages_index_has_an_empty_line_between_packages() -> None:
    entry = Entry("Package: a", "a.deb", b"")
    assert packages_index([entry, entry]).count("\n\n") == 1


def test_release_file_lists_its_indexes() -> None:
    text = release_file({"Origin": "lab"}, {"Packages": b"x"}, "Sun, 29 Nov 2026 01:00:00 UTC")
    checksum = hashlib.sha256(b"x").hexdigest()
    assert text == f"Origin: lab\nDate: Sun, 29 Nov 2026 01:00:00 UTC\nSHA256:\n {checksum} 1 Packages\n"


def test_repository_path_is_the_communitys() -> None:
    assert kubernetes_path("1.37") == "core:/stable:/v1.37/deb"


def test_fingerprint_is_the_primary_keys() -> None:
    colons = "sec:u:3072:1:16E5816B776AEF52:1:::u:::scESC:::+:::23::0:\nfpr:::::::::2A0CF433556C:\ngrp:::::::::FFFF:\n"
    assert parse_fingerprint(colons) == "2A0CF433556C"
    assert parse_fingerprint("") == ""
