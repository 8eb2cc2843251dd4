# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client of the API: what it reads from a kubeconfig, and how it names what is missing."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import yaml

from tests.tools import kube_api
from tests.tools.kube_api import nodes_missing, read_kubeconfig


def test_kubeconfig_of_the_current_context_is_read(tmp_path: Path) -> None:
    def encode(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    document = {
        "current-context": "here",
        "contexts": [
            {"name": "there", "context": {"cluster": "b", "user": "b"}},
            {"name": "here", "context": {"cluster": "a", "user": "a"}},
        ],
        "clusters": [
            {"name": "a", "cluster": {"server": "https://192.0.2.1:6443", "certificate-authority-data": encode("ca")}}
        ],
        "users": [{"name": "a", "user": {"client-certificate-data": encode("cert"), "client-key-data": encode("key")}}],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    config = read_kubeconfig(path)
    assert config.endpoint == ("192.0.2.1", 6443)
    assert (config.ca, config.certificate, config.key) == (b"ca", b"cert", b"key")
    assert "key" not in repr(config).replace("key=", "")


def test_missing_and_unready_nodes_are_told_apart() -> None:
    def node(name: str, status: str) -> dict[str, object]:
        return {"metadata": {"name": name}, "status": {"conditions": [{"type": "Ready", "status": status}]}}

    nodes = [node("cp1", "True"), node("w1", "Unknown")]
    assert nodes_missing(nodes, ["cp1"]) == ""
    assert nodes_missing(nodes, ["cp1", "w1", "w2"]) == "w1 is not Ready, w2 has no Node object"


def test_slow_machines_are_asked_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def wait(seconds: float) -> None:
        clock[0] += seconds

    def starting(*_request: object) -> None:
        raise kube_api.ApiError(503, "starting")

    monkeypatch.setattr(kube_api, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=wait))
    monkeypatch.setattr(kube_api, "PATIENCE", 15.0)
    monkeypatch.setattr(kube_api.KubeApi, "_once", starting)
    api = kube_api.KubeApi(cast(kube_api.KubeConfig, SimpleNamespace(login=lambda: None)))
    with pytest.raises(kube_api.ApiError, match="starting"):
        api.get("/version", retry_for=2)
    assert 30 < clock[0] < 31
