# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual machines: what they are made of, and that nothing containers need is said to them."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import yaml as pyyaml

from lab import yaml
from lab.inventory import what_containers_force
from lab.mirror import Mirror
from lab.sources import RELEASES
from lab.topology import TOPOLOGIES
from lab.vm import machines, vagrant
from lab.vm.cli import main, parser
from lab.vm.disk import Layout
from lab.vm.inventory import variables
from lab.vm.store import images

MIRROR = Mirror(
    registry_port=5680, files_port=5681, kubernetes_key="A" * 40, containerd_key="B" * 40, etcd_sha256="c" * 64
)
NETWORK = IPv4Network("10.77.4.0/24")
RELEASE = RELEASES["1.37.1"]


def settings(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every setting, and of every element of a list, in nested variables."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from settings(each, (*path, str(key)))
    elif isinstance(value, list):
        for each in value:
            yield from settings(each, (*path, f"- {each}"))
    else:
        yield path


@pytest.mark.parametrize("emulated", [False, True])
def test_no_tolerance_of_containers_reaches_a_machine(emulated: bool) -> None:
    tolerances = set(settings(what_containers_force()))
    assert ("kube_kubelet_config", "failCgroupV1") in tolerances
    assert ("kube_ignore_preflight_errors", "- SystemVerification") in tolerances
    said = set(settings(variables(NETWORK, RELEASE, MIRROR, emulated=emulated)))
    assert said & tolerances == set()
    assert ("kube_version",) in said


def test_a_machine_with_kvm_gets_the_mirror_and_nothing_else() -> None:
    machine = variables(NETWORK, RELEASE, MIRROR, emulated=False)
    assert machine["kube_registry_mirrors"] == {
        "registry.k8s.io": ["http://10.77.4.1:5680"],
        "ghcr.io": ["http://10.77.4.1:5680"],
    }
    slow = variables(NETWORK, RELEASE, MIRROR, emulated=True)
    assert {name: slow[name] for name in machine} == machine
    assert {"kube_timeouts", "kube_leader_election"} <= slow.keys() - machine.keys()


def test_page_tells_what_emulated_machines_get() -> None:
    page = (vagrant.PROJECT / "docs" / "vagrant.md").read_text(encoding="utf-8")
    told = pyyaml.safe_load(page.split("```yaml\n")[1].split("```")[0])
    machine, slow = (variables(NETWORK, RELEASE, MIRROR, emulated=emulated) for emulated in (False, True))
    assert told == {name: value for name, value in slow.items() if name not in machine}


def test_written_variables_are_read_back_the_same() -> None:
    slow = variables(NETWORK, RELEASE, MIRROR, emulated=True)
    assert pyyaml.safe_load(yaml.dump(slow)) == slow


@pytest.mark.parametrize(
    ("topology", "counted"),
    [
        ("single", (0, 1, 0, 0, 0)),
        ("small", (0, 1, 1, 0, 0)),
        ("pair", (1, 1, 0, 0, 1)),
        ("ha", (2, 3, 2, 0, 0)),
        ("external-etcd", (1, 2, 1, 3, 0)),
    ],
)
def test_machines_of_a_topology_are_counted(topology: str, counted: tuple[int, ...]) -> None:
    assert tuple(vagrant.counts(TOPOLOGIES[topology]).values()) == counted


def test_vagrantfile_is_given_what_it_reads(tmp_path: Path) -> None:
    given = vagrant.settings(TOPOLOGIES["single"], "demo", NETWORK, tmp_path, "box")
    assert given["QUORUM_NETWORK"] == "10.77.4"
    read = (vagrant.PROJECT / "Vagrantfile").read_text(encoding="utf-8")
    own = {name for name in given if name.startswith("QUORUM_") and name != "QUORUM_LAB_CACHE"}
    assert [name for name in sorted(own) if f'"{name}"' not in read] == []


def test_machines_come_and_go_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(vagrant, "run", lambda argv, **_given: called.append(list(argv)))
    vagrant.up({})
    vagrant.destroy({})
    assert called[0][:2] == ["vagrant", "up"]
    assert "--no-parallel" in called[0]
    assert called[1][:2] == ["vagrant", "destroy"]
    assert "--parallel" not in called[1]


@pytest.mark.parametrize(
    ("device", "flags", "answer"),
    [(True, "fpu vmx sse", True), (True, "fpu svm", True), (True, "fpu sse", False), (False, "fpu vmx", False)],
)
def test_kvm_wants_its_device_and_a_processor_that_helps(device: bool, flags: str, answer: bool) -> None:
    assert vagrant.is_kvm(device, f"model name\t: x\nflags\t\t: {flags}\nbugs\t\t: none\n") is answer


def test_partitions_lie_one_behind_the_other() -> None:
    layout = Layout(size_mib=100, swap_mib=20)
    assert layout.table().splitlines()[1:] == [
        "start=1MiB, size=78MiB, type=83",
        "start=79MiB, size=20MiB, type=82",
    ]


def test_disk_has_a_root_and_swap(tmp_path: Path) -> None:
    if not all(Path(tool).exists() for tool in ("/usr/sbin/sfdisk", "/usr/sbin/mke2fs", "/usr/bin/qemu-img")):
        pytest.skip("needs the tools that the box is made with")
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    root.mkdir()
    scratch.mkdir()
    (root / "hello").write_text("there", encoding="utf-8")
    Layout(size_mib=64, swap_mib=8).make(root, scratch, tmp_path / "disk.img")
    raw = tmp_path / "disk.raw"
    subprocess.run(["qemu-img", "convert", "-O", "raw", str(tmp_path / "disk.img"), str(raw)], check=True)
    content = raw.read_bytes()
    mib = 1024 * 1024
    assert content[mib + 1080 : mib + 1082] == b"\x53\xef"  # the magic of ext2 to 4 in the superblock
    assert content[55 * mib + 4086 : 55 * mib + 4096] == b"SWAPSPACE2"
    assert b"there" in content


def test_box_has_the_images_that_a_cluster_asks_for() -> None:
    names = images(RELEASE)
    assert "registry.k8s.io/kube-apiserver:v1.37.1" in names
    assert "registry.k8s.io/pause:3.10.2" in names
    assert len(names) == len(set(names)) == 10


def test_machines_are_removed_with_the_box_they_were_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[Mapping[str, str]] = []
    monkeypatch.setattr(machines, "CLUSTERS", tmp_path)
    monkeypatch.setattr(machines, "locked", lambda name: contextlib.nullcontext())
    monkeypatch.setattr(machines.libvirt, "ensure", lambda: None)
    monkeypatch.setattr(machines.libvirt, "rest", lambda: None)
    monkeypatch.setattr(machines.mirror, "rest_if_unused", lambda: None)
    monkeypatch.setattr(machines.vagrant, "destroy", removed.append)
    state = {"topology": "single", "network": "10.77.4.0/24"}
    for name, noted in (("begun", state), ("started", {**state, "box": "quorum-lab/demo"})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "machines.json").write_text(json.dumps(noted), encoding="utf-8")
        machines.down(name)
        assert not (tmp_path / name).exists()
    assert [environment["QUORUM_BOX"] for environment in removed] == ["quorum-lab/demo"]


def test_command_line() -> None:
    options = parser().parse_args(["up", "--topology", "single", "--name", "demo", "--os", "debian13"])
    assert (options.verb, options.name, options.os) == ("up", "demo", "debian13")


def test_what_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "--name", "no-such-machines"]) == 1
    assert "there are no machines no-such-machines" in capsys.readouterr().err
