# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A kubelet is silent when it renews nothing for as long as its lease lasts, whatever its node is called meanwhile."""

from __future__ import annotations

import json

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import heartbeats
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner

RENEWED_EVERY = 10.0


class Kubelets:
    """The leases of nodes, by how long they last; those of `dead` are never renewed again."""

    def __init__(self, *dead: str, **lasting: int) -> None:
        self.clock = FakeClock()
        self._begin = self.clock()
        self._dead, self._lasting = dead, lasting
        self.runner = FakeRunner().on("get leases -n kube-node-lease", self._answer)

    def silent(self, *nodes: str) -> set[str]:
        """Which of the nodes are."""
        return heartbeats.silent(Kubectl(self.runner), nodes, self.clock, self.clock.sleep)

    @property
    def waited(self) -> float:
        """Seconds."""
        return self.clock() - self._begin

    def _answer(self, _argv: list[str], _stdin: str | None) -> Result:
        renewals = int(self.waited // RENEWED_EVERY)
        items = [
            {
                "metadata": {"name": name},
                "spec": {"leaseDurationSeconds": seconds, "renewTime": f"{0 if name in self._dead else renewals}"},
            }
            for name, seconds in self._lasting.items()
        ]
        return Result(0, json.dumps({"items": items}))


def test_the_dead_is_known_when_its_lease_has_ended_and_the_living_when_it_renews() -> None:
    kubelets = Kubelets("w1", w1=40, w2=40)
    assert kubelets.silent("w1", "w2") == {"w1"}
    assert kubelets.waited == pytest.approx(40, abs=heartbeats.POLL_SECONDS)
    kubelets = Kubelets("w1", w1=40, w2=40)
    assert kubelets.silent("w2") == set()
    assert kubelets.waited == pytest.approx(RENEWED_EVERY, abs=heartbeats.POLL_SECONDS)


def test_a_lease_counts_for_as_long_as_it_lasts_itself() -> None:
    kubelets = Kubelets("w1", "w2", w1=20, w2=100)
    assert kubelets.silent("w1", "w2") == {"w1", "w2"}
    assert kubelets.waited == pytest.approx(100, abs=heartbeats.POLL_SECONDS)


def test_nothing_is_said_of_a_node_without_a_lease_and_nobody_is_asked_for_none() -> None:
    kubelets = Kubelets(w1=40)
    assert kubelets.silent("w9") == set()
    asked = len(kubelets.runner.calls)
    assert kubelets.silent() == set()
    assert (len(kubelets.runner.calls), kubelets.waited) == (asked, 0)
