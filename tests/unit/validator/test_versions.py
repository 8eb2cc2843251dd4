"""The tables of versions, cell by cell, and every pair of versions that a rule decides about."""

from __future__ import annotations

from datetime import date

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.filter.upgrade_path import FilterModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import versions
from ansible_collections.quorum.kubernetes.plugins.module_utils.versions import Version


def v(text: str) -> Version:
    """A version that must be one."""
    parsed = versions.parse(text)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("kubernetes", "etcd", "coredns", "pause"),
    [
        ("1.33.13", "3.5.24-0", "v1.12.0", "3.10"),
        ("1.34.0", "3.6.4-0", "v1.12.1", "3.10.1"),
        ("1.34.1", "3.6.4-0", "v1.12.1", "3.10.1"),
        ("1.34.2", "3.6.5-0", "v1.12.1", "3.10.1"),
        ("1.34.11", "3.6.5-0", "v1.12.1", "3.10.1"),
        ("1.35.0", "3.6.6-0", "v1.13.1", "3.10.1"),
        ("1.35.9", "3.6.6-0", "v1.13.1", "3.10.1"),
        ("1.36.0", "3.6.8-0", "v1.14.2", "3.10.2"),
        ("1.36.4", "3.6.8-0", "v1.14.2", "3.10.2"),
        ("1.37.0", "3.7.0-0", "v1.14.6", "3.10.2"),
        ("1.37.1", "3.7.0-0", "v1.14.6", "3.10.2"),
    ],
)
def test_what_kubeadm_deploys(kubernetes: str, etcd: str, coredns: str, pause: str) -> None:
    parts = versions.components(v(kubernetes))
    assert parts is not None
    assert (parts.etcd, parts.coredns, parts.pause) == (etcd, coredns, pause)


def test_what_is_not_in_the_table_is_not_guessed() -> None:
    assert versions.components(v("1.38.0")) is None
    assert versions.components(v("1.20.0")) is None


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("1.33", date(2026, 6, 28)),
        ("1.34", date(2026, 10, 27)),
        ("1.35", date(2027, 2, 28)),
        ("1.36", date(2027, 6, 28)),
        ("1.37", date(2027, 10, 28)),
    ],
)
def test_ends_of_life(line: str, ends: date) -> None:
    assert versions.RELEASES[line].end_of_life == ends


def test_what_is_supported_has_not_ended_when_it_was_read() -> None:
    assert versions.SUPPORTED == ("1.35", "1.36", "1.37")
    assert all(versions.RELEASES[line].end_of_life > versions.READ for line in versions.SUPPORTED)


@pytest.mark.parametrize(
    ("kubernetes", "accepted", "refused"),
    [
        ("1.34.2", ["1.7.28", "1.7.34", "2.0.6", "2.1.3", "2.2.0", "2.3.7"], ["1.6.20", "1.7.27", "2.0.5", "2.1.2"]),
        ("1.35.9", ["1.7.28", "2.1.5", "2.2.0", "2.3.0"], ["1.7.27", "2.0.11", "2.1.4", "1.6.20"]),
        ("1.36.4", ["2.2.0", "2.2.7", "2.3.0", "2.4.0", "3.0.0"], ["1.7.34", "2.0.11", "2.1.9"]),
        ("1.37.1", ["2.2.0", "2.3.0", "2.3.7", "2.4.0"], ["1.7.34", "2.0.11", "2.1.9", "1.6.20"]),
    ],
)
def test_containerd_beside_kubernetes(kubernetes: str, accepted: list[str], refused: list[str]) -> None:
    assert all(versions.containerd_accepted(v(kubernetes), v(one)) for one in accepted)
    assert not any(versions.containerd_accepted(v(kubernetes), v(one)) for one in refused)


def test_every_pair_of_cluster_and_target() -> None:
    known = [Version(1, minor, patch) for minor in range(33, 39) for patch in (0, 1, 4)]
    for current in known:
        for target in known:
            problem = versions.upgrade_problem(current, target)
            allowed = target >= current and target.minor <= current.minor + 1
            assert (problem is None) == allowed, (current, target)
            if target < current:
                assert problem == "downgrades are not supported"
            elif not allowed:
                assert problem == f"one minor at a time; go to 1.{current.minor + 1}.x first"


