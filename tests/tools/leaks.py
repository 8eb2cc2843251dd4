# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find secrets of a cluster in text that must not carry any: bootstrap tokens, certificate keys, private keys."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping

# Formats: kubeadm's bootstrap token is [a-z0-9]{6}.[a-z0-9]{16}, its certificate key 32 bytes in hexadecimal.
TOKEN = re.compile(r"(?<![A-Za-z0-9./_-])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![A-Za-z0-9_.-])")
LABELLED_KEY = re.compile(r"certificate[-_ ]?key[\"'=:\s\\]{1,12}([0-9a-f]{64})(?![0-9a-f])", re.IGNORECASE)
BARE_KEY = re.compile(r"(?<![0-9a-f:@])[0-9a-f]{64}(?![0-9a-f])")
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY")
ENCODED_PRIVATE_KEY = re.compile(
    "|".join(
        base64.b64encode(f"-----BEGIN {kind}PRIVATE KEY".encode()).decode().rstrip("=")[:-1]
        for kind in ("", "RSA ", "EC ")
    )
)
# What stands before a hash: the annotation with that of flannel's configuration, and the name of a snapshot's.
HASH = re.compile(r"quorum\.kubernetes/config.*|sha256\W{1,12}$", re.DOTALL)
RUNTIMES = frozenset({"containerd-shim-runc-v2", "runc", "crun", "conmon", "podman", "exe", "crictl", "ctr"})


def in_text(text: str) -> Iterator[str]:
    """What looks like a secret in a log or a file, one sentence each; the secret itself is cut short."""
    for kind, pattern in (
        ("bootstrap token", TOKEN),
        ("certificate key", LABELLED_KEY),
        ("private key", PRIVATE_KEY),
        ("private key in base64", ENCODED_PRIVATE_KEY),
    ):
        for match in pattern.finditer(text):
            yield f"{kind} {_context(text, match)}"


def in_log(text: str) -> Iterator[str]:
    """The same for a log, in which 64 bare hexadecimal digits can only be a certificate key, or are called a hash."""
    yield from in_text(text)
    for match in BARE_KEY.finditer(text):
        if not HASH.search(text[max(0, match.start() - 60) : match.start()]):
            yield f"64 hexadecimal digits {_context(text, match)}"


def in_logs(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The same for several logs by name, each sentence once; logs without such are left out."""
    return {name: found for name, text in texts.items() if (found := sorted(set(in_log(text))))}


def in_arguments(vectors: Iterable[list[str]]) -> Iterator[str]:
    """What looks like a secret in argument vectors. Container runtimes name containers by 64 hexadecimal digits."""
    for vector in vectors:
        line = " ".join(vector)
        found = list(in_text(line))
        if os.path.basename(vector[0]) not in RUNTIMES and "kubeadm" in line:
            found += [f"64 hexadecimal digits {_context(line, match)}" for match in BARE_KEY.finditer(line)]
        yield from (f"{what} in the arguments of {vector[0]}" for what in found)


def _context(text: str, match: re.Match[str]) -> str:
    before = text[max(0, match.start() - 60) : match.start()].replace("\n", " ")
    return f"after {before!r}: {match.group()[:8]}..."
