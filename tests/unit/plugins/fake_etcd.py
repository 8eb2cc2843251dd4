# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An etcd cluster in memory that speaks the JSON gateway's language, as far as the modules use it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import (
    MEMBER_ADD,
    MEMBER_LIST,
    MEMBER_PROMOTE,
    MEMBER_REMOVE,
    MOVE_LEADER,
    RANGE,
    STATUS,
    Credentials,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_snapshots import HASHKV


@dataclass
class FakeMember:
    """One member; the number is its identifier."""

    number: int
    name: str
    learner: bool = False
    up: bool = True
    alarm: str = ""
    applied: int = 5000

    @property
    def host(self) -> str:
        return f"10.0.0.{self.number}"

    @property
    def client_url(self) -> str:
        return f"https://{self.host}:2379"

    @property
    def peer_url(self) -> str:
        return f"https://{self.host}:2380"

    def entry(self) -> dict[str, Any]:
        """Its entry in a member list, without what is empty, as the gateway writes it."""
        full = {
            "ID": str(self.number),
            "name": self.name,
            "peerURLs": [self.peer_url],
            "clientURLs": [self.client_url] if self.name else [],
            "isLearner": self.learner,
        }
        return {key: value for key, value in full.items() if value}


class FakeEtcd:
    """Members numbered from 1; the first leads. ``refusals`` are given out one by one before changes are accepted."""

    def __init__(self, *names: str) -> None:
        self.members = [FakeMember(number, name) for number, name in enumerate(names, 1)]
        self.leader = 1
        self.calls: list[tuple[str, str]] = []
        self.refusals: list[str] = []
        self.overrides: dict[tuple[str, str], dict[str, Any]] = {}

    @property
    def endpoints(self) -> list[str]:
        return [member.client_url for member in self.members if member.name]

    def member(self, name: str) -> FakeMember:
        return next(member for member in self.members if member.name == name)

    def names(self) -> list[str]:
        return [member.name for member in self.members]

    def changes(self) -> list[tuple[str, str]]:
        """(host, last part of the path) of the calls that change something."""
        return [(host, path.rsplit("/", 1)[1]) for host, path in self.calls if path not in (STATUS, MEMBER_LIST, RANGE)]

    @property
    def has_quorum(self) -> bool:
        voters = [member for member in self.members if not member.learner]
        return sum(member.up for member in voters) * 2 > len(voters)

    def call(self, endpoint: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer as the member at ``endpoint`` would."""
        member = next((one for one in self.members if one.client_url == endpoint and one.name), None)
        self.calls.append((endpoint, path))
        if member is None or not member.up:
            raise QuorumError("E2301", f"etcd at {endpoint} does not answer: Connection refused")
        if path not in (STATUS, MEMBER_LIST, RANGE) and self.refusals:
            raise QuorumError("E2302", f"etcd refused: {self.refusals.pop(0)}")
        if member.learner and path != STATUS:
            raise QuorumError("E2302", "etcd refused: rpc not supported for learner")
        if path not in (STATUS, MEMBER_LIST) and not self.has_quorum:
            raise QuorumError("E2301", f"etcd at {endpoint} does not answer: timed out")
        if (member.name, path) in self.overrides:
            return self.overrides[member.name, path]
        return self._answer(member, path, body)

    def _answer(self, member: FakeMember, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if path == MEMBER_LIST:
            return {"members": [one.entry() for one in self.members]}
        if path == RANGE:
            return {"header": {}}
        if path == STATUS:
            return self._status(member)
        if path == MEMBER_ADD:
            number = max(one.number for one in self.members) + 1
            assert body["peerURLs"] == [f"https://10.0.0.{number}:2380"]
            self.members.append(FakeMember(number, "", body["isLearner"]))
            return {"member": self.members[-1].entry()}
        subject = next(one for one in self.members if str(one.number) == body.get("ID", body.get("targetID")))
        if path == MEMBER_PROMOTE:
            subject.learner = False
        elif path == MEMBER_REMOVE:
            assert subject.number != self.leader
            self.members.remove(subject)
        elif path == MOVE_LEADER:
            assert member.number == self.leader
            self.leader = subject.number
        return {}

    def _status(self, member: FakeMember) -> dict[str, Any]:
        alarms = [one for one in self.members if one.alarm]
        return {
            "header": {"cluster_id": "255", "member_id": str(member.number), "revision": "42", "raft_term": "3"},
            "version": "3.7.0",
            "dbSize": "4096",
            "leader": str(self.leader) if self.has_quorum else "0",
            "raftIndex": str(member.applied),
            "raftTerm": "3",
            "raftAppliedIndex": str(member.applied),
            "errors": [f"memberID:{one.number}  alarm:{one.alarm}" for one in alarms],
            **({"isLearner": True} if member.learner else {}),
        }


DATABASE = b"x" * 1024
SNAPSHOT = DATABASE + hashlib.sha256(DATABASE).digest()


class SavedEtcd(FakeEtcd):
    """A cluster whose members give a snapshot and know its hash."""

    credentials = Credentials()

    def snapshot(self, endpoint: str) -> Iterator[bytes]:
        yield SNAPSHOT

    def call(self, endpoint: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if path == HASHKV:
            return {"hash": 5, "hash_revision": body["revision"], "compact_revision": "-1"}
        return super().call(endpoint, path, body)
