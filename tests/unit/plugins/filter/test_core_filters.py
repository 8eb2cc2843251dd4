# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters' answers to right and wrong input."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.filter import (
    api_server_sans,
    ca_cert_hash,
    containerd_hosts_files,
    kubeadm_documents,
    to_toml,
)
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_pki import PINS


@pytest.mark.parametrize(("pem", "pin"), PINS.items())
def test_ca_cert_hash(pem: str, pin: str) -> None:
    assert ca_cert_hash.FilterModule().filters()["ca_cert_hash"](pem) == f"sha256:{pin}"


@pytest.mark.parametrize("value", [None, 3, b"pem", "no certificate"])
def test_ca_cert_hash_names_itself_when_refusing(value: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"quorum.kubernetes.ca_cert_hash"):
        ca_cert_hash.ca_cert_hash(value)


def test_kubeadm_documents() -> None:
    answer = kubeadm_documents.FilterModule().filters()["kubeadm_documents"](
        {"version": "1.37.1", "node": {"name": "w1", "ip": "10.0.0.21"}}, kind="join"
    )
    assert [document["kind"] for document in answer] == ["JoinConfiguration"]


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ("1.37.1", "init"),
        ({}, "init"),
        ({"version": "1.37.1", "node": {"ip": "10.0.0.1"}}, "init"),
        (
            {"version": "1.37.1", "node": {"name": "a", "ip": "10.0.0.1"}, "pod_subnet": "x", "node_cidr_mask": 24},
            "init",
        ),
        ({"version": "1.37.1", "node": {"name": "a"}}, "upgrade"),
    ],
)
def test_kubeadm_documents_names_itself_when_refusing(settings: object, kind: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"quorum.kubernetes.kubeadm_documents"):
        kubeadm_documents.kubeadm_documents(settings, kind)


def test_api_server_sans() -> None:
    answer = api_server_sans.FilterModule().filters()["api_server_sans"](
        [{"name": "cp1", "address": "10.0.0.11"}], endpoint="api:6443"
    )
    assert answer == ["api", "cp1", "10.0.0.11", "localhost", "127.0.0.1"]


@pytest.mark.parametrize("value", ["cp1", ["cp1"], None])
def test_api_server_sans_names_itself_when_refusing(value: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"quorum.kubernetes.api_server_sans"):
        api_server_sans.api_server_sans(value)


def test_containerd_hosts_files() -> None:
    answer = containerd_hosts_files.FilterModule().filters()["containerd_hosts_files"](
        {"ghcr.io": ["http://mirror:5000"]}
    )
    assert [file["path"] for file in answer] == ["/etc/containerd/certs.d/ghcr.io/hosts.toml"]
    assert 'server = "https://ghcr.io"' in answer[0]["content"]
    assert '[host."http://mirror:5000"]' in answer[0]["content"]


@pytest.mark.parametrize("value", [None, ["ghcr.io"], {"ghcr.io": "http://mirror:5000"}])
def test_containerd_hosts_files_names_itself_when_refusing(value: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"quorum.kubernetes.containerd_hosts_files"):
        containerd_hosts_files.containerd_hosts_files(value)


def test_to_toml() -> None:
    assert to_toml.FilterModule().filters()["to_toml"]({"version": 3}) == "version = 3\n"


@pytest.mark.parametrize("value", [None, "version = 3", {"a": None}])
def test_to_toml_names_itself_when_refusing(value: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"quorum.kubernetes.to_toml"):
        to_toml.to_toml(value)
