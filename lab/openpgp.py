# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The signing keys of the lab's package repositories."""

from __future__ import annotations

from pathlib import Path

from lab.cache import KEYS
from lab.errors import LabError
from lab.process import attempt, run


class SigningKey:
    """An OpenPGP key without a passphrase, in a keyring of its own in the lab's cache."""

    def __init__(self, name: str) -> None:
        self._home = KEYS / name
        self._user = f"quorum.kubernetes lab ({name})"

    def fingerprint(self) -> str:
        """Return the 40 digits of the key's fingerprint, making the key if there is none."""
        found = parse_fingerprint(self._list())
        if not found:
            self._home.mkdir(parents=True, mode=0o700, exist_ok=True)
            self._gpg("--passphrase", "", "--quick-generate-key", self._user, "rsa3072", "sign", "never")
            found = parse_fingerprint(self._list())
        if not found:
            raise LabError(f"gpg made no key in {self._home}", "Remove that folder and run the command again")
        return found

    def armored(self) -> str:
        """Return the public key as text."""
        return self._gpg("--armor", "--export", self.fingerprint())

    def sign_inline(self, source: Path, target: Path) -> None:
        """Write InRelease: the text and its signature in one file."""
        self._sign("--clearsign", source, target)

    def sign_detached(self, source: Path, target: Path) -> None:
        """Write Release.gpg: the signature alone."""
        self._sign("--detach-sign", source, target)

    def _sign(self, how: str, source: Path, target: Path) -> None:
        options = ["--local-user", self.fingerprint(), "--armor", "--digest-algo", "SHA512", "--yes"]
        self._gpg(*options, "--output", str(target), how, str(source))

    def _list(self) -> str:
        if not self._home.is_dir():
            return ""
        return attempt([*self._command(), "--with-colons", "--list-secret-keys"]).stdout

    def _gpg(self, *arguments: str) -> str:
        output = run([*self._command(), *arguments])
        # The agent would stay behind as a process that nobody asked for.
        attempt(["gpgconf", "--homedir", str(self._home), "--kill", "all"])
        return output

    def _command(self) -> list[str]:
        return ["gpg", "--homedir", str(self._home), "--batch", "--quiet", "--pinentry-mode", "loopback"]


def parse_fingerprint(colons: str) -> str:
    """Return the first fingerprint in the output of `gpg --with-colons`, or an empty string."""
    lines = (line.split(":") for line in colons.splitlines())
    return next((fields[9] for fields in lines if fields[0] == "fpr"), "")
