# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scanner finds what it must and stays silent about what only looks like a secret."""

from __future__ import annotations

import base64

import pytest

from tests.tools.leaks import in_arguments, in_log, in_logs, in_text

TOKEN = "abcdef.0123456789abcdef"
KEY = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text",
    [
        f"kubeadm join 192.0.2.1:6443 --token {TOKEN} --discovery-token-ca-cert-hash sha256:{KEY}",
        f'{{"token": "{TOKEN}"}}',
        f"token={TOKEN}",
        f"--certificate-key {KEY}",
        f'"certificateKey": "{KEY}"',
        f"certificate_key={KEY}",
        "-----BEGIN EC PRIVATE KEY-----",
        base64.b64encode(b"-----BEGIN RSA PRIVATE KEY-----\nMIIE").decode(),
        base64.b64encode(b"-----BEGIN PRIVATE KEY-----\nMIIE").decode(),
    ],
)
def test_secret_is_found(text: str) -> None:
    assert len(list(in_text(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"sha256:{KEY}",
        f"registry.k8s.io/pause@sha256:{KEY}",
        "system.slice",
        "/etc/apt/abcdef.0123456789abcdef",
        "-----BEGIN CERTIFICATE-----",
        "kubeadm-certificate-key is not shown",
        base64.b64encode(b"-----BEGIN CERTIFICATE-----\nMIIE").decode(),
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert list(in_text(text)) == []


def test_found_secret_is_not_repeated_in_full() -> None:
    assert TOKEN not in next(in_text(f"--token {TOKEN}"))


def test_bare_certificate_key_is_found_in_a_log_but_not_the_hash_of_a_configuration_or_a_snapshot() -> None:
    assert len(list(in_log(f'{{"key": "{KEY}"}}'))) == 1
    assert len(list(in_log(f'{{"sha256": "{KEY}", "key": "{KEY}"}}'))) == 1
    assert list(in_log(f'"quorum.kubernetes/config": "{KEY}"')) == []
    assert list(in_log(f'"snapshot": {{"sha256": "{KEY}"')) == []


def test_bare_certificate_key_is_found_in_arguments_of_kubeadm() -> None:
    assert list(in_arguments([["kubeadm", "init", "phase", "upload-certs", KEY]]))


def test_container_ids_of_runtimes_are_no_secrets() -> None:
    assert list(in_arguments([["/usr/bin/containerd-shim-runc-v2", "-id", KEY], ["runc", "kubeadm", KEY]])) == []


def test_only_logs_with_secrets_are_named_and_each_secret_once() -> None:
    found = in_logs({"first": f"token={TOKEN}\n", "second": "ok: [cp1]\n", "third": ""})
    assert list(found) == ["first"]
    assert len(found["first"]) == 1
