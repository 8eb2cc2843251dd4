# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Packages come from repositories with the known key, in one transaction, and only when something is missing."""

from __future__ import annotations

import fcntl
import multiprocessing
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import apt_locks, download, host_files, openpgp
from ansible_collections.quorum.kubernetes.plugins.module_utils.apt import Package, Repository
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules import apt_packages
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_openpgp import FIRST, SECOND, TWO_KEYS

REPOSITORY = Repository("kubernetes", ("https://example.com/",), ("/",), (), "https://example.com/key", FIRST)
KUBEADM = Package("kubeadm", "1.37.1-*")
OLD = Result(1, "kubeadm\tii \t1.36.3-1.1\n")
NEW = Result(0, "kubeadm\tii \t1.37.1-1.1\n")
HELD = Result(0, "kubeadm\thi \t1.37.1-1.1\n")


class Disk:
    """Files of /etc/apt in memory."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def read(self, path: str) -> host_files.SeenFile:
        if path not in self.files:
            return host_files.SeenFile(path)
        return host_files.SeenFile(path, self.files[path], 0o644, "root", "root")

    def put(self, wanted: host_files.WantedFile, seen: host_files.SeenFile) -> None:
        self.files[wanted.path] = wanted.content


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """An empty /etc/apt, no locks, no half-written journal, and a server that has both keys."""
    fake = Disk()
    monkeypatch.setattr(host_files, "read", fake.read)
    monkeypatch.setattr(host_files, "put", fake.put)
    monkeypatch.setattr(apt_locks, "LOCKS", ())
    monkeypatch.setattr(apt_packages, "JOURNAL", "/nonexistent")
    monkeypatch.setattr(apt_packages, "download", lambda url: TWO_KEYS)
    return fake


def _apt(runner: FakeRunner, check_mode: bool = False) -> apt_packages.Apt:
    return apt_packages.Apt(runner, check_mode, lock_timeout=7)


def _commands(runner: FakeRunner) -> list[str]:
    return [line for line in runner.lines() if not line.startswith(("dpkg-query", "dpkg --audit"))]


def test_repository_packages_and_hold_of_a_bare_host(disk: Disk) -> None:
    runner = FakeRunner().on("dpkg-query", Result(1), Result(1), Result(1), NEW).on("dpkg --audit").on("apt")
    runner.on("apt-get").on("apt-mark")
    host = _apt(runner)
    seen = host.settle([REPOSITORY], [KUBEADM], ["kubeadm"])
    assert host.changes == [
        "write /etc/apt/keyrings/kubernetes.asc",
        "write /etc/apt/sources.list.d/kubernetes.sources",
        "install kubeadm=1.37.1-*",
        "hold kubeadm",
    ]
    update, install, hold = _commands(runner)
    assert update.endswith("--option=DPkg::Lock::Timeout=7 update")
    assert install.endswith("kubeadm=1.37.1-*")
    assert hold == "apt-mark hold kubeadm"
    assert seen["kubeadm"].version == "1.37.1-1.1"


def test_only_the_key_with_the_fingerprint_is_trusted(disk: Disk) -> None:
    runner = FakeRunner().on("dpkg-query", OLD).on("dpkg --audit").on("apt-get").on("apt-mark")
    _apt(runner).settle([REPOSITORY], [KUBEADM], [])
    assert list(openpgp.keys(disk.files[REPOSITORY.key_path].encode())) == [FIRST]


def test_nothing_is_downloaded_when_everything_is_there(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.files = {
        REPOSITORY.key_path: openpgp.armor(openpgp.extract(TWO_KEYS, FIRST)),
        REPOSITORY.sources_path: REPOSITORY.sources(),
    }
    monkeypatch.setattr(apt_packages, "download", lambda url: pytest.fail("downloaded"))
    runner = FakeRunner().on("dpkg-query", HELD)
    host = _apt(runner)
    host.settle([REPOSITORY], [KUBEADM], ["kubeadm"])
    assert (host.changes, _commands(runner)) == ([], [])


def test_what_is_there_before_the_repository_is_written_down_once(disk: Disk) -> None:
    # cri-tools was removed, and left its configuration.
    found = Result(1, "kubectl\tii \t1.36.3-1.1\nkubeadm\tii \t1.37.1-1.1\ncri-tools\trc \t1.36.0-1.1\n")
    wanted = [KUBEADM, Package("kubectl"), Package("cri-tools"), Package("kubelet")]
    runner = FakeRunner().on("dpkg-query", found).on("dpkg --audit").on("apt-get").on("apt-mark")
    _apt(runner).settle([REPOSITORY], wanted, [])
    first = disk.files[REPOSITORY.sources_path]
    assert first.splitlines()[:2] == ["# Ansible managed (quorum.kubernetes)", "# There before: kubeadm kubectl"]
    assert first.splitlines()[2:] == REPOSITORY.sources().splitlines()[1:]
    host = _apt(FakeRunner().on("dpkg-query", Result(0, "".join(f"{each.name}\tii \t1.37.1-1.1\n" for each in wanted))))
    host.settle([REPOSITORY], wanted, [])
    assert (host.changes, disk.files[REPOSITORY.sources_path]) == ([], first)


def test_what_is_only_downloaded_may_have_been_there_before_the_repository_too(disk: Disk) -> None:
    """A cluster that somebody else built is upgraded: kubeadm is installed, the other packages are fetched."""
    older = Result(0, "containerd.io\tii \t2.2.0-1\n")
    runner = FakeRunner().on("dpkg-query kubeadm", NEW).on("dpkg-query containerd.io", older).on("apt-get")
    _apt(runner).settle([REPOSITORY], [KUBEADM], [], [Package("containerd.io", "2.3.7-*")])
    assert disk.files[REPOSITORY.sources_path] == REPOSITORY.sources(["containerd.io", "kubeadm"])


def test_what_came_from_the_repository_was_not_there_before_it(disk: Disk) -> None:
    disk.files = {REPOSITORY.sources_path: REPOSITORY.sources().replace("example.com", "example.org")}
    _apt(FakeRunner().on("dpkg-query", NEW)).settle([REPOSITORY], [KUBEADM], [])
    assert disk.files[REPOSITORY.sources_path] == REPOSITORY.sources()


def test_a_repository_of_somebody_elses_is_no_sign_of_where_a_package_came_from(disk: Disk) -> None:
    disk.files = {REPOSITORY.sources_path: "Types: deb\nURIs: https://example.org/\nSuites: /\n"}
    _apt(FakeRunner().on("dpkg-query", NEW)).settle([REPOSITORY], [KUBEADM], [])
    assert disk.files[REPOSITORY.sources_path] == REPOSITORY.sources(["kubeadm"])


def test_a_key_with_another_fingerprint_on_disk_is_replaced(disk: Disk) -> None:
    disk.files = {
        REPOSITORY.key_path: openpgp.armor(openpgp.extract(TWO_KEYS, SECOND)),
        REPOSITORY.sources_path: REPOSITORY.sources(),
    }
    host = _apt(FakeRunner().on("dpkg-query", HELD))
    host.settle([REPOSITORY], [KUBEADM], [])
    assert host.changes == ["write /etc/apt/keyrings/kubernetes.asc"]


def test_a_wrong_key_stops_before_anything_is_installed(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt_packages, "download", lambda url: openpgp.extract(TWO_KEYS, SECOND))
    runner = FakeRunner().on("dpkg-query", OLD)
    with pytest.raises(QuorumError, match="E2412"):
        _apt(runner).settle([REPOSITORY], [KUBEADM], [])
    assert (_commands(runner), disk.files) == ([], {})


def test_check_mode_says_the_same_without_download_or_command(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt_packages, "download", lambda url: pytest.fail("downloaded"))
    runner = FakeRunner().on("dpkg-query", OLD)
    host = _apt(runner, check_mode=True)
    host.settle([REPOSITORY], [KUBEADM], ["kubeadm"])
    assert host.changes == [
        "write /etc/apt/keyrings/kubernetes.asc",
        "write /etc/apt/sources.list.d/kubernetes.sources",
        "install kubeadm=1.37.1-*",
        "hold kubeadm",
    ]
    assert (_commands(runner), disk.files) == ([], {})
    assert host.diff[-1]["before"] == "kubeadm 1.36.3-1.1 (ii )\n"


def test_half_installed_packages_are_configured_first(disk: Disk) -> None:
    runner = FakeRunner().on("dpkg-query", Result(0, "kubeadm\tiF \t1.37.1-1.1\n")).on("apt-get").on("apt-mark")
    runner.on("dpkg --audit", Result(0, "The following packages are only half configured")).on("dpkg --configure")
    host = _apt(runner)
    host.settle([], [KUBEADM], [])
    assert "configure the packages that were left half installed" in host.changes
    assert [line.split()[0] for line in _commands(runner)] == ["dpkg", "apt-get", "apt-get"]


def test_what_an_earlier_run_is_still_installing_is_not_installed_again(disk: Disk) -> None:
    runner = FakeRunner().on("dpkg-query", OLD, NEW)
    host = _apt(runner)
    host.settle([], [KUBEADM], [])
    assert (host.changes, _commands(runner)) == ([], [])


def test_what_is_for_later_is_downloaded_and_not_installed(disk: Disk) -> None:
    runner = (
        FakeRunner()
        .on("dpkg-query", NEW)
        .on("dpkg-query kubelet", Result(0, "kubelet\thi \t1.36.3-1.1\n"))
        .on("apt-get")
    )
    host = _apt(runner)
    host.settle([REPOSITORY], [KUBEADM], [], [Package("kubelet", "1.37.1-*")])
    update, fetch = _commands(runner)
    assert update.endswith(" update")
    assert "--download-only" in fetch
    assert fetch.endswith(" kubelet=1.37.1-*")
    assert not any(change.startswith("install") for change in host.changes)


def test_nothing_is_fetched_in_check_mode_or_twice(disk: Disk) -> None:
    runner = FakeRunner().on("dpkg-query", OLD)
    _apt(runner, check_mode=True).settle([], [], [], [KUBEADM])
    assert _commands(runner) == []
    runner = FakeRunner().on("dpkg-query", NEW)
    _apt(runner).settle([], [], [], [KUBEADM])
    assert _commands(runner) == []


def test_a_failed_transaction_says_why(disk: Disk) -> None:
    failed = Result(100, "", "E: Version '1.37.1-*' for 'kubeadm' was not found")
    runner = FakeRunner().on("dpkg-query", OLD).on("dpkg --audit").on("apt-get update").on("apt-get install", failed)
    with pytest.raises(QuorumError, match=r"apt-get install failed: E: Version.*apt-cache madison"):
        _apt(runner).settle([], [KUBEADM], [])


def _hold_lock(path: str, locked: multiprocessing.synchronize.Event, done: multiprocessing.synchronize.Event) -> None:
    with open(path, "w") as stream:
        fcntl.lockf(stream, fcntl.LOCK_EX)
        locked.set()
        done.wait(20)


def test_the_holder_of_a_lock_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    context = multiprocessing.get_context("fork")
    locked, done = context.Event(), context.Event()
    assert apt_locks.lock_holder(path) == ""
    process = context.Process(target=_hold_lock, args=(path, locked, done))
    process.start()
    try:
        assert locked.wait(20)
        assert apt_locks.lock_holder(path).endswith(f"(pid {process.pid})")
    finally:
        done.set()
        process.join()
    assert apt_locks.lock_holder(path) == ""


def test_a_download_is_tried_again_and_then_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(url: str, timeout: int) -> None:
        asked.append(url)
        raise OSError("connection refused")

    monkeypatch.setattr(download, "open_url", refuse)
    with pytest.raises(QuorumError, match=r"https://example\.com/key cannot be downloaded: connection refused"):
        download.download("https://example.com/key")
    assert len(asked) == download.DOWNLOAD_ATTEMPTS
