# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Long commands: one at a time, found again, without secrets in argv, output or files that stay."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import (
    LongCommand,
    Outcome,
    failure,
    masked,
    reason,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import RC_TIMEOUT, Result
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner

TOKEN = "abcdef.0123456789abcdef"
KEY = "0123456789abcdef" * 4


class Systemd:
    """A host with systemd whose unit runs for some polls, writes output and a result and is collected then."""

    def __init__(self, directory: Path, result: str = "success", output: str = "", polls: int = 3) -> None:
        self.directory = directory
        self.result, self.output, self.polls = result, output, polls
        self.state = "inactive"
        self.seen_config = ""
        self.seen_end = ""
        self.modes: dict[str, int] = {}
        self.clock = FakeClock()
        self.runner = FakeRunner().on("systemd-run", self.start).on("systemctl show", self.show)
        self.command = LongCommand(self.runner, str(directory), self.clock, self.sleep)

    def start(self, argv: list[str], stdin: str | None) -> Result:
        self.state = "active"
        for path in self.directory.glob("run-*"):
            self.modes[path.suffix] = stat.S_IMODE(path.stat().st_mode)
        config = list(self.directory.glob("run-*.json"))
        self.seen_config = config[0].read_text() if config else ""
        self.seen_end = next(self.directory.glob("run-*.end")).read_text()
        next(self.directory.glob("run-*.log")).write_text(self.output)
        return Result(0)

    def show(self, argv: list[str], stdin: str | None) -> Result:
        return Result(0, self.state + "\n")

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.polls -= 1
        if self.polls <= 0 and self.state == "active":
            self.state = "inactive"
            for path in self.directory.glob("run-*.json"):
                path.unlink()
            if self.result:
                (self.directory / f"run-{os.getpid()}.result").write_text(self.result + "\n")


def test_a_command_runs_to_its_end_and_leaves_nothing(tmp_path: Path) -> None:
    host = Systemd(tmp_path / "quorum", output=f"joined with {TOKEN}\n")
    outcome = host.command.run("kubeadm join", ["kubeadm", "join"], 60, config=f'{{"token": "{TOKEN}"}}')
    assert outcome == Outcome("success", "joined with abcdef.<hidden>\n")
    assert list((tmp_path / "quorum").iterdir()) == []


def test_secrets_are_in_a_private_file_and_never_in_argv(tmp_path: Path) -> None:
    host = Systemd(tmp_path / "quorum")
    host.command.run("kubeadm join", ["kubeadm", "join", "--config", host.command.config_path], 60, config=TOKEN)
    assert host.seen_config == TOKEN
    assert host.modes == {".json": 0o600, ".log": 0o600, ".end": 0o600}
    assert stat.S_IMODE((tmp_path / "quorum").stat().st_mode) == 0o700
    assert TOKEN not in " ".join(host.runner.lines())


def test_the_unit_has_one_name_a_limit_and_removes_the_configuration_whatever_ends_it(tmp_path: Path) -> None:
    host = Systemd(tmp_path)
    host.command.run("kubeadm init", ["kubeadm", "init"], 300)
    argv = next(call.argv for call in host.runner.calls if call.argv[0] == "systemd-run")
    assert "--unit=quorum-kubeadm.service" in argv
    assert "--property=RuntimeMaxSec=300" in argv
    stop = next(word for word in argv if "ExecStopPost" in word)
    # No character of the shell: systemd cannot read those of a transient unit again when it reloads.
    assert stop.split()[0] == "--property=ExecStopPost=/bin/sh"
    assert not set(stop) & set(";$\\\"'")
    assert host.seen_end.startswith(f"rm -f {host.command.config_path} ")
    assert argv[-3:] == ["--", "kubeadm", "init"]


def test_a_failure_keeps_the_output_without_secrets(tmp_path: Path) -> None:
    host = Systemd(tmp_path, "exit-code", f"token {TOKEN} key {KEY}\nerror: no\n")
    outcome = host.command.run("kubeadm join", ["kubeadm", "join"], 60)
    assert not outcome.ok
    kept = Path(host.command.log_path).read_text()
    assert kept == "token abcdef.<hidden> key <hidden>\nerror: no\n"
    assert str(failure("kubeadm join", outcome, host.command.log_path, "E2111")) == (
        "E2111 kubeadm join failed: no. Fix: correct this and run again; "
        f"the output is in {tmp_path}/kubeadm.log on this host"
    )


def test_a_host_that_loses_the_unit_is_noticed_without_a_result_file(tmp_path: Path) -> None:
    host = Systemd(tmp_path, result="")
    assert host.command.run("kubeadm init", ["kubeadm", "init"], 60).result == "lost"


def test_a_running_command_is_awaited_and_not_started_again(tmp_path: Path) -> None:
    host = Systemd(tmp_path, polls=30)
    host.state = "active"
    assert host.command.wait_for_running(600)
    assert not [line for line in host.runner.lines() if "systemd-run" in line]
    assert not host.command.wait_for_running(600)


