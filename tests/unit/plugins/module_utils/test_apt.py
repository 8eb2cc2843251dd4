# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What dpkg says decides what is installed, repaired and held."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import apt
from ansible_collections.quorum.kubernetes.plugins.module_utils.apt import Installed, Package, Repository
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result

KUBEADM = Package("kubeadm", "1.37.1-*")


def test_the_output_of_dpkg_query_is_read() -> None:
    text = "kubeadm\thi \t1.37.1-1.1\nkubelet\tiF \t1.37.1-1.1\nhaproxy\tun \t\n"
    assert apt.parse_installed(text) == {
        "kubeadm": Installed("hi ", "1.37.1-1.1"),
        "kubelet": Installed("iF ", "1.37.1-1.1"),
        "haproxy": Installed("un ", ""),
    }


@pytest.mark.parametrize(
    ("seen", "is_missing"),
    [
        (None, True),
        (Installed("ii ", "1.37.1-1.1"), False),
        (Installed("hi ", "1.37.1-3.1"), False),
        (Installed("ii ", "1.37.10-1.1"), True),
        (Installed("ii ", "1.36.3-1.1"), True),
        (Installed("iU ", "1.37.1-1.1"), True),
        (Installed("iF ", "1.37.1-1.1"), True),
        (Installed("iHR", "1.37.1-1.1"), True),
        (Installed("rc ", "1.37.1-1.1"), True),
    ],
)
def test_a_package_counts_only_when_it_is_whole_and_of_the_wanted_version(
    seen: Installed | None, is_missing: bool
) -> None:
    installed = {"kubeadm": seen} if seen else {}
    assert apt.missing([KUBEADM], installed) == ([KUBEADM] if is_missing else [])


def test_without_a_version_any_will_do() -> None:
    assert apt.missing([Package("haproxy")], {"haproxy": Installed("ii ", "2.6.12-1")}) == []


def test_a_version_is_passed_to_apt_as_a_pattern() -> None:
    assert [KUBEADM.argument, Package("haproxy").argument] == ["kubeadm=1.37.1-*", "haproxy"]


def test_what_is_not_held_or_not_there_is_named() -> None:
    installed = {"kubeadm": Installed("hi ", "1"), "kubelet": Installed("ii ", "1")}
    assert apt.unheld(["kubeadm", "kubelet", "kubectl"], installed) == ["kubelet", "kubectl"]


def test_a_flat_repository_in_deb822_form() -> None:
    repository = Repository("kubernetes", ("https://example.com/deb/",), ("/",), (), "https://example.com/key", "AB")
    assert repository.sources() == (
        "# Ansible managed (quorum.kubernetes)\n"
        "Types: deb\n"
        "URIs: https://example.com/deb/\n"
        "Suites: /\n"
        "Signed-By: /etc/apt/keyrings/kubernetes.asc\n"
    )


def test_a_repository_with_components_in_deb822_form() -> None:
    repository = Repository("containerd", ("https://example.com",), ("bookworm",), ("stable", "test"), "", "")
    assert "Suites: bookworm\nComponents: stable test\n" in repository.sources()


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("W: GPG error: x InRelease: The following signatures were invalid: EXPKEYSIG 234654DA9A296436", "expired"),
        ("E: Version '9.9.9-*' for 'kubeadm' was not found", "apt-cache madison"),
        ("E: Packages need to be removed but remove is disabled.", "remove what conflicts yourself"),
        ("E: Unable to locate package kubeadm", "address of the package repository"),
        ("E: Conflicting values set for option Signed-By regarding source x", "remove the other entry"),
        ("something else", "run the same command"),
    ],
)
def test_a_failure_says_what_to_do(output: str, advice: str) -> None:
    error = apt.apt_error("apt-get install", Result(100, "", output))
    assert error.code == "E2416"
    assert output in error.seen
    assert advice in error.fix
