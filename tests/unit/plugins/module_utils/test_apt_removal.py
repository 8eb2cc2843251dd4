# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What came with Kubernetes goes, and nothing of anybody else's."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import apt
from ansible_collections.quorum.kubernetes.plugins.module_utils.apt_removal import (
    Plan,
    Removal,
    Unwanted,
    dependants,
    going,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.apt_packages import Apt
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

SOURCES = apt.sources_path("containerd")
KEY = apt.key_path("containerd")
CONTAINERD = Unwanted("containerd.io", SOURCES, apt.HEADER, "containerd", ("/etc/containerd", "/var/lib/containerd"))
HAPROXY = Unwanted("haproxy", "/etc/haproxy/haproxy.cfg", "backend kube_api", "haproxy")
HELD = Result(0, "containerd.io\thi \t2.3.7-1\n")

# What dpkg 1.21 and apt 2.6 print.
NEEDED = """\
dpkg: dependency problems prevent removal of containerd.io:
 docker-ce depends on containerd.io (>= 1.7.27).
 docker.io depends on nosuch | containerd; however:
  Package nosuch is not installed.
  Package containerd is not installed.
  Package containerd.io which provides containerd is to be removed.
 agent pre-depends on containerd.io.

dpkg: error processing package containerd.io (--purge):
 dependency problems - not removing
Errors were encountered while processing:
 containerd.io
"""
SIMULATED = """\
Reading package lists...
The following packages will be REMOVED:
  containerd.io* libseccomp2* old-kernel*
Purg containerd.io [2.3.7-1]
Purg libseccomp2 [2.5.4-1+b3]
Remv old-kernel [6.1.1-1]
"""
REMOVABLE = Result(0, SIMULATED)
ORPHANS = Result(0, "Remv old-kernel [6.1.1-1]\n")
UNABLE = Result(100, "", "E: Unmet dependencies. Try 'apt --fix-broken install'")


def host(runner: FakeRunner, root: Path, check_mode: bool = False) -> tuple[Apt, Removal]:
    """What works on the host whose files are below `root`."""
    return Apt(runner, check_mode, lock_timeout=1), Removal(runner, Disk(str(root)))


def file(root: Path, path: str, text: str = "") -> Path:
    """Write a file of that host."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A host that cluster.yml prepared, with a disk of its own for the images."""
    file(tmp_path, SOURCES, f"{apt.HEADER}\nTypes: deb\n")
    file(tmp_path, KEY)
    file(tmp_path, "/etc/containerd/certs.d/_default/hosts.toml")
    file(tmp_path, "/var/lib/containerd/io.containerd.content.v1/blob")
    file(tmp_path, "/proc/self/mounts", "/dev/vda1 / ext4 rw 0 0\n/dev/vdb1 /var/lib/containerd ext4 rw 0 0\n")
    return tmp_path


def packages(found: Result = HELD, removable: Result = REMOVABLE, orphans: Result = ORPHANS) -> FakeRunner:
    """A dpkg that knows a package until it is purged, an apt that knows what else would go, a systemd that obeys."""
    runner = FakeRunner().on("dpkg --no-act").on("dpkg --audit").on("apt-get purge")
    runner.on("dpkg-query", lambda argv, stdin: Result(1) if _purged(runner) else found)
    runner.on("apt-get --simulate purge", removable).on("apt-get --simulate autoremove", orphans)
    return runner.on("systemctl disable").on("systemctl is-active", Result(3))


def _purged(runner: FakeRunner) -> bool:
    return any(" purge --no-auto-remove" in line for line in runner.lines())


def test_who_needs_a_package_is_read() -> None:
    assert dependants(NEEDED) == [
        "docker-ce depends on containerd.io (>= 1.7.27)",
        "docker.io depends on nosuch | containerd",
        "agent pre-depends on containerd.io",
    ]
    assert dependants("Would remove or purge kubeadm (1.37.1-1.1) ...\n") == []


def test_what_a_simulation_takes_away_is_read() -> None:
    assert going(SIMULATED) == ["containerd.io", "libseccomp2", "old-kernel"]


def test_packages_go_with_what_they_alone_needed_and_all_that_they_leave(prepared: Path) -> None:
    runner = packages()
    apt_get, removal = host(runner, prepared)
    apt_get.remove(removal, [CONTAINERD], ["containerd"])
    assert apt_get.changes == [
        "purge containerd.io",
        "purge libseccomp2",
        "remove /etc/containerd",
        "remove /var/lib/containerd",
        f"remove {KEY}",
        f"remove {SOURCES}",
    ]
    acts = [
        line for line in runner.lines() if "disable" in line or (line.startswith("apt-get") and "simulate" not in line)
    ]
    assert acts[0] == "systemctl disable --now containerd.service"
    assert acts[1].endswith(" purge --no-auto-remove --yes --allow-change-held-packages containerd.io libseccomp2")
    assert len(acts) == 2
    left = {str(path.relative_to(prepared)) for path in prepared.rglob("*")} - {"proc", "proc/self", "proc/self/mounts"}
    assert {path for path in left if (prepared / path).is_file()} == set()
    assert "etc/containerd" not in left
    assert list((prepared / "var/lib/containerd").iterdir()) == []


def test_a_second_run_finds_nothing(prepared: Path) -> None:
    apt_get, removal = host(packages(), prepared)
    apt_get.remove(removal, [CONTAINERD], ["containerd"])
    runner = packages()
    again, removal = host(runner, prepared)
    again.remove(removal, [CONTAINERD], ["containerd"])
    assert (again.changes, runner.lines()) == ([], [])


def test_what_a_killed_run_left_goes_although_its_package_is_gone(prepared: Path) -> None:
    apt_get, removal = host(packages(Result(1)), prepared)
    apt_get.remove(removal, [CONTAINERD], ["containerd"])
    assert apt_get.changes[:2] == ["remove /etc/containerd", "remove /var/lib/containerd"]


def test_check_mode_says_the_same_and_removes_nothing(prepared: Path) -> None:
    runner = packages()
    apt_get, removal = host(runner, prepared, check_mode=True)
    apt_get.remove(removal, [CONTAINERD], ["containerd"])
    assert (apt_get.changes[0], apt_get.changes[-1]) == ("purge containerd.io", f"remove {SOURCES}")
    assert apt_get.diff[0]["before"].startswith("purge containerd.io\n")
    assert [line.split()[0] for line in runner.lines()] == ["dpkg-query", "dpkg", "apt-get", "apt-get"]
    assert all("--simulate" in line or "--no-act" in line for line in runner.lines()[1:])
    assert (prepared / "etc/containerd").is_dir()


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_package_that_others_need_is_refused_before_anything_is_changed(prepared: Path, check_mode: bool) -> None:
    runner = packages().on("dpkg --no-act --purge", Result(1, "", NEEDED))
    apt_get, removal = host(runner, prepared, check_mode)
    with pytest.raises(QuorumError, match=r"E2417 .*docker-ce depends on containerd\.io"):
        apt_get.remove(removal, [CONTAINERD], ["containerd"])
    assert apt_get.changes == []
    assert [line.split()[0] for line in runner.lines()] == ["dpkg-query", "dpkg"]


@pytest.mark.parametrize("text", ["", "Types: deb\n", "listen web\n"])
def test_what_did_not_come_with_kubernetes_stays(tmp_path: Path, text: str) -> None:
    for path in (SOURCES, HAPROXY.proof):
        file(tmp_path, path, text)
    file(tmp_path, "/var/lib/containerd/blob")
    runner = packages()
    apt_get, removal = host(runner, tmp_path)
    apt_get.remove(removal, [CONTAINERD, HAPROXY], ["containerd"])
    assert (apt_get.changes, runner.lines()) == ([], [])
    assert (tmp_path / "var/lib/containerd/blob").exists()


def test_a_package_that_was_there_before_its_repository_stays_with_all_that_is_its(prepared: Path) -> None:
    sources = apt.Repository("containerd", ("https://example.com/",), ("/",), (), "", "").sources(["containerd.io"])
    file(prepared, SOURCES, sources)
    runner = packages()
    assert host(runner, prepared)[1].plan([CONTAINERD], ["containerd"]) == Plan(files=(KEY, SOURCES))
    assert runner.lines() == []


def test_a_load_balancer_of_the_collection_is_known_by_its_backend(tmp_path: Path) -> None:
    file(tmp_path, HAPROXY.proof, "#\n# Ansible managed\n#\nbackend kube_api\n    mode tcp\n")
    plan = host(packages(Result(0, "haproxy\tii \t2.6.12-1\n")), tmp_path)[1].plan([HAPROXY], [])
    assert (plan.packages[0], plan.services) == ("haproxy", ("haproxy",))


def test_what_still_runs_in_containerd_keeps_its_files(prepared: Path) -> None:
    with (prepared / "proc/self/mounts").open("a") as mounts:
        mounts.write("overlay /var/lib/containerd/tmp\\040mounts/1 overlay rw 0 0\n")
    runner = packages()
    apt_get, removal = host(runner, prepared)
    with pytest.raises(QuorumError, match="E2418 /var/lib/containerd/tmp mounts/1 is mounted"):
        apt_get.remove(removal, [CONTAINERD], ["containerd"])
    assert not any(line.startswith("systemctl") or " purge --yes" in line for line in runner.lines())
    # Before the pods are gone there is something like that on every node, and only a prediction is asked for.
    host(packages(), prepared, check_mode=True)[0].remove(removal, [CONTAINERD], ["containerd"])


def test_a_unit_that_does_not_stop_keeps_its_package(prepared: Path) -> None:
    runner = packages().on("systemctl is-active containerd.service")
    apt_get, removal = host(runner, prepared)
    with pytest.raises(QuorumError, match=r"E2419 containerd\.service does not stop"):
        apt_get.remove(removal, [CONTAINERD], ["containerd"])
    assert not any(line.startswith("apt-get") and " purge --yes" in line for line in runner.lines())


def test_what_apt_only_removed_is_purged_as_well(prepared: Path) -> None:
    # dpkg names no architecture: of runc:i386 this is no reason to purge the runc of the host.
    removed = Result(0, "containerd.io\trc \t2.3.7-1\nrunc\trc \t1.1.5\n")
    runner = FakeRunner().on("dpkg-query", removed, Result(1))
    asked: list[list[str]] = []

    def apt_get(arguments: list[str]) -> Result:
        asked.append(arguments)
        return Result(0)

    Removal(runner, Disk(str(prepared))).carry_out(Plan(packages=("containerd.io", "runc:i386")), apt_get)
    named = [[name for name in arguments[1:] if not name.startswith("--")] for arguments in asked]
    assert named == [["containerd.io", "runc:i386"], ["containerd.io"]]


def test_the_proof_goes_last(prepared: Path) -> None:
    runner = packages().on("apt-get purge --yes", Result(100, "", "E: Sub-process returned an error code"))
    apt_get, removal = host(runner, prepared)
    with pytest.raises(QuorumError, match="E2416"):
        apt_get.remove(removal, [CONTAINERD], ["containerd"])
    assert (prepared / SOURCES.lstrip("/")).exists()
    assert (prepared / "etc/containerd").exists()
    assert removal.plan([], ["containerd"]) == Plan(files=(KEY, SOURCES))


# Where the removal mends what is half installed, apt can tell of it, and not of what was nobody's before it.
@pytest.mark.parametrize(("removable", "orphans"), [(UNABLE, ORPHANS), (REMOVABLE, UNABLE)])
def test_dependencies_stay_where_apt_cannot_tell(prepared: Path, removable: Result, orphans: Result) -> None:
    runner = packages(removable=removable, orphans=orphans)
    assert host(runner, prepared)[1].plan([CONTAINERD], []).packages == ("containerd.io",)


@pytest.mark.parametrize("found", [Result(1), Result(0, "containerd.io\trc \t2.3.7-1\n")])
def test_a_service_that_came_back_with_another_package_keeps_its_files(prepared: Path, found: Result) -> None:
    unit = file(prepared, "/usr/lib/systemd/system/containerd.service", "[Service]\n")
    plan = host(packages(found), prepared)[1].plan([CONTAINERD], ["containerd"])
    assert plan == Plan(files=(KEY, SOURCES))
    unit.unlink()
    (prepared / "etc/systemd/system").mkdir(parents=True)
    (prepared / "etc/systemd/system/containerd.service").symlink_to("/dev/null")  # deb-systemd-helper mask
    assert host(packages(found), prepared)[1].plan([CONTAINERD], []).leaves == CONTAINERD.leaves


def test_a_folder_that_is_a_link_to_a_disk_is_emptied_and_stays(prepared: Path) -> None:
    link, disk = prepared / "etc/containerd", prepared / "disk"
    (prepared / "etc/containerd").rename(disk)
    link.symlink_to(disk)
    apt_get, removal = host(packages(), prepared)
    apt_get.remove(removal, [CONTAINERD], [])
    assert "remove /etc/containerd" in apt_get.changes
    assert (link.is_symlink(), list(disk.iterdir())) == (True, [])
    again, removal = host(packages(Result(1)), prepared)
    again.remove(removal, [CONTAINERD], [])
    assert again.changes == []


def test_what_runs_on_a_disk_behind_a_link_keeps_its_files(prepared: Path) -> None:
    (prepared / "etc/containerd").rename(prepared / "disk")
    (prepared / "etc/containerd").symlink_to(prepared / "disk")
    with (prepared / "proc/self/mounts").open("a") as mounts:
        mounts.write(f"overlay {prepared}/disk/1/rootfs overlay rw 0 0\n")
    apt_get, removal = host(packages(), prepared)
    with pytest.raises(QuorumError, match=f"E2418 {prepared}/disk/1/rootfs is mounted"):
        apt_get.remove(removal, [CONTAINERD], [])


def test_a_folder_that_cannot_be_removed_is_named(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(path: str) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    (prepared / "opt/containerd").mkdir(parents=True)
    monkeypatch.setattr(os, "rmdir", busy)
    with pytest.raises(QuorumError, match="E2117 /opt/containerd cannot be removed"):
        host(packages(), prepared)[1].carry_out(Plan(leaves=("/opt/containerd",)), lambda arguments: Result(0))