def test_another_major_version_is_no_step() -> None:
    assert versions.upgrade_problem(v("1.99.0"), v("2.0.0")) is not None


def test_every_pair_of_api_server_and_kubelet() -> None:
    for server in range(33, 39):
        for kubelet in range(28, 40):
            allowed = server - 3 <= kubelet <= server
            problem = versions.kubelet_problem(Version(1, server, 0), Version(1, kubelet, 9))
            assert (problem is None) == allowed, (server, kubelet)


@pytest.mark.parametrize(
    ("current", "target", "problem"),
    [
        ("3.5.24", "3.5.33", None),
        ("3.5.33", "3.5.24", None),
        ("3.5.24", "3.6.5", "first upgrade to 3.5.32 or later"),
        ("3.5.31", "3.6.14", "first upgrade to 3.5.32 or later"),
        ("3.5.32", "3.6.5", None),
        ("3.6.8", "3.7.0", "first upgrade to 3.6.11 or later"),
        ("3.6.10", "3.7.1", "first upgrade to 3.6.11 or later"),
        ("3.6.11", "3.7.0", None),
        ("3.5.16", "3.7.0", "first upgrade to 3.5.32 or later"),
        ("3.5.33", "3.7.0", "one line at a time; go to 3.6.x first"),
        ("3.7.0", "3.6.14", "etcd cannot go back to an older line by starting an older binary"),
    ],
)
def test_steps_of_etcd(current: str, target: str, problem: str | None) -> None:
    assert versions.etcd_upgrade_problem(v(current), v(target)) == problem


def test_floors_of_etcd() -> None:
    assert {line: str(floor) for line, floor in versions.ETCD_UPGRADE_FLOORS.items()} == {
        "3.6": "3.5.32",
        "3.7": "3.6.11",
    }
    assert {line: str(floor) for line, floor in versions.ETCD_SECURITY_FLOORS.items()} == {
        "3.5": "3.5.33",
        "3.6": "3.6.14",
        "3.7": "3.7.1",
    }
    assert str(versions.ETCD_EXTERNAL_FLOOR) == "3.5.24"


@pytest.mark.parametrize("text", ["1.x", "1.37", "1.37.1.2", "", "1.37.01", "1.37.-1", "1.37.1 ", "one", "1,37,1"])
def test_what_is_no_version(text: str) -> None:
    assert versions.parse(text) is None


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("1.37.1-1.1", "1.37.1"),
        ("2.3.7-1~debian.12~bookworm", "2.3.7"),
        ("5:2.3.7-1", "2.3.7"),
        ("v2.3.7", "2.3.7"),
        ("1.6.20~ds1-1+deb12u1", "1.6.20"),
    ],
)
def test_versions_of_packages(package: str, version: str) -> None:
    assert str(versions.parse_package(package)) == version


def test_a_package_without_a_version() -> None:
    assert versions.parse_package("unknown") is None


def test_the_tag_of_an_etcd_image() -> None:
    assert versions.etcd_version("3.6.8-0") == v("3.6.8")


@pytest.mark.parametrize(
    ("current", "target", "stops"),
    [
        ("1.35.4", "1.37.1", ["1.36", "1.37.1"]),
        ("1.36.3", "1.37.1", ["1.37.1"]),
        ("1.37.0", "1.37.1", ["1.37.1"]),
        ("1.37.1", "1.37.1", []),
        ("1.33.0", "1.37.0", ["1.34", "1.35", "1.36", "1.37.0"]),
    ],
)
def test_the_filter_lists_the_stops(current: str, target: str, stops: list[str]) -> None:
    assert FilterModule().filters()["upgrade_path"](current, target) == stops


@pytest.mark.parametrize(
    ("current", "target", "text"),
    [
        ("1.37.1", "1.36.4", "downgrades are not supported"),
        ("1.37", "1.37.1", "wants versions of three numbers, got '1.37'"),
        (1.37, "1.37.1", "quorum.kubernetes.upgrade_path wants"),
        ("1.37.1", None, "got None"),
    ],
)
def test_the_filter_names_itself_when_it_cannot(current: object, target: object, text: str) -> None:
    with pytest.raises(AnsibleFilterError, match=text):
        FilterModule().filters()["upgrade_path"](current, target)
