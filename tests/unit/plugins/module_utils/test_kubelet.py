# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Static pods run as the kubelet wants them when the UIDs of the containers are those that it has itself."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import kubelet

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
