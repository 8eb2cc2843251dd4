# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files sealed with a passphrase: a tar archive, encrypted by openssl and authenticated before it is opened.

The passphrase reaches openssl on standard input and is never an argument. The code over the ciphertext (HMAC-SHA256,
encrypt-then-MAC) tells a wrong passphrase or a changed archive before anything is decrypted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import os
import secrets
import shutil
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner

# OWASP's advice for PBKDF2 with HMAC-SHA256 (Password Storage Cheat Sheet, 2023).
ITERATIONS = 600_000
FORMAT = "quorum.kubernetes sealed 1"
CIPHER = ("enc", "-aes-256-cbc", "-pbkdf2", "-iter", str(ITERATIONS), "-md", "sha256", "-pass", "stdin")
MINIMUM_LENGTH = 12

# In memory on every host with systemd: what is in the clear never reaches a disk.
MEMORY = "/run/quorum"
PREFIX = "sealed-"
ABANDONED = 600.0  # seconds after which no run works with a directory any more: openssl gets 120


def refuse_weak(passphrase: str) -> None:
    """Raise QuorumError for a passphrase that protects nothing, and that nothing was ever sealed with."""
    if len(passphrase) < MINIMUM_LENGTH or "\n" in passphrase:
        raise QuorumError(
            "E2350",
            f"the passphrase of the backup is missing, has fewer than {MINIMUM_LENGTH} characters, or a line break",
            "Set kube_backup_passphrase with ansible-vault, or KUBE_BACKUP_PASSPHRASE in the environment.",
        )


def pack(paths: Sequence[str], texts: Mapping[str, str] | None = None) -> bytes:
    """A tar archive of files and directories that exist, under their absolute paths, and of texts under their names.

    What a link leads to is in it and not the link, which would lead nowhere on a host that is made anew.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        for path in paths:
            if os.path.exists(path):
                archive.add(path, arcname=path.lstrip("/"))
        for name, text in (texts or {}).items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o600
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def names(content: bytes) -> list[str]:
    """What is in an archive."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r") as archive:
        return archive.getnames()


def read_text(content: bytes, name: str) -> str:
    """One text of an archive, "" if it is not in it."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r") as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member) if member.name == name else None
            if file is not None:
                return file.read().decode()
    return ""


def unpack(content: bytes, below: str, root: str = "/") -> list[str]:
    """Write those files of an archive that lie below the path ``below``, with their modes and owners.

    Returns the paths of the files, sorted. Nothing is written if the archive holds anything but files and directories.
    """
    wanted = below.strip("/")
    with tarfile.open(fileobj=io.BytesIO(content), mode="r") as archive:
        members = [m for m in archive.getmembers() if m.name == wanted or m.name.startswith(wanted + "/")]
        for member in members:
            if ".." in member.name.split("/") or not (member.isfile() or member.isdir()):
                raise QuorumError("E2352", f"the sealed archive holds something unexpected: {member.name}")
        for member in members:
            _write(archive, member, os.path.join(root, member.name))
    return sorted(os.path.join(root, member.name) for member in members if member.isfile())


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    if member.isdir():
        os.makedirs(path, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        content = archive.extractfile(member)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.read() if content else b"")
    os.chown(path, member.uid, member.gid)
    os.chmod(path, member.mode & 0o7777)


def seal(runner: Runner, content: bytes, passphrase: str) -> str:
    """Encrypt and authenticate; returns JSON text."""
    refuse_weak(passphrase)
    data = _openssl(runner, content, passphrase, "-salt")
    salt = secrets.token_bytes(16)
    sealed = {"format": FORMAT, "salt": _coded(salt), "mac": _coded(_mac(passphrase, salt, data)), "data": _coded(data)}
    return json.dumps(sealed, indent=1) + "\n"


def unseal(runner: Runner, text: str, passphrase: str) -> bytes:
    """Return what was sealed. Raises QuorumError for a wrong passphrase and for anything that was changed."""
    refuse_weak(passphrase)
    try:
        sealed = json.loads(text)
        salt, mac, data = (base64.b64decode(sealed[name], validate=True) for name in ("salt", "mac", "data"))
        known = sealed["format"] == FORMAT
    except (ValueError, KeyError, TypeError) as error:
        raise QuorumError("E2351", "the sealed part of the backup is damaged") from error
    if not known or not hmac.compare_digest(mac, _mac(passphrase, salt, data)):
        raise QuorumError("E2351", "the passphrase is wrong, or the sealed part of the backup was changed")
    return _openssl(runner, data, passphrase, "-d")


def _mac(passphrase: str, salt: bytes, data: bytes) -> bytes:
    key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ITERATIONS)
    return hmac.new(key, data, hashlib.sha256).digest()


def _openssl(runner: Runner, content: bytes, passphrase: str, direction: str) -> bytes:
    """Let openssl read and write files that only this user may read, in memory and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=_memory()) as directory:
        source, target = os.path.join(directory, "in"), os.path.join(directory, "out")
        descriptor = os.open(source, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        result = runner.run(
            ["openssl", *CIPHER, direction, "-in", source, "-out", target], passphrase + "\n", None, 120
        )
        if not result.ok:
            raise QuorumError("E2351", f"openssl could not seal or open the backup: {result.reason()}")
        with open(target, "rb") as file:
            return file.read()


def _memory() -> str | None:
    """The directory in memory, without what a run that was killed has left there; None where there is none."""
    if not os.access(os.path.dirname(MEMORY), os.W_OK):
        return None
    os.makedirs(MEMORY, mode=0o700, exist_ok=True)
    for entry in os.scandir(MEMORY):
        # Another run may be removing the same one; what stays is removed by the next.
        if entry.name.startswith(PREFIX) and time.time() - entry.stat().st_mtime > ABANDONED:
            shutil.rmtree(entry.path, ignore_errors=True)
    return MEMORY


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()
