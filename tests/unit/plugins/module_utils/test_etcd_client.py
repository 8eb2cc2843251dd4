# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the client makes of endpoints and answers. The calls themselves are tested on real etcd (tests/integration)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import (
    Credentials,
    HttpGateway,
    api_server_connection,
    decode_piece,
    describe,
    refusal,
    split_endpoint,
)


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://10.0.0.1:2379", ("10.0.0.1", 2379)),
        ("https://[fd00::1]:2379", ("fd00::1", 2379)),
        ("https://etcd1.example.org", ("etcd1.example.org", 2379)),
    ],
)
def test_an_endpoint_is_split(endpoint: str, expected: tuple[str, int]) -> None:
    assert split_endpoint(endpoint) == expected


@pytest.mark.parametrize("endpoint", ["", "10.0.0.1:2379", "http://10.0.0.1:2379", "https://:2379", "https://h:x"])
def test_what_is_no_tls_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(QuorumError, match=r"E2304 .* is no etcd endpoint"):
        split_endpoint(endpoint)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error":"a","code":9,"message":"etcdserver: unhealthy cluster"}', "etcdserver: unhealthy cluster"),
        (b'{"code":14,"message":"etcdserver: no leader","details":[]}', "etcdserver: no leader"),
        (b'{"error":{"grpc_code":14,"message":"broken"}}', "broken"),
        (b'{"error":"only this"}', "only this"),
        (b"404 page not found\n", "404 page not found"),
        (b"", "no reason given"),
    ],
)
def test_a_refusal_is_told_in_etcds_own_words(body: bytes, said: str) -> None:
    assert refusal(body) == said


def test_a_piece_of_a_snapshot_is_decoded() -> None:
    line = json.dumps({"result": {"remaining_bytes": "0", "blob": base64.b64encode(b"\0data").decode()}}).encode()
    assert decode_piece(line, "https://h:2379") == b"\0data"


def test_a_stream_that_breaks_off_is_an_error() -> None:
    with pytest.raises(QuorumError, match=r"E2302 .*broke off the snapshot: closing down"):
        decode_piece(b'{"error":{"message":"closing down"}}', "https://h:2379")


def test_a_missing_client_certificate_is_named(tmp_path: Path) -> None:
    credentials = Credentials(*(str(tmp_path / name) for name in ("ca.crt", "client.crt", "client.key")))
    with pytest.raises(QuorumError, match=r"E2303 the client certificate for etcd cannot be used .*client.crt"):
        HttpGateway(credentials).call("https://127.0.0.1:2379", "/v3/maintenance/status", {})
    answer = describe(["https://127.0.0.1:2379"], credentials)
    assert answer["members"] == []
    assert answer["agreement"] is False
    assert "cannot be used" in answer["reasons"][0]


MANIFEST = """
spec:
  containers:
  - command:
    - kube-apiserver
    - --enable-bootstrap-token-auth=true
    - --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt
    - --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt
    - --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key
    - --etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379
"""


def test_the_way_to_etcd_is_read_from_the_api_servers_manifest() -> None:
    pki = "/etc/kubernetes/pki"
    client = f"{pki}/apiserver-etcd-client"
    expected = Credentials(f"{pki}/etcd/ca.crt", f"{client}.crt", f"{client}.key")
    assert api_server_connection(MANIFEST) == (["https://10.0.0.1:2379", "https://10.0.0.2:2379"], expected)


@pytest.mark.parametrize("manifest", ["", "spec: {}", MANIFEST.replace("--etcd-certfile", "--other")])
def test_a_manifest_without_a_complete_way_to_etcd_says_nothing(manifest: str) -> None:
    assert api_server_connection(manifest) is None
