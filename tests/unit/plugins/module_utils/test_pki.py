# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The pin of a CA against openssl's answers."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.pki import (
    alternative_names,
    ca_cert_hash,
    certificate_der,
    public_key_info,
)

# Each made by `openssl req -x509`; each pin by
# `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum`.
RSA = """
-----BEGIN CERTIFICATE-----
MIIDDTCCAfWgAwIBAgIUGmEEK9vacZeTfLUkVqBVg6wGg48wDQYJKoZIhvcNAQEL
BQAwFTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjkwMTI5MzJaGA8yMTI2
MTEwNTAxMjkzMlowFTETMBEGA1UEAwwKa3ViZXJuZXRlczCCASIwDQYJKoZIhvcN
AQEBBQADggEPADCCAQoCggEBALHhWT4IBla8m7BheHYwsdUuZkGJRx+rNCRy0GC0
KsrXVejoK0hDFcg8K0BDnGzWvKC22K3KCJHESFXxFj+xXQgbj9r2di18jGhOtU3h
Iwg081RP8xAE90lWixaFYCV/nrBx9VSuCyfTX4B2xtuMqw3MRW69qTM6N2TE8+Eq
Vycve4yoXoxPxJ7QQgeDLCmru/ms78KZkLg29ejqR9lYMcqh5JE9Yag94IXcKR2z
2dt9IvVY8RnA/FAtsvH058y8StkLCBRrGq56hb+BFIiZRMtngyESnjV/LaFng5a0
Cdxc87S2DVaEMrJFzArxuTGe+HAIuJ0hOR6hHZrml1lPw5MCAwEAAaNTMFEwHQYD
VR0OBBYEFAIovD04DgPCG8KFkqW3tB/YznoKMB8GA1UdIwQYMBaAFAIovD04DgPC
G8KFkqW3tB/YznoKMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEB
AFDpYFdV6Fm4Z7H/BQ+Sb4B28zdzET17C/guxseqP4f0YjvLwdJYIXyzkjAWN4Ys
smuTUu3vPPA8Nwzq+/SEyt9wFkGctLR5DtxDDhViI+aaEaZEf0e3+e9tRh/AXuJV
TWZt5yIOGYrH/WszWEmqSZW9b2gl98AMez3pG0pCktjWp5pSCJ8dMIomYlGHCT+J
NCn1I+ZHhSJ1faMGoR7q9VWMB19YQfytNgS+vforgY8G/sHx29Hpt8LuAGL1UvxD
6MwJ9tvKnUHx2B0QYxWtx8E1eqgV8RnR0q9QKC2aoUvKKt1C48jak+slFAec8GfA
ZE3Kcf6vrFR9j4UxlorkXoM=
-----END CERTIFICATE-----
"""
EC = """
-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUCIjIJlkndjQRFsB65qRU487eZuwwCgYIKoZIzj0EAwIw
JTEOMAwGA1UECgwFw5xuw68xEzARBgNVBAMMCmt1YmVybmV0ZXMwIBcNMjYxMTI5
MDEyOTMyWhgPMjEyNjExMDUwMTI5MzJaMCUxDjAMBgNVBAoMBcOcbsOvMRMwEQYD
VQQDDAprdWJlcm5ldGVzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+gwqCAGE
ZtyI19hM/N0M294DmdEE0SgwtLe6tkm+AZKgbNNMIToIX/x1IpKqgmq207wh8bJ+
ql7Z2LUUwZE6DqNTMFEwHQYDVR0OBBYEFHHtwx9hNX+Mm6AlXZ0qZkvdIoWcMB8G
A1UdIwQYMBaAFHHtwx9hNX+Mm6AlXZ0qZkvdIoWcMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIhAIpptsOxzqf/DDgHSiwUNIgSw0+QFbcZy0SqvE1H
fFB8AiBggq8Eu2KO5UkNzk9wo5fXaPm97mF1LLKU57qNJqFTtw==
-----END CERTIFICATE-----
"""
EC384 = """
-----BEGIN CERTIFICATE-----
MIIBuDCCAT6gAwIBAgIUd90FdzNOWUc7nvjm99sDAiGSTCIwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHZXRjZC1jYTAgFw0yNjExMjkwMTI5MzJaGA8yMTI2MTEwNTAx
MjkzMlowEjEQMA4GA1UEAwwHZXRjZC1jYTB2MBAGByqGSM49AgEGBSuBBAAiA2IA
BILGdbYTVFb2WTrL1ad8FE0KgDAK09clRvsCSC7IY/X8znNnhpCOgq8NKlm30Jcc
qRmpKwmYcCQIU1k7Dhe2Wbf9ZUY1MrNdXfVRjveGLqA84ZxSEnanm8gSD7isocro
W6NTMFEwHQYDVR0OBBYEFNsKxS46kax4UxEDYp187xLWB7B2MB8GA1UdIwQYMBaA
FNsKxS46kax4UxEDYp187xLWB7B2MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0E
AwIDaAAwZQIwKbLYqknTyjlHJrvP3EC5t5kpUV1GI6NhgaQvVlmVvgnpZ4I0CePk
lRJWocpkwqiFAjEAvJfWIMHBZXHkmczAaO9CF08LC2RXUq1clTrQ+1CEQGYzwLLz
AkIHIf4KlxFMsQPF
-----END CERTIFICATE-----
"""

