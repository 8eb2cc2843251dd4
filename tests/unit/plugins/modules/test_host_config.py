# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One task brings a host to its configuration, says what it did, and does nothing the second time."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_kernel import KernelView
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules import host_config
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

OWNER = pwd.getpwuid(os.getuid()).pw_name
GROUP = grp.getgrgid(os.getgid()).gr_name
IDLE = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nActiveEnterTimestampMonotonic=99999999999999999\n"


def _file(path: Path, content: str, **more: Any) -> dict[str, Any]:
    return {
        "path": str(path),
        "content": content,
        "mode": "0640",
        "owner": OWNER,
        "group": GROUP,
        "validate": [],
    } | more


def _service(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "state": "started", "enabled": True, "restart_on": [], "reload_on": []} | more


def _run(tmp_path: Path, runner: FakeRunner, check_mode: bool = False, **parameters: Any) -> host_config.HostConfig:
    lists: dict[str, Any] = {name: [] for name in ("files", "absent", "purge", "kernel_modules", "services")}
    defaults = {**lists, "sysctls": {}, "swap_off": False}
    host = host_config.HostConfig(runner, KernelView(str(tmp_path)), check_mode, str(tmp_path / "fstab"))
    host_config.configure(host, defaults | parameters)
    return host


def _kernel_file(tmp_path: Path, path: str, text: str) -> Path:
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def test_a_file_is_written_once_with_its_owner_and_mode(tmp_path: Path) -> None:
    target = tmp_path / "etc/deep/x.conf"
    first = _run(tmp_path, FakeRunner(), files=[_file(target, "a\n")])
    second = _run(tmp_path, FakeRunner(), files=[_file(target, "a\n")])
    assert (target.read_text(), target.stat().st_mode & 0o7777) == ("a\n", 0o640)
    assert first.changes == [f"write {target}"]
    assert first.diff == [{"before_header": str(target), "after_header": str(target), "before": "", "after": "a\n"}]
    assert second.changes == []
    assert [entry.name for entry in target.parent.iterdir()] == ["x.conf"]


def test_a_wrong_mode_is_set_without_writing_the_file(tmp_path: Path) -> None:
    target = _kernel_file(tmp_path, "x.conf", "a\n")
    inode = target.stat().st_ino
    host = _run(tmp_path, FakeRunner(), files=[_file(target, "a\n")])
    assert host.changes == [f"set the owner and mode of {target}"]
    assert (target.stat().st_mode & 0o7777, target.stat().st_ino) == (0o640, inode)
    assert "mode 0640" in host.diff[0]["after"]


def test_files_that_are_no_longer_wanted_go_and_those_of_others_stay(tmp_path: Path) -> None:
    for name, text in {"kept": "# ours\nx\n", "left": "# ours\n", "other": "# theirs\n# ours\n", "empty": ""}.items():
        _kernel_file(tmp_path, f"certs.d/{name}/hosts.toml", text)
    kept, left = (tmp_path / "certs.d" / name / "hosts.toml" for name in ("kept", "left"))
    parameters: dict[str, Any] = {
        "files": [_file(kept, "# ours\nx\n", mode="0644")],
        "purge": [{"pattern": str(tmp_path / "certs.d/*/hosts.toml"), "first_line": "# ours"}],
    }
    kept.chmod(0o644)
    assert _run(tmp_path, FakeRunner(), check_mode=True, **parameters).changes == [f"remove {left}"]
    assert left.exists()
    assert _run(tmp_path, FakeRunner(), **parameters).changes == [f"remove {left}"]
    assert sorted(path.parent.name for path in tmp_path.glob("certs.d/*/hosts.toml")) == ["empty", "kept", "other"]
    assert _run(tmp_path, FakeRunner(), **parameters).changes == []


