"""Certificates are renewed once, and static pods use them afterwards, whatever was interrupted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.kubeadm_certs import Certs, run
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_certificates import (
    SHORT,
    SHORT_ENDS,
    put,
)
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_pki import RSA

Json = dict[str, Any]
APISERVER = "/etc/kubernetes/pki/apiserver.crt"
ETCD = "/etc/kubernetes/pki/etcd/server.crt"
DAY = 86400.0


class FakeHost:
    """A control plane 30 days before its certificates end; the kubelet starts a stopped container 2 s later."""

    def __init__(self, root: Path, control_plane: bool = True) -> None:
        self.root = root
        self.clock = FakeClock()
        self.clock.now = SHORT_ENDS - 30 * DAY
        for path in (APISERVER, ETCD):
            self._write(path, SHORT, self.clock() - 335 * DAY)
        if control_plane:
            put(root, "/etc/kubernetes/manifests/kube-apiserver.yaml", "kind: Pod")
        self.created = {"kube-apiserver": self.clock() - 300 * DAY, "etcd": self.clock() - 300 * DAY}
        self.stopped: list[str] = []
        self.runner = (
            FakeRunner()
            .on("crictl ps", self._ps)
            .on("crictl stop", self._stop)
            .on("kubeadm certs renew all", self._renew)
            .on("systemctl restart kubelet.service", self._kubelet)
        )

    def run(self, state: str = "renewed", check_mode: bool = False, days: int = 90) -> Json:
        """Run the module."""
        certs = Certs(self.runner, Disk(str(self.root)), self.clock, self.clock.sleep)
        return run({"state": state, "days": days, "timeout": 60}, check_mode, certs)

    def renew(self) -> None:
        """Do what kubeadm does."""
        for path in (APISERVER, ETCD):
            self._write(path, RSA, self.clock())

    def _write(self, path: str, text: str, when: float) -> None:
        put(self.root, path, text)
        os.utime(self.root / path.lstrip("/"), (when, when))

    def _renew(self, _argv: list[str], _stdin: str | None) -> Result:
        self.renew()
        return Result(0)

    def _stop(self, argv: list[str], _stdin: str | None) -> Result:
        self.stopped.append(argv[-1])
        self.created[argv[-1]] = self.clock() + 2
        return Result(0)

    def _kubelet(self, _argv: list[str], _stdin: str | None) -> Result:
        for name in ("kube-apiserver", "etcd"):
            self.created.setdefault(name, self.clock() + 5)
        return Result(0)

    def _ps(self, _argv: list[str], _stdin: str | None) -> Result:
        containers = [
            {
                "id": name,
                "metadata": {"name": name},
                "labels": {"io.kubernetes.pod.namespace": "kube-system"},
                "createdAt": str(int(created * 1e9)),
            }
            for name, created in self.created.items()
            if created <= self.clock()
        ]
        return Result(0, json.dumps({"containers": containers}))


def test_check_then_run_then_check_then_run(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    predicted = host.run(check_mode=True)
    assert host.stopped == []
    done = host.run()
    assert predicted["renew"] == done["renew"] == ["apiserver", "etcd-server"]
    assert predicted["restart"] == done["restart"] == ["kube-apiserver", "etcd"]
    assert host.stopped == ["kube-apiserver", "etcd"]
    assert predicted["diff"] == done["diff"]
    assert all(one["days_left"] > 365 for one in done["certificates"])
    for check_mode in (True, False):
        again = host.run(check_mode=check_mode)
        assert (again["changed"], again["renew"], again["restart"]) == (False, [], [])


def test_a_run_that_was_interrupted_after_the_renewal_still_starts_the_pods(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    host.renew()
    assert host.run()["renew"] == []
    assert host.stopped == ["kube-apiserver", "etcd"]


def test_pods_that_failed_because_all_had_ended_are_started_at_once(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    host.clock.now += 60 * DAY
    host.created = {}
    result = host.run()
    assert result["expired"] == ["apiserver", "etcd-server"]
    assert any("restart kubelet" in line for line in host.runner.lines())
    assert set(host.created) == {"kube-apiserver", "etcd"}


def test_a_report_changes_nothing(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    result = host.run("reported")
    assert (result["changed"], result["renew"]) == (False, ["apiserver", "etcd-server"])
    assert result["report"][0].startswith("apiserver       30 days left")


def test_a_worker_has_nothing_that_kubeadm_renews(tmp_path: Path) -> None:
    result = FakeHost(tmp_path, control_plane=False).run()
    assert (result["changed"], result["renew"], result["restart"]) == (False, [], [])


def test_a_pod_that_does_not_come_back_is_named(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    host.runner.on("crictl stop --timeout 30 etcd", Result(0))
    with pytest.raises(QuorumError, match="E2543 after 60 s: etcd does not run with its new certificate"):
        host.run()


def test_kubeadms_reason_is_told(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    host.runner._rules = [rule for rule in host.runner._rules if rule[0][0] != "kubeadm"]
    host.runner.on("kubeadm certs renew", Result(1, "", "open ca.key: no such file"))
    with pytest.raises(QuorumError, match=r"E2542 kubeadm certs renew all failed: open ca.key"):
        host.run()