PINS = {
    RSA: "397d8c73d83962ccbbc759e8fefba1ddf51f3175a90f40503a09a32349f1f734",
    EC: "0509a7bfde5e25ff6d499df883ecb3a2057baaeaa2fa8b74746a29d1c0250560",
    EC384: "c7a88aeab86e9cce7620924273586425bc9d1d41533310dc9df78759455494ef",
}


@pytest.mark.parametrize(("pem", "pin"), PINS.items(), ids=["rsa-2048", "ecdsa-p256", "ecdsa-p384"])
def test_the_pin_is_the_one_that_openssl_computes(pem: str, pin: str) -> None:
    assert ca_cert_hash(pem) == f"sha256:{pin}"


def test_the_first_certificate_of_a_bundle_counts() -> None:
    assert ca_cert_hash(RSA + EC) == ca_cert_hash(RSA)


def test_text_round_the_certificate_and_windows_line_ends_do_no_harm() -> None:
    assert ca_cert_hash("subject=CN = kubernetes\n" + EC.replace("\n", "\r\n")) == ca_cert_hash(EC)


@pytest.mark.parametrize("text", ["", "no certificate", EC.replace("MIIB", "M?IB")], ids=["empty", "other", "damaged"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(QuorumError, match=r"E2150"):
        ca_cert_hash(text)


def test_a_certificate_cut_anywhere_is_refused_and_never_hashed() -> None:
    der = certificate_der(EC)
    for length in range(len(der)):
        with pytest.raises(QuorumError, match=r"E2150"):
            public_key_info(der[:length])


# openssl req -x509 ... -addext subjectAltName=DNS:CP1,DNS:kubernetes,IP:10.96.0.1,IP:fd00::1,email:a@b.example
WITH_NAMES = """\
-----BEGIN CERTIFICATE-----
MIIBzDCCAXKgAwIBAgIUcA1gQWI3nniGroNNkScGjKQQutswCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOa3ViZS1hcGlzZXJ2ZXIwIBcNMjYxMTI5MTA1MTM4WhgPMjEy
NjExMDUxMDUxMzhaMBkxFzAVBgNVBAMMDmt1YmUtYXBpc2VydmVyMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEGE4+kg9cz7KZMmnvFp1OeuA/FUHg6tTO1PbrPMeG
Hgu5tBIN3+FZzcwNJhQY2lUd7va8vVSPN4SJAVC25bVjt6OBlTCBkjAdBgNVHQ4E
FgQUpI3pKWKAqNXSmkPyAwbnLK519zEwHwYDVR0jBBgwFoAUpI3pKWKAqNXSmkPy
AwbnLK519zEwDwYDVR0TAQH/BAUwAwEB/zA/BgNVHREEODA2ggNDUDGCCmt1YmVy
bmV0ZXOHBApgAAGHEP0AAAAAAAAAAAAAAAAAAAGBC2FAYi5leGFtcGxlMAoGCCqG
SM49BAMCA0gAMEUCIEFB5nMbmxW2ujm2IiJ0jhj3D1lk3QCrfKP2VxsQR41nAiEA
rAaxd+n8VmFnj8tA2BHCMHhO6XPnc05FZacMRT1htlo=
-----END CERTIFICATE-----
"""


def test_the_names_of_a_certificate_are_those_that_openssl_was_asked_for() -> None:
    assert alternative_names(WITH_NAMES) == ["cp1", "kubernetes", "10.96.0.1", "fd00::1"]
    assert alternative_names(EC) == []
