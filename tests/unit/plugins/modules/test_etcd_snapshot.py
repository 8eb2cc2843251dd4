# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a snapshot is asked of, and that check mode takes none. Real ones are taken in tests/integration/etcd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client, etcd_options, etcd_snapshots
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.modules import etcd_snapshot
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import FakeEtcd

MANIFEST = """\
spec:
  containers:
  - command:
    - kube-apiserver
    - --etcd-cafile=/pki/etcd/ca.crt
    - --etcd-certfile=/pki/client.crt
    - --etcd-keyfile=/pki/client.key
    - --etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379
"""


@pytest.fixture
def params(tmp_path: Path) -> dict[str, Any]:
    return {
        "endpoints": ["https://127.0.0.1:2379"],
        "ca_cert": "/ca",
        "client_cert": "/cert",
        "client_key": "/key",
        "request_timeout": 5.0,
        "path": str(tmp_path / "backups" / "snapshot.db"),
        "etcdutl": "etcdutl",
        "api_server_manifest": str(tmp_path / "kube-apiserver.yaml"),
    }


def test_a_control_plane_asks_the_etcd_that_its_api_server_uses(params: dict[str, Any]) -> None:
    Path(params["api_server_manifest"]).write_text(MANIFEST, encoding="utf-8")
    endpoints, _gateway = etcd_options.connection_of(params)
    assert endpoints == ["https://10.0.0.1:2379", "https://10.0.0.2:2379"]


@pytest.mark.parametrize("manifest", ["", "/nowhere"])
def test_without_an_api_server_the_options_count(params: dict[str, Any], manifest: str) -> None:
    endpoints, _gateway = etcd_options.connection_of({**params, "api_server_manifest": manifest})
    assert endpoints == ["https://127.0.0.1:2379"]


def test_check_mode_takes_none_but_refuses_what_a_run_would_refuse(
    params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    etcd = FakeEtcd("a", "b", "c")
    monkeypatch.setattr(etcd_options, "connection_of", lambda _params: (etcd.endpoints, etcd))
    assert etcd_snapshot.run(params, check_mode=True) == {"changed": True, "snapshot": {}}
    assert not Path(params["path"]).parent.exists()
    for name in ("a", "b", "c"):
        etcd.member(name).alarm = "NOSPACE"
    with pytest.raises(QuorumError, match="E2340"):
        etcd_snapshot.run(params, check_mode=True)


def test_a_snapshot_is_taken_into_a_folder_that_root_alone_reads(
    params: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    etcd = FakeEtcd("a", "b", "c")
    monkeypatch.setattr(etcd_options, "connection_of", lambda _params: (etcd.endpoints, etcd))
    asked: list[tuple[etcd_client.Gateway, str]] = []

    def take(gateway: etcd_client.Gateway, _cluster: object, path: str, _utl: object) -> dict[str, Any]:
        asked.append((gateway, path))
        return {"revision": 7}

    monkeypatch.setattr(etcd_snapshots, "take", take)
    assert etcd_snapshot.run(params, check_mode=False) == {"changed": True, "snapshot": {"revision": 7}}
    assert asked == [(etcd, params["path"])]
    assert Path(params["path"]).parent.stat().st_mode & 0o777 == 0o700


def test_an_etcd_that_does_not_answer_is_an_error(params: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    etcd = FakeEtcd("a")
    etcd.member("a").up = False
    monkeypatch.setattr(etcd_options, "connection_of", lambda _params: (etcd.endpoints, etcd))
    with pytest.raises(QuorumError, match="E2301"):
        etcd_snapshot.run(params, check_mode=False)
