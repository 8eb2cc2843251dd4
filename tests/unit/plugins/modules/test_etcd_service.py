# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A member starts, joins and restarts: once, never as a second cluster, never against the quorum rule."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_membership import Membership
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.etcd_service import endpoints_of_others, run
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner

NAMES = ("etcd1", "etcd2", "etcd3")


def url(number: int, port: int) -> str:
    return f"https://10.0.0.{number}:{port}"


class Host:
    """Host etcd3: its systemd and its data directory, and a cluster that the other members know."""

    def __init__(self, folder: Path, *members: str) -> None:
        self.folder = folder
        self.etcd = FakeEtcd(*members)
        self.running = False
        self.started_at = 0.0
        # Once: the two clocks are not read at the same moment, and another start is another process.
        self.boot = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
        self.runner = FakeRunner()
        self.runner.on("systemctl show", lambda argv, stdin: Result(0, self._show()))
        self.runner.on("systemctl --no-block", self._act)
        self.runner.on("/usr/local/bin/etcd --version", Result(0, "etcd Version: 3.7.0\n"))
        self.config = folder / "etcd.env"
        self.config.write_text("ETCD_NAME=etcd3\n")

    def _show(self) -> str:
        started = int((self.started_at - self.boot) * 1e6) if self.running else 0
        return f"ActiveState={'active' if self.running else 'inactive'}\nExecMainStartTimestampMonotonic={started}\n"

    def _act(self, argv: list[str], stdin: str | None) -> Result:
        """What systemd does; a member that starts gets data, publishes its name, and answers."""
        self.running, self.started_at = True, time.time() + 1
        (self.folder / "data" / "member").mkdir(parents=True, exist_ok=True)
        for member in self.etcd.members:
            if member.peer_url == self.peer_url:
                member.name, member.up = "etcd3", True
        return Result(0)

    @property
    def peer_url(self) -> str:
        last = max(member.number for member in self.etcd.members)
        return url(max(3, last), 2380)

    def give_data(self) -> None:
        (self.folder / "data" / "member").mkdir(parents=True)

    @property
    def bootstrap(self) -> str:
        path = self.folder / "bootstrap.env"
        return path.read_text() if path.exists() else ""

    def apply(self, state: str, dry_run: bool = False, number: int = 3, **given: Any) -> dict[str, Any]:
        clock = FakeClock()
        numbers = (1, 2, number)
        params = {
            "state": state,
            "name": "etcd3",
            "members": [
                {"name": name, "peer_url": url(n, 2380), "client_url": url(n, 2379)}
                for name, n in zip(NAMES, numbers, strict=True)
            ],
            "nobody_has_data": False,
            "token": "test",
            "data_directory": str(self.folder / "data"),
            "bootstrap_file": str(self.folder / "bootstrap.env"),
            "service": "etcd",
            "restart_on": [str(self.config), "/nonexistent"],
            "timeout": 0,
            "control_planes": None,
            **given,
        }
        others = endpoints_of_others(params)
        membership = Membership(self.etcd, others, 5, dry_run, clock=clock, sleep=clock.sleep)
        return run(params, membership, self.runner)

    def systemctl(self) -> list[str]:
        return [line.split()[2] for line in self.runner.lines() if "--no-block" in line]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path, *NAMES)


def test_a_new_cluster_is_formed_while_nobody_has_data_and_only_once(host: Host) -> None:
    predicted = host.apply("started", dry_run=True, nobody_has_data=True)
    assert (predicted["steps"], host.systemctl(), host.bootstrap) == (["form a new cluster"], [], "")
    assert host.apply("started", nobody_has_data=True)["steps"] == ["form a new cluster"]
    cluster = ",".join(f"{name}={url(n, 2380)}" for n, name in enumerate(NAMES, 1))
    assert f'ETCD_INITIAL_CLUSTER="{cluster}"' in host.bootstrap
    assert 'ETCD_INITIAL_CLUSTER_STATE="new"' in host.bootstrap
    assert host.apply("started") == {"changed": False, "steps": [], "needs": ""}
    assert host.systemctl() == ["start"]


def test_a_member_with_data_that_is_stopped_is_started(host: Host) -> None:
    host.give_data()
    assert host.apply("started")["steps"] == ["start the member"]
    assert host.bootstrap == ""


def test_without_data_and_without_an_answer_nothing_is_started(host: Host) -> None:
    for member in host.etcd.members:
        member.up = False
    with pytest.raises(QuorumError, match="E2331 this member has no data, others have, but none of them answers"):
        host.apply("started")
    assert host.systemctl() == []