def test_no_file_is_put_in_place_when_one_is_not_valid(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    runner = FakeRunner().on("checker", Result(1, "", "line 1: nonsense"))
    with pytest.raises(QuorumError, match="bad is not valid: line 1: nonsense"):
        _run(tmp_path, runner, files=[_file(good, "a"), _file(bad, "b", validate=["checker", "-f", "%s"])])
    assert not good.exists()
    assert not bad.exists()
    assert runner.calls[0].argv[2].endswith("/bad")


def test_check_mode_says_the_same_and_changes_nothing(tmp_path: Path) -> None:
    old = _kernel_file(tmp_path, "old", "x")
    sysctl = _kernel_file(tmp_path, "proc/sys/net/ipv4/ip_forward", "0\n")
    _kernel_file(tmp_path, "proc/swaps", "Filename Type\n/dev/dm-1 partition\n")
    fstab = _kernel_file(tmp_path, "fstab", "/dev/dm-1 none swap sw 0 0\n")
    runner = FakeRunner().on("systemctl show", Result(0, "LoadState=not-found\n"))
    host = _run(
        tmp_path,
        runner,
        check_mode=True,
        files=[_file(tmp_path / "new", "b", validate=["not-installed-yet", "%s"])],
        absent=[str(old)],
        kernel_modules=["br_netfilter"],
        sysctls={"net.ipv4.ip_forward": 1},
        swap_off=True,
        services=[_service("containerd")],
    )
    assert host.changes == [
        "load the kernel module br_netfilter",
        f"write {tmp_path / 'new'}",
        f"remove {old}",
        "set net.ipv4.ip_forward to 1",
        f"write {fstab}",
        "turn off swap on /dev/dm-1",
        "enable containerd",
        "start containerd",
    ]
    assert (old.exists(), (tmp_path / "new").exists(), sysctl.read_text()) == (True, False, "0\n")
    assert fstab.read_text() == "/dev/dm-1 none swap sw 0 0\n"
    assert [line for line in runner.lines() if not line.startswith(("systemctl show", "not-installed"))] == []


def test_the_kernel_is_told_and_swap_is_off_now_and_later(tmp_path: Path) -> None:
    _kernel_file(tmp_path, "proc/sys/net/ipv4/ip_forward", "0\n")
    _kernel_file(tmp_path, "proc/swaps", "Filename Type\n/dev/dm-1 partition\n")
    fstab = _kernel_file(tmp_path, "fstab", "/dev/dm-1 none swap sw 0 0\n")
    runner = FakeRunner().on("modprobe br_netfilter", Result(0)).on("swapoff -a", Result(0))
    _run(tmp_path, runner, kernel_modules=["br_netfilter"], sysctls={"net.ipv4.ip_forward": "1"}, swap_off=True)
    assert runner.lines() == ["modprobe br_netfilter", "swapoff -a"]
    assert (tmp_path / "proc/sys/net/ipv4/ip_forward").read_text() == "1\n"
    assert fstab.read_text().startswith("# commented out")


def test_a_module_that_is_built_in_is_not_loaded(tmp_path: Path) -> None:
    _kernel_file(tmp_path, "proc/filesystems", "nodev overlay\n")
    assert _run(tmp_path, FakeRunner(), kernel_modules=["overlay"]).changes == []


def test_a_sysctl_the_kernel_does_not_have_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(QuorumError, match=r"the kernel refuses net\.nonsense = 1"):
        _run(tmp_path, FakeRunner(), sysctls={"net.nonsense": 1})


def test_a_service_rests_until_one_of_its_files_changes(tmp_path: Path) -> None:
    target = tmp_path / "x.conf"
    runner = FakeRunner().on("systemctl show", Result(0, IDLE)).on("systemctl restart x", Result(0))
    parameters: dict[str, Any] = {"files": [_file(target, "a")], "services": [_service("x", restart_on=[str(target)])]}
    assert _run(tmp_path, runner, **parameters).services == {"x": ["restart"]}
    assert _run(tmp_path, runner, **parameters).services == {}
    assert runner.lines().count("systemctl restart x") == 1


def test_a_changed_unit_file_is_read_before_its_service_is_touched(tmp_path: Path) -> None:
    stopped = "LoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\nNeedDaemonReload=yes\n"
    runner = FakeRunner().on("systemctl show", Result(0, stopped)).on("systemctl", Result(0))
    _run(tmp_path, runner, services=[_service("x")])
    assert runner.lines()[1:] == ["systemctl daemon-reload", "systemctl start x"]


def test_a_service_that_does_not_start_is_named_with_where_to_look(tmp_path: Path) -> None:
    stopped = "LoadState=loaded\nActiveState=failed\nUnitFileState=enabled\n"
    runner = FakeRunner().on("systemctl show", Result(0, stopped)).on("systemctl start", Result(1, "", "Job failed"))
    with pytest.raises(QuorumError, match=r"Job failed.*journalctl -u x"):
        _run(tmp_path, runner, services=[_service("x")])


def test_a_service_that_is_not_installed_counts_as_stopped(tmp_path: Path) -> None:
    runner = FakeRunner().on("systemctl show", Result(0, "LoadState=not-found\nActiveState=inactive\n"))
    assert _run(tmp_path, runner, services=[_service("x", state="stopped", enabled=None)]).changes == []


@pytest.mark.parametrize("field", ["owner", "group"])
def test_an_unknown_owner_is_named(tmp_path: Path, field: str) -> None:
    with pytest.raises(QuorumError, match="nobody-of-this-name does not exist"):
        _run(tmp_path, FakeRunner(), files=[_file(tmp_path / "x", "a", **{field: "nobody-of-this-name"})])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuorumError, match="is not a regular file"):
        _run(tmp_path, FakeRunner(), files=[_file(tmp_path, "a")])


def test_a_mode_that_is_not_octal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuorumError, match=r"mode '0999'.*is not octal"):
        _run(tmp_path, FakeRunner(), files=[_file(tmp_path / "x", "a", mode="0999")])
