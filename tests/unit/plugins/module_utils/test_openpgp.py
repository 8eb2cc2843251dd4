# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A signing key is taken by its fingerprint, and nothing else from the same file comes with it."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import openpgp
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

# Two Ed25519 keys in one file; the fingerprints are what gpg --list-keys prints.
FIRST = "B3A379780F1526E2F62B5833C2E5B4CB3958ED27"
SECOND = "8042358579B5B44E1E65FEDE2D50AC05F6538149"
TWO_KEYS = b"""-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawuA+RYJKwYBBAHaRw8BAQdAiE9+H/IWvV+j40jei+Fb+dqkdfAXWDdEedvT
+TF6L2O0D3F1b3J1bSB0ZXN0IG9uZYiQBBMWCAA4FiEEs6N5eA8VJuL2K1gzwuW0
yzlY7ScFAmsLgPkCGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQwuW0yzlY
7Se0WwEA3q6iL1BldkxHNWJfatM48VTdGlkNbugUALOTn4up28gBAKyjPsM+UBvB
eUxei8zWjLB+0tPeIrlq/4jcQq7uxSQBmDMEawuA+RYJKwYBBAHaRw8BAQdAcVq0
Of0AZ0OC5K9tjduz0XNbGwxI3cr67LUe8g/2csK0D3F1b3J1bSB0ZXN0IHR3b4iQ
BBMWCAA4FiEEgEI1hXm1tE4eZf7eLVCsBfZTgUkFAmsLgPkCGwMFCwkIBwIGFQoJ
CAsCBBYCAwECHgECF4AACgkQLVCsBfZTgUn2IgD9EsUK+7vKtWf+6i3v4/L7FqPN
CzeVSWblTzhKJn0f0ZcA/0bQiaFop3PGzrIvGOprhhagwepefBh4pfIyaU1eUOQG
=UARb
-----END PGP PUBLIC KEY BLOCK-----
"""


def test_the_fingerprints_are_those_that_gpg_prints() -> None:
    assert list(openpgp.keys(TWO_KEYS)) == [FIRST, SECOND]


def test_binary_and_armored_files_read_alike() -> None:
    assert openpgp.keys(openpgp.dearmor(TWO_KEYS)) == openpgp.keys(TWO_KEYS)


def test_only_the_wanted_key_is_taken() -> None:
    key = openpgp.extract(TWO_KEYS, SECOND)
    assert list(openpgp.keys(key)) == [SECOND]
    assert b"quorum test two" in key
    assert b"quorum test one" not in key


def test_what_is_armored_here_reads_back() -> None:
    key = openpgp.extract(TWO_KEYS, FIRST)
    assert openpgp.dearmor(openpgp.armor(key).encode()) == key


def test_a_fingerprint_is_accepted_as_people_copy_it() -> None:
    spaced = "b3a3 7978 0f15 26e2 f62b  5833 c2e5 b4cb 3958 ed27"
    assert openpgp.extract(TWO_KEYS, spaced) == openpgp.extract(TWO_KEYS, FIRST)


def test_another_key_is_refused_and_named() -> None:
    with pytest.raises(QuorumError) as error:
        openpgp.extract(TWO_KEYS, "DE15B14486CD377B9E876E1A234654DA9A296436")
    assert error.value.code == "E2412"
    assert FIRST in str(error.value)


def test_the_checksum_of_the_text_hello_is_known() -> None:
    # CRC-24 of RFC 9580 over "123456789" is 0x21CF02 (the catalogue of parametrised CRC algorithms).
    assert openpgp.crc24(b"123456789").hex() == "21cf02"


def _replace_first_letter(armored: bytes) -> bytes:
    return armored.replace(b"mDMEawuA", b"mDMEawuB", 1)


@pytest.mark.parametrize(
    "data",
    [
        _replace_first_letter(TWO_KEYS),
        openpgp.dearmor(TWO_KEYS)[:-7],
        b"<html>404 not found</html>",
        b"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!\n-----END PGP PUBLIC KEY BLOCK-----\n",
        b"\xff",
        b"\x9b",
    ],
    ids=["checksum", "cut short", "web page", "signature", "no base64", "header only", "indeterminate length"],
)
def test_damaged_files_are_refused(data: bytes) -> None:
    with pytest.raises(QuorumError) as error:
        openpgp.extract(data, FIRST)
    assert error.value.code == "E2411"


@pytest.mark.parametrize(
    ("header", "length"),
    [
        (b"\xc6\x05", 5),
        (b"\xc6\xc0\x08", 200),
        (b"\xc6\xff\x00\x00\x01\x00", 256),
        (b"\x98\x05", 5),
        (b"\x99\x01\x00", 256),
    ],
)
def test_every_form_of_a_packet_length_is_read(header: bytes, length: int) -> None:
    body = bytes(length)
    packet = next(openpgp.packets(header + body))
    assert (packet.tag, packet.body, packet.octets) == (openpgp.PUBLIC_KEY, body, header + body)


def test_an_empty_file_has_no_key() -> None:
    with pytest.raises(QuorumError, match="there is no key"):
        openpgp.extract(base64.b64decode(""), FIRST)
