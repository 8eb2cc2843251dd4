# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The program that a timer runs saves a member of real etcd, and a cluster is made of what it saved."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import backups, snapshot_program

from tests.integration.etcd.cluster import RealEtcd
from tests.integration.etcd.test_members import put
from tests.integration.etcd.test_snapshots import COMPACT, fill, keys, restore

KEEP = 2


class Timer:
    """The program on a host with one member of etcd, as the timer starts it: without this project's modules."""

    def __init__(self, etcd: RealEtcd, member: str, folder: Path) -> None:
        self.etcd, self.member = etcd, member
        self.program, self.saved = folder / "program.pyz", folder / "saved"
        snapshot_program.put(str(self.program), snapshot_program.build())

    def fire(self) -> subprocess.CompletedProcess[str]:
        credentials = self.etcd.credentials
        options = {
            "cluster": "kubernetes",
            "directory": self.saved,
            "keep": KEEP,
            "endpoint": self.etcd.nodes[self.member].client_url,
            "etcdutl": self.etcd.binaries / "etcdutl",
            "ca-cert": credentials.ca,
            "client-cert": credentials.cert,
            "client-key": credentials.key,
        }
        argv = ["/usr/bin/python3", "-I", self.program, *(f"--{name}={value}" for name, value in options.items())]
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.saved.iterdir())


@pytest.fixture
def timer(etcd: RealEtcd, tmp_path: Path) -> Timer:
    return Timer(etcd, "b", tmp_path)


def test_a_cluster_is_made_of_what_one_member_saved(etcd: RealEtcd, timer: Timer, tmp_path: Path) -> None:
    fill(etcd, "saved", 30)
    etcd.gateway.call(etcd.endpoints[0], COMPACT, {"revision": "10", "physical": True})
    done = timer.fire()
    assert (done.returncode, done.stderr) == (0, "")
    (name,) = timer.files()
    assert f"saved {name}: 30 keys at revision 31, proved" in done.stdout
    before = keys(etcd)
    fill(etcd, "later", 10)
    backups.unbundle(str(timer.saved / name), str(tmp_path), backups.SNAPSHOT_PARTS)
    text = (tmp_path / backups.MANIFEST).read_text()
    described = backups.parse_manifest(text, "kubernetes", backups.SNAPSHOT_FORMAT)["snapshot"]
    assert described["member"] == "b"
    for member in etcd.nodes:
        etcd.kill(member)
    for member in etcd.nodes:
        restore(etcd, member, tmp_path / backups.SNAPSHOT, described)
    for member in etcd.nodes:
        etcd.start(member, *etcd.nodes, state="new")
    etcd.settle()
    assert keys(etcd) == before
    assert put(etcd, "after the restore")
    print(f"figure: {len(before)} keys of {len(before)} restored from what a timer's program saved")


def test_a_member_without_a_majority_is_not_saved_and_what_was_saved_stays(etcd: RealEtcd, timer: Timer) -> None:
    assert timer.fire().returncode == 0
    before = timer.files()
    for name in ("a", "c"):
        etcd.kill(name)
    done = timer.fire()
    assert done.returncode == 1
    assert done.stderr.startswith("E2340 b is not healthy, so it cannot be trusted with a snapshot")
    assert timer.files() == before


def test_only_the_newest_stay(timer: Timer) -> None:
    for day in (1, 2, 3):
        timer.saved.mkdir(exist_ok=True)
        (timer.saved / backups.snapshot_name("kubernetes", f"2020010{day}T000000Z", "b")).write_text("")
    done = timer.fire()
    assert done.returncode == 0
    assert len(timer.files()) == KEEP
    assert timer.files()[0] == backups.snapshot_name("kubernetes", "20200103T000000Z", "b")
