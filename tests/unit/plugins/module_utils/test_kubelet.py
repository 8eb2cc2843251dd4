# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Static pods run as the kubelet wants them when the UIDs of the containers are those that it has itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state as hs
from ansible_collections.quorum.kubernetes.plugins.module_utils import kubelet
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_host import Host

Json = dict[str, Any]


def pod(uid: str, name: str, source: str = "file") -> Json:
    annotations = {"kubernetes.io/config.source": source}
    return {"metadata": {"uid": uid, "annotations": annotations}, "spec": {"containers": [{"name": name}]}}


def container(uid: str, name: str) -> Json:
    return {"metadata": {"name": name}, "labels": {"io.kubernetes.pod.uid": uid}}


MANIFESTS = ["kube-apiserver", "etcd"]
WANTED = [pod("1", "kube-apiserver"), pod("2", "etcd"), pod("3", "coredns", source="api")]


@pytest.mark.parametrize(
    ("wanted", "running", "lacking"),
    [
        (WANTED, [container("1", "kube-apiserver"), container("2", "etcd")], []),
        (WANTED, [container("old", "kube-apiserver"), container("2", "etcd")], ["kubelet starts kube-apiserver again"]),
        (WANTED, [container("1", "kube-apiserver")], ["kubelet starts etcd again"]),
        (WANTED[:1], [container("1", "kube-apiserver"), container("old", "etcd")], ["not read the manifest of etcd"]),
        ([], [container("old", "kube-apiserver")], ["manifest of kube-apiserver", "manifest of etcd"]),
    ],
)
def test_what_does_not_run_as_the_kubelet_wants_it(wanted: list[Json], running: list[Json], lacking: list[str]) -> None:
    found = kubelet.unsettled(wanted, running, MANIFESTS)
    assert len(found) == len(lacking)
    assert all(words in line for words, line in zip(lacking, found, strict=True))


@pytest.mark.parametrize(
    ("configuration", "address"),
    [
        ("", ("127.0.0.1", 10250)),
        ("address: 0.0.0.0\nport: 10350\nreadOnlyPort: 0\n", ("127.0.0.1", 10350)),
        ('address: "10.0.0.11"\nhealthzPort: 10248\n', ("10.0.0.11", 10250)),
        ("address: '::'\n", ("127.0.0.1", 10250)),
    ],
)
def test_where_the_kubelet_listens(configuration: str, address: tuple[str, int]) -> None:
    assert kubelet.address(configuration) == address


def test_a_component_works_with_its_settings_when_the_kubelet_knows_them_and_it_is_ready() -> None:
    container = {"name": "etcd", "command": ["etcd", "--v=3"]}
    status = {"containerStatuses": [{"name": "etcd", "ready": False}]}
    one = {**pod("1", "etcd"), "spec": {"containers": [container]}, "status": status}
    assert kubelet.not_serving([one], "etcd", ["--v=4"]) == ["the kubelet has not read the manifest of etcd yet"]
    assert kubelet.not_serving([], "etcd", ["--v=3"]) == ["the kubelet has not read the manifest of etcd yet"]
    assert kubelet.not_serving([one], "etcd", ["--v=3"]) == ["etcd is not ready with its new settings"]
    status["containerStatuses"][0]["ready"] = True
    assert kubelet.not_serving([one], "etcd", ["--v=3"]) == []


def test_a_kubelet_that_nobody_answers_for_is_not_healthy(tmp_path: Path) -> None:
    host = Host(tmp_path).write(hs.KUBELET_CONFIG, "healthzBindAddress: 127.0.0.1\nhealthzPort: 1\n")
    assert "refused" in kubelet.unhealthy(host.disk)
    host.write(hs.KUBELET_CONFIG, "healthzPort: 0\n")
    assert kubelet.unhealthy(host.disk) == ""
