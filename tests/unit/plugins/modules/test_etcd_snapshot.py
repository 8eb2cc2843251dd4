# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a snapshot is asked of, that earlier ones stay, and that check mode takes none.

Real ones are taken in tests/integration/etcd.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import backups, etcd_client, etcd_options, pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.modules import etcd_snapshot
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_etcd import SavedEtcd
from ansible_collections.quorum.kubernetes.tests.unit.plugins.modules.test_cluster_backup import programs
from ansible_collections.quorum.kubernetes.tests.unit.plugins.modules.test_cluster_restore import certificate

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
        "cluster": "k8s",
        "directory": str(tmp_path / "backups"),
        "keep": 2,
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


@pytest.fixture
def etcd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SavedEtcd:
    found = SavedEtcd("a", "b", "c")
    certificate(tmp_path / "ca.crt")
    found.credentials = etcd_client.Credentials(str(tmp_path / "ca.crt"), "", "")
    monkeypatch.setattr(etcd_options, "connection_of", lambda _params: (found.endpoints, found))
    return found


def save(params: dict[str, Any], check_mode: bool = False, restored_hash: int = 5) -> dict[str, Any]:
    return etcd_snapshot.run(params, programs(restored_hash), check_mode)


def test_check_mode_takes_none_but_refuses_what_a_run_would_refuse(params: dict[str, Any], etcd: SavedEtcd) -> None:
    assert save(params, check_mode=True) == {"changed": True, "path": "", "snapshot": {}, "removed": []}
    assert not Path(params["directory"]).exists()
    for name in ("a", "b", "c"):
        etcd.member(name).alarm = "NOSPACE"
    with pytest.raises(QuorumError, match="E2340"):
        save(params, check_mode=True)


def test_a_snapshot_has_the_manifest_that_a_restore_wants(
    params: dict[str, Any], etcd: SavedEtcd, tmp_path: Path
) -> None:
    done = save(params)
    assert Path(params["directory"]).stat().st_mode & 0o777 == 0o700
    assert os.listdir(params["directory"]) == [os.path.basename(done["path"])]
    backups.unbundle(done["path"], str(tmp_path), backups.SNAPSHOT_PARTS)
    text = (tmp_path / backups.MANIFEST).read_text()
    manifest = backups.parse_manifest(text, "k8s", backups.SNAPSHOT_FORMAT)
    assert manifest["snapshot"] == done["snapshot"]
    assert manifest["etcd_ca"] == pki.ca_cert_hash((tmp_path / "ca.crt").read_text())
    assert manifest["snapshot"]["member"] == "c", "rather a follower than the leader"


def test_an_earlier_snapshot_stays_until_there_are_too_many(
    params: dict[str, Any], etcd: SavedEtcd, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = [time.gmtime(3600 * hour) for hour in (1, 2, 3)]
    monkeypatch.setattr(time, "gmtime", lambda: hours.pop(0))
    made = [save(params) for _hour in (1, 2, 3)]
    first, *others = (os.path.basename(one["path"]) for one in made)
    assert [one["removed"] for one in made] == [[], [], [first]]
    assert sorted(os.listdir(params["directory"])) == others


def test_what_cannot_be_proved_leaves_nothing_and_earlier_ones_alone(params: dict[str, Any], etcd: SavedEtcd) -> None:
    params["keep"] = 1
    before = os.path.basename(save(params)["path"])
    with pytest.raises(QuorumError, match="E2345"):
        save(params, restored_hash=6)
    assert os.listdir(params["directory"]) == [before]


def test_an_etcd_that_does_not_answer_is_an_error(params: dict[str, Any], etcd: SavedEtcd) -> None:
    for name in ("a", "b", "c"):
        etcd.member(name).up = False
    with pytest.raises(QuorumError, match="E2301"):
        save(params)