def test_a_sequence_of_another_process_is_awaited(tmp_path: Path) -> None:
    host, other = Systemd(tmp_path), Systemd(tmp_path)
    with other.command.sequence(0) as waited:
        assert waited is False
        with pytest.raises(QuorumError, match=r"E2102 another run still works on this host after 5 s"):
            host.command.wait_for_running(5)
    assert host.clock.slept
    assert host.command.wait_for_running(5) is False


def test_a_sequence_that_ends_lets_the_next_begin_which_knows_that_it_waited(tmp_path: Path) -> None:
    other = Systemd(tmp_path).command.sequence(0)
    other.__enter__()
    clock = FakeClock()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.now > 1003:
            other.__exit__(None, None, None)

    command = LongCommand(FakeRunner(), str(tmp_path), clock, sleep)
    with command.sequence(60) as waited:
        assert waited is True
    assert 3 < clock.now - 1000 < 4


def test_a_sequence_begins_when_the_command_of_a_killed_run_has_ended(tmp_path: Path) -> None:
    host = Systemd(tmp_path, polls=30)
    host.state = "active"
    with host.command.sequence(60) as waited:
        assert waited is True
        assert not host.command.running()


def test_a_host_on_which_nothing_ever_ran_gets_no_directory(tmp_path: Path) -> None:
    host = Systemd(tmp_path / "quorum")
    assert host.command.wait_for_running(5) is False
    assert not (tmp_path / "quorum").exists()


def test_a_command_is_not_taken_for_ended_while_systemd_does_not_answer(tmp_path: Path) -> None:
    host = Systemd(tmp_path)
    silent = Result(RC_TIMEOUT, "", "systemctl did not answer within 30 s")
    host.runner.on("systemctl show quorum-kubeadm.service", silent, silent, Result(0, "inactive\n"))
    assert host.command.wait_for_running(600)
    assert len(host.runner.calls) == 3


def test_a_command_that_never_ends_is_reported_and_left_alone(tmp_path: Path) -> None:
    host = Systemd(tmp_path, polls=10**6)
    host.state = "active"
    with pytest.raises(QuorumError, match=r"E2102 quorum-kubeadm.service still runs after 5 s"):
        host.command.wait_for_running(5)


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "run-99999999.json").write_text(TOKEN)
    (tmp_path / "kubeadm.log").write_text("the last failure")
    host = Systemd(tmp_path)
    host.command.run("kubeadm reset", ["kubeadm", "reset"], 60)
    assert [path.name for path in tmp_path.iterdir()] == ["kubeadm.log"]


def test_a_unit_that_does_not_start_leaves_no_secret(tmp_path: Path) -> None:
    host = Systemd(tmp_path)
    host.runner.on("systemd-run --unit=quorum-kubeadm.service", Result(1, "", "Failed to start: already loaded"))
    with pytest.raises(QuorumError, match=r"E2101 systemd could not start kubeadm join: .*already loaded"):
        host.command.run("kubeadm join", ["kubeadm", "join"], 60, config=TOKEN)
    assert not list(tmp_path.glob("*.json"))


PREFLIGHT = """\
[init] Using Kubernetes version: v1.37.1
[preflight] Running pre-flight checks
\t[WARNING Hostname]: hostname "cp1" could not be reached
[preflight] Some fatal errors occurred:
\t[ERROR Port-6443]: Port 6443 is in use
\t[ERROR FileAvailable--etc-kubernetes-manifests-etcd.yaml]: /etc/kubernetes/manifests/etcd.yaml already exists
[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`
error: error execution phase preflight: preflight checks failed
To see the stack trace of this error execute with --v=5 or higher
"""
PHASE = """\
[kubelet-check] The kubelet is not healthy after 4m0s
error: error execution phase wait-control-plane: failed while waiting for the control plane to start: \
[kube-scheduler check failed: connection refused,
kube-apiserver check failed: EOF]
To see the stack trace of this error execute with --v=5 or higher
"""


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (
            Outcome("exit-code", PREFLIGHT),
            "Port 6443 is in use (Port-6443); /etc/kubernetes/manifests/etcd.yaml already exists "
            "(FileAvailable--etc-kubernetes-manifests-etcd.yaml)",
        ),
        (
            Outcome("exit-code", PHASE),
            "wait-control-plane: failed while waiting for the control plane to start: "
            "[kube-scheduler check failed: connection refused, kube-apiserver check failed: EOF]",
        ),
        (Outcome("signal", "[certs] Generating key\n"), "it was ended (signal)"),
        (Outcome("exit-code", "sh: kubeadm: not found\n"), "sh: kubeadm: not found"),
        (Outcome("exit-code", ""), "it gave no reason"),
    ],
)
def test_the_reason_is_kubeadms_own_in_one_line(outcome: Outcome, line: str) -> None:
    assert reason(outcome) == line


def test_a_long_reason_is_cut() -> None:
    assert len(reason(Outcome("exit-code", "error: " + "x" * 5000))) == 600


def test_the_pin_of_a_ca_is_no_secret() -> None:
    assert masked(f"sha256:{KEY} {KEY}") == f"sha256:{KEY} <hidden>"
