# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the machine lacks is found and named, and nothing of its configuration is taken that nodes do not need."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from lab import cache, debian
from lab.debian import DEBIAN_12, DEBIAN_13, init_command, select_apt_settings, sources_list
from lab.errors import LabError
from lab.networks import free_network
from lab.nodes import start_arguments
from lab.servers import registry_configuration
from lab.system import distribution, missing_packages
from lab.topology import TOPOLOGIES


def test_missing_packages_are_named() -> None:
    assert missing_packages(lambda need: need not in ("podman", "/usr/include/stdio.h")) == ["podman", "libc6-dev"]
    assert missing_packages(lambda need: True) == []


def test_distribution_with_its_family() -> None:
    assert distribution(["ID=ubuntu\n", 'ID_LIKE="debian"\n', "NAME=x\n"]) == {"ubuntu", "debian"}


def test_proxies_and_date_checks_are_copied_and_nothing_else() -> None:
    dump = (
        'Acquire::http::Proxy "http://proxy:3128";\n'
        'Acquire::https::Proxy "";\n'
        'Acquire::Check-Date "false";\n'
        'DPkg::Post-Invoke:: "rm -rf /";\n'
    )
    assert select_apt_settings(dump) == 'Acquire::http::Proxy "http://proxy:3128";\nAcquire::Check-Date "false";\n'


def test_network_avoids_what_is_in_use() -> None:
    assert free_network([]) == IPv4Network("10.77.0.0/24")
    assert free_network([IPv4Network("10.77.0.0/24"), IPv4Network("10.88.0.0/16")]) == IPv4Network("10.77.1.0/24")
    with pytest.raises(LabError):
        free_network([IPv4Network("10.0.0.0/8")])


def test_node_is_started_with_cgroups_of_its_own() -> None:
    node = TOPOLOGIES["small"].nodes[0]
    arguments = start_arguments("demo", node, "10.77.0.21", "quorum-demo", "image", DEBIAN_12, sudo_password=True)
    line = " ".join(arguments)
    assert arguments[0] == "run"
    assert "--name quorum-demo-cp1 --hostname cp1" in line
    assert "--cgroupns private --systemd=false" in line
    assert "--env LAB_SUDO=password" in line
    assert "--volume quorum-demo-cp1-etcd:/var/lib/etcd" in line
    assert arguments[-2:] == ["image", "/sbin/init"]


@pytest.mark.parametrize(
    ("release", "cgroup_v2", "arguments"),
    [
        (DEBIAN_12, False, ()),
        (DEBIAN_13, False, ("systemd.unified_cgroup_hierarchy=0", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1")),
        (DEBIAN_13, True, ()),
    ],
)
def test_systemd_of_debian_13_is_told_to_start_on_cgroup_v1(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    release: debian.Debian,
    cgroup_v2: bool,
    arguments: tuple[str, ...],
) -> None:
    monkeypatch.setattr(debian, "_CGROUP_V2", tmp_path if cgroup_v2 else tmp_path / "absent")
    assert init_command(release) == ("/sbin/init", *arguments)


@pytest.mark.parametrize(("release", "codename"), [(DEBIAN_12, "bookworm"), (DEBIAN_13, "trixie")])
def test_packages_of_a_node_are_those_of_its_release(release: debian.Debian, codename: str) -> None:
    suites = [line.split()[3] for line in sources_list(release).splitlines()]
    assert suites == [codename, f"{codename}-updates", f"{codename}-security"]


def test_registry_configuration_names_folder_and_port() -> None:
    text = registry_configuration(Path("/somewhere"), 5680)
    assert '"rootdirectory": "/somewhere"' in text
    assert '"addr": "0.0.0.0:5680"' in text


def test_new_directory_appears_only_when_complete(tmp_path: Path) -> None:
    target = tmp_path / "built"
    with pytest.raises(RuntimeError), cache.new_directory(target) as work:
        (work / "half").touch()
        raise RuntimeError
    assert not target.exists()
    with cache.new_directory(target) as work:
        assert not list(work.iterdir())
        (work / "whole").touch()
    assert (target / "whole").exists()


def test_fingerprint_changes_with_every_part() -> None:
    assert cache.fingerprint("a", "b") != cache.fingerprint("ab")
    assert cache.fingerprint("a", b"b") == cache.fingerprint("a", "b")
