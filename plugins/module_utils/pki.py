# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The little of X.509 that is needed on a host without a cryptography library.

A join is pinned to the SHA-256 of the CA's SubjectPublicKeyInfo (RFC 5280, section 4.1; kubeadm's discovery pins).
The reader walks the outer TLVs of a DER certificate and never interprets keys.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import hashlib
import ipaddress
import re
import time
from typing import NamedTuple

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s+(.+?)\s+-----END CERTIFICATE-----", re.DOTALL)

_SEQUENCE = 0x30
_UTC_TIME = 0x17
_EXPLICIT_VERSION = 0xA0
# tbsCertificate without the optional version: serial, signature, issuer, validity, subject, subjectPublicKeyInfo
_VALIDITY_POSITION = 3
_SUBJECT_POSITION = 4
_SPKI_POSITION = 5

_EXPLICIT_EXTENSIONS = 0xA3
_SUBJECT_ALTERNATIVE_NAME = bytes((0x55, 0x1D, 0x11))  # 2.5.29.17
_DNS_NAME = 0x82
_IP_ADDRESS = 0x87

NODE_PREFIX = b"system:node:"


class Tlv(NamedTuple):
    """One DER element: its tag, its content, and its whole encoding."""

    tag: int
    content: bytes
    encoded: bytes


def ca_cert_hash(pem: str) -> str:
    """The pin of the first certificate in a PEM text, as ``sha256:`` and 64 hex digits.

    The same as ``openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256``.
    """
    return "sha256:" + hashlib.sha256(public_key_info(certificate_der(pem))).hexdigest()


def certificate_der(pem: str) -> bytes:
    """The DER bytes of the first certificate in a PEM text (others, such as intermediates, follow it)."""
    found = _PEM.search(pem)
    if not found:
        raise QuorumError("E2150", "the text holds no PEM certificate")
    try:
        return base64.b64decode("".join(found.group(1).split()), validate=True)
    except binascii.Error as error:
        raise QuorumError("E2150", f"the PEM certificate is damaged: {error}") from error


def public_key_info(der: bytes) -> bytes:
    """The encoded SubjectPublicKeyInfo of a DER certificate."""
    return _field(der, _SPKI_POSITION).encoded


def node_name(pem: str) -> str:
    """The node's name in a kubelet's client certificate (CN ``system:node:NAME``), or "" when it has none."""
    subject = _field(certificate_der(pem), _SUBJECT_POSITION)
    for relative_name in _children(subject.content):
        for attribute in _children(relative_name.content):
            value = _children(attribute.content)[-1].content
            if value.startswith(NODE_PREFIX):
                return value[len(NODE_PREFIX) :].decode(errors="replace")
    return ""


def not_after(pem: str) -> float:
    """When the first certificate in a PEM text ends, in epoch seconds (RFC 5280, section 4.1.2.5)."""
    value = _children(_field(certificate_der(pem), _VALIDITY_POSITION).content)[-1]
    text = value.content.decode(errors="replace")
    if value.tag == _UTC_TIME:
        text = ("19" if text >= "5" else "20") + text
    try:
        return float(calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ")))
    except ValueError as error:
        raise QuorumError("E2150", "the certificate has no end where X.509 has it") from error


def alternative_names(pem: str) -> list[str]:
    """DNS names and addresses that the first certificate in a PEM text is valid for (RFC 5280, section 4.2.1.6)."""
    to_be_signed = _children(_read(certificate_der(pem)).content)[0]
    extensions = [field for field in _children(to_be_signed.content) if field.tag == _EXPLICIT_EXTENSIONS]
    for extension in _children(_read(extensions[0].content).content) if extensions else []:
        identifier, *_critical, value = _children(extension.content)
        if identifier.content == _SUBJECT_ALTERNATIVE_NAME:
            names = _children(_read(value.content).content)
            return [_general_name(name) for name in names if name.tag in (_DNS_NAME, _IP_ADDRESS)]
    return []


def _general_name(name: Tlv) -> str:
    if name.tag == _IP_ADDRESS:
        return str(ipaddress.ip_address(name.content))
    return name.content.decode(errors="replace").lower()


def _field(der: bytes, position: int) -> Tlv:
    """A sequence in the to-be-signed part of a DER certificate; positions do not count the optional version."""
    certificate = _read(der)
    if certificate.tag != _SEQUENCE or len(certificate.encoded) != len(der):
        raise QuorumError("E2150", "the certificate is not one DER sequence")
    to_be_signed = _children(certificate.content)[0]
    fields = [field for field in _children(to_be_signed.content) if field.tag != _EXPLICIT_VERSION]
    if len(fields) <= position or fields[position].tag != _SEQUENCE:
        raise QuorumError("E2150", "the certificate has no public key where X.509 has it")
    return fields[position]


def _children(content: bytes) -> list[Tlv]:
    children = []
    while content:
        child = _read(content)
        children.append(child)
        content = content[len(child.encoded) :]
    if not children:
        raise QuorumError("E2150", "the certificate is cut short")
    return children


def _read(data: bytes) -> Tlv:
    """The element at the start of data. Tags above 30 and indefinite lengths do not occur in certificates."""
    if len(data) < 2:
        raise QuorumError("E2150", "the certificate is cut short")
    length, header = data[1], 2
    if length & 0x80:
        size = length & 0x7F
        length, header = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
    end = header + length
    if end > len(data):
        raise QuorumError("E2150", "the certificate is cut short")
    return Tlv(data[0], data[header:end], data[:end])
