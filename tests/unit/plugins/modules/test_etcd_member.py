# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each state calls its step, twice the same changes once, and the result says what was done."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_membership import Membership
from ansible_collections.quorum.kubernetes.plugins.modules.etcd_member import run
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd, FakeMember

URL = "https://10.0.0.4:2380"


def apply(etcd: FakeEtcd, dry_run: bool, state: str, name: str) -> dict[str, Any]:
    peer_urls = [URL] if name == "cp4" else []
    params = {"state": state, "name": name, "id": "", "peer_urls": peer_urls}
    return run(params, Membership(etcd, etcd.endpoints, 0, dry_run))


@pytest.mark.parametrize(
    ("state", "name", "steps"),
    [
        ("learner", "cp4", ["add cp4 as a learner"]),
        ("voter", "cp5", ["promote cp5"]),
        ("absent", "cp1", ["move leadership from cp1 to cp3", "remove cp1"]),
        ("follower", "cp1", ["move leadership from cp1 to cp3"]),
    ],
)
def test_check_then_run_then_check_then_run(state: str, name: str, steps: list[str]) -> None:
    etcd = FakeEtcd("cp1", "cp2", "cp3")
    if name == "cp5":
        etcd.members.append(FakeMember(5, "cp5", learner=True))
    predicted = apply(etcd, True, state, name)
    assert etcd.changes() == []
    done = apply(etcd, False, state, name)
    for result in (predicted, done):
        assert (result["changed"], result["steps"]) == (True, steps)
        assert result["diff"]["prepared"] == "".join(f"+ {step}\n" for step in steps)
    for dry_run in (True, False):
        again = apply(etcd, dry_run, state, name)
        assert (again["changed"], again["steps"], "diff" in again) == (False, [], False)
