# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""As much of OpenPGP (RFC 9580) as it takes to pick one public key by its fingerprint. Pure; no gpg needed.

Only the key that was asked for is kept: whatever else lies in a downloaded key file would be trusted by apt too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

PUBLIC_KEY = 6
PUBLIC_SUBKEY = 14

_ARMOR = re.compile(
    r"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[^\r\n]+: [^\r\n]*\r?\n)*\r?\n(?P<body>.*?)-----END", re.DOTALL
)


@dataclass(frozen=True)
class Packet:
    """One packet: its type, its content, and its octets as they were found."""

    tag: int
    body: bytes
    octets: bytes


def normal_fingerprint(text: str) -> str:
    """A fingerprint as people copy it, in the form that is compared: upper case, without blanks and colons."""
    return re.sub(r"[\s:]", "", text).upper()


def dearmor(data: bytes) -> bytes:
    """The octets of an ASCII-armored public key block; data that is not armored is returned as it is."""
    if not data.lstrip().startswith(b"-----BEGIN"):
        return data
    blocks = [match["body"] for match in _ARMOR.finditer(data.decode("ascii", errors="replace"))]
    if not blocks:
        raise QuorumError("E2411", "the key file has no OpenPGP public key block")
    return b"".join(_decode(block) for block in blocks)


def _decode(body: str) -> bytes:
    lines = body.split()
    checksum = lines.pop() if lines and lines[-1].startswith("=") else ""
    try:
        octets = base64.b64decode("".join(lines), validate=True)
    except binascii.Error as error:
        raise QuorumError("E2411", f"the key file is damaged: {error}") from error
    if checksum and checksum[1:] != base64.b64encode(crc24(octets)).decode():
        raise QuorumError("E2411", "the key file is damaged: its checksum does not match")
    return octets


def crc24(octets: bytes) -> bytes:
    """The checksum of ASCII armor (RFC 9580, section 6.1.1), three octets."""
    register = 0xB704CE
    for octet in octets:
        register ^= octet << 16
        for _bit in range(8):
            register <<= 1
            if register & 0x1000000:
                register ^= 0x864CFB
    return (register & 0xFFFFFF).to_bytes(3, "big")


def armor(octets: bytes) -> str:
    """A public key as text that apt reads from a file named .asc."""
    text = base64.b64encode(octets).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    checksum = "=" + base64.b64encode(crc24(octets)).decode()
    begin, end = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
    return "\n".join([begin, "", *lines, checksum, end, ""])


def packets(octets: bytes) -> Iterator[Packet]:
    """Split octets into packets (RFC 9580, section 4.2). Raises QuorumError when they are not whole."""
    position = 0
    while position < len(octets):
        start = position
        tag, length, position = _header(octets, position)
        end = position + length
        if end > len(octets):
            raise QuorumError("E2411", "the key file ends in the middle of a packet")
        yield Packet(tag, octets[position:end], octets[start:end])
        position = end


def _header(octets: bytes, position: int) -> tuple[int, int, int]:
    """Type and length of the packet at `position`, and where its content begins."""
    first = octets[position]
    if not first & 0x80:
        raise QuorumError("E2411", "the key file is not OpenPGP data")
    try:
        if first & 0x40:
            length, position = _new_length(octets, position + 1)
            return first & 0x3F, length, position
        size = {0: 1, 1: 2, 2: 4}[first & 0x03]
        return first >> 2 & 0x0F, _number(octets, position + 1, size), position + 1 + size
    except (KeyError, IndexError) as error:
        raise QuorumError("E2411", "the key file has a packet of unknown length") from error


def _new_length(octets: bytes, position: int) -> tuple[int, int]:
    first = octets[position]
    if first < 192:
        return first, position + 1
    if first < 224:
        return ((first - 192) << 8) + octets[position + 1] + 192, position + 2
    if first == 255:
        return _number(octets, position + 1, 4), position + 5
    raise KeyError(first)


def _number(octets: bytes, position: int, size: int) -> int:
    if position + size > len(octets):
        raise IndexError(position)
    return int.from_bytes(octets[position : position + size], "big")


def fingerprint(body: bytes) -> str:
    """The fingerprint of a public key packet (RFC 9580, section 5.5.4): SHA-1 for version 4, SHA-256 for version 6."""
    if body[:1] == b"\x04":
        # SHA-1 is what version 4 defines; it is a name here, and apt checks the signatures.
        return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).hexdigest().upper()
    if body[:1] == b"\x06":
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    return ""


def keys(data: bytes) -> dict[str, bytes]:
    """Every primary key of a key file with all that belongs to it, by fingerprint."""
    found: dict[str, bytes] = {}
    current = ""
    for packet in packets(dearmor(data)):
        if packet.tag == PUBLIC_KEY:
            current = fingerprint(packet.body)
        if current:
            found[current] = found.get(current, b"") + packet.octets
    return found


def extract(data: bytes, wanted: str) -> bytes:
    """The one key with the wanted fingerprint. Raises QuorumError, naming what is there, when it is not."""
    found = keys(data)
    key = found.get(normal_fingerprint(wanted))
    if key is None:
        there = ", ".join(found) or "no key"
        raise QuorumError(
            "E2412",
            f"the signing key has another fingerprint: there is {there}, wanted is {normal_fingerprint(wanted)}",
            "compare the fingerprint with the one its owner publishes, then correct the URL or the fingerprint",
        )
    return key