def test_a_forming_that_was_killed_is_finished(tmp_path: Path) -> None:
    host = Host(tmp_path, "etcd1", "", "")
    for member in host.etcd.members[1:]:
        member.up = False
    assert host.apply("started")["steps"] == ["finish forming the cluster"]
    assert 'ETCD_INITIAL_CLUSTER_STATE="new"' in host.bootstrap


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_new_member_joins_as_a_learner_and_is_promoted(tmp_path: Path, dry_run: bool) -> None:
    host = Host(tmp_path, "etcd1", "etcd2")
    assert host.apply("started", dry_run)["needs"] == "join"
    done = host.apply("joined", dry_run)
    assert done["steps"] == ["add etcd3 as a learner", "start the member", "promote etcd3"]
    if dry_run:
        assert (host.systemctl(), len(host.etcd.members)) == ([], 2)
        return
    assert 'ETCD_INITIAL_CLUSTER_STATE="existing"' in host.bootstrap
    assert [action for _, action in host.etcd.changes()] == ["add", "promote"]
    assert host.apply("joined")["steps"] == []


def test_a_member_whose_data_is_lost_is_removed_before_it_joins_again(host: Host) -> None:
    host.etcd.member("etcd3").up = False
    assert host.apply("started")["needs"] == "join"
    host.etcd.members[2].number = 3
    done = host.apply("joined")
    assert done["steps"][:2] == ["remove etcd3", "add etcd3 as a learner"]
    assert not host.etcd.member("etcd3").learner


def test_a_join_that_was_killed_before_the_promotion_is_finished(tmp_path: Path) -> None:
    host = Host(tmp_path, "etcd1", "etcd2", "etcd3")
    host.etcd.member("etcd3").learner = True
    host.give_data()
    host.running = True
    assert host.apply("joined")["steps"] == ["promote etcd3"]
    assert host.apply("joined")["steps"] == []


def test_a_name_that_another_member_has_is_refused(host: Host) -> None:
    with pytest.raises(QuorumError, match="E2332 another member is called etcd3 already"):
        host.apply("started", number=9)


def test_a_member_restarts_when_its_files_are_newer_and_only_then(host: Host) -> None:
    host.give_data()
    host.running, host.started_at = True, time.time() + 10
    assert host.apply("started") == {"changed": False, "steps": [], "needs": ""}
    assert host.apply("restarted")["steps"] == []
    os.utime(host.config, (time.time() + 20, time.time() + 20))
    assert host.apply("started")["needs"] == "restart"
    assert host.apply("restarted", dry_run=True)["steps"] == ["restart the member"]
    assert host.apply("restarted")["steps"] == ["restart the member"]
    assert host.systemctl() == ["restart"]


def test_a_process_that_still_stops_is_not_taken_for_the_one_that_was_asked_for(host: Host) -> None:
    host.give_data()
    host.running = True
    host.runner.on("systemctl --no-block restart etcd")  # and nothing happens yet
    with pytest.raises(QuorumError, match=r"E2305 after 0 s: etcd3 has not started yet.*journalctl -u etcd"):
        host.apply("restarted")


def test_the_only_member_is_awaited_although_nobody_answers_meanwhile(tmp_path: Path) -> None:
    host = Host(tmp_path, "etcd3")
    host.give_data()
    host.running = True
    (member,) = host.etcd.members

    def restart(argv: list[str], stdin: str | None) -> Result:
        member.up = False
        return host._act(argv, stdin)

    def recover(argv: list[str], stdin: str | None) -> Result:
        member.up = True
        return Result(0, host._show())

    shown = Result(0, host._show())
    host.runner.on("systemctl --no-block restart etcd", restart)
    host.runner.on("systemctl show etcd", shown, lambda argv, stdin: Result(0, host._show()), recover)
    only = [{"name": "etcd3", "peer_url": member.peer_url, "client_url": member.client_url}]
    assert host.apply("restarted", members=only, timeout=5)["steps"] == ["restart the member"]


def test_a_leader_hands_over_before_it_restarts(host: Host) -> None:
    host.give_data()
    host.running, host.etcd.leader = True, 3
    assert host.apply("restarted")["steps"] == ["move leadership from etcd3 to etcd2", "restart the member"]


def test_a_restart_that_endangers_quorum_is_refused(host: Host) -> None:
    host.give_data()
    host.running = True
    host.etcd.member("etcd1").up = False
    with pytest.raises(QuorumError, match="E2307 after 0 s: restarting etcd3 would endanger etcd's quorum"):
        host.apply("restarted")
    assert host.systemctl() == []


def test_a_version_that_a_running_member_must_not_go_to_is_refused(host: Host) -> None:
    host.give_data()
    host.running = True
    status = {"version": "3.6.8", "header": {"member_id": "1"}, "leader": "1"}
    host.etcd.overrides["etcd1", "/v3/maintenance/status"] = status
    with pytest.raises(QuorumError, match=r"E2312 etcd must not go from 3\.6\.8 to 3\.7\.0"):
        host.apply("restarted")


def test_a_host_that_is_no_member_is_refused(host: Host) -> None:
    with pytest.raises(QuorumError, match="E2334 etcd9 is not among the members"):
        host.apply("started", name="etcd9")
