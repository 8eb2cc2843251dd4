# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd's certificates, made so that no private key ever leaves the host it was made on.

Every host makes its own keys and asks with a certificate request; the one host that has the CA's key signs. What a
certificate is for (names, usages) is decided by the signer from the inventory, not by the request. All cryptography is
openssl's, through a Runner; keys are read from standard output and written to files, and are never arguments.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, run_checked

USAGES: dict[str, str] = {"server": "serverAuth", "client": "clientAuth"}
_USAGE_NAMES = {"TLS Web Server Authentication": "server", "TLS Web Client Authentication": "client"}

# A configuration of our own, so that nothing depends on the host's openssl.cnf.
_CONFIG = """\
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""

CA_DAYS = 3650
_DAY = 86400


@dataclass(frozen=True)
class Wanted:
    """A certificate that a host needs. ``names`` are DNS names and addresses, ``usages`` keys of USAGES."""

    name: str
    common_name: str
    names: tuple[str, ...]
    usages: tuple[str, ...]


def alternative_names(names: Sequence[str]) -> str:
    """The names as openssl writes a subjectAltName: ``DNS:etcd1, IP:10.0.0.1``."""
    return ", ".join(("IP:" if _is_address(name) else "DNS:") + name for name in names)


def _is_address(name: str) -> bool:
    return ":" in name or re.fullmatch(r"\d+(\.\d+){3}", name) is not None


def extensions(usages: Sequence[str], names: Sequence[str]) -> str:
    """The extensions of a certificate, as a section of openssl's configuration."""
    lines = [
        "[leaf]",
        "basicConstraints = critical, CA:FALSE",
        "keyUsage = critical, digitalSignature, keyEncipherment",
        "extendedKeyUsage = " + ", ".join(USAGES[usage] for usage in usages),
        "authorityKeyIdentifier = keyid",
    ]
    if names:
        lines.append("subjectAltName = " + alternative_names(names))
    return "\n".join(lines) + "\n"


def parse_extensions(text: str) -> tuple[set[str], set[str]]:
    """Names and usages in what ``openssl x509 -ext subjectAltName,extendedKeyUsage`` prints."""
    found = set(re.findall(r"(?:DNS|IP Address):([^,\s]+)", text))
    usages = {name for words, name in _USAGE_NAMES.items() if words in text}
    return {canonical(name) for name in found}, usages


def canonical(name: str) -> str:
    """One spelling of a name: lower case; IPv6 addresses in full, as openssl prints them."""
    if ":" not in name:
        return name.lower()
    head, _colons, tail = name.partition("::")
    first = [group for group in head.split(":") if group]
    last = [group for group in tail.split(":") if group]
    groups = first + ["0"] * (8 - len(first) - len(last)) + last
    return ":".join(f"{int(group, 16):X}" for group in groups)


def signing_plan(reports: Mapping[str, Mapping[str, Any]], candidates: Sequence[str]) -> dict[str, Any]:
    """Who signs what: ``reports`` are the hosts' results of ``state: requested``, ``candidates`` may hold the CA.

    The host with the CA's key signs; without one, a CA is made on the first candidate, but only if no host knows a CA
    yet: a second CA beside the first would split the cluster.
    """
    holders = [host for host in candidates if reports.get(host, {}).get("has_ca_key")]
    known = {report["ca"] for report in reports.values() if report.get("ca")}
    requests = [dict(request, host=host) for host, report in reports.items() for request in report.get("requests", ())]
    problem = ""
    if len(holders) > 1:
        problem = f"{' and '.join(holders)} have a CA's key each; there must be one CA"
    elif len(known) > 1:
        problem = "the hosts do not have the same CA certificate"
    elif not holders and known and requests:
        problem = "the CA's key is on no host of etcd any more; restore it from a backup"
    signer = holders[0] if holders else (candidates[0] if candidates else "")
    new_ca = not holders and not known
    return {"host": signer, "requests": requests, "new_ca": new_ca, "ca": next(iter(known), ""), "problem": problem}


class Pki:
    """A directory of PEM files on this host."""

    def __init__(self, runner: Runner, directory: str) -> None:
        self._runner = runner
        self.directory = directory

    def path(self, name: str) -> str:
        """Where a file of this directory is."""
        return os.path.join(self.directory, name)

    def read(self, name: str) -> str:
        """The text of a file, "" if it is not there."""
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def openssl(self, *arguments: str, stdin: str = "") -> str:
        """Run openssl and return what it prints."""
        fix = "Install openssl on this host, or look at the file that is named."
        return run_checked(self._runner, ["openssl", *arguments], "E2320", fix, stdin=stdin, timeout=60).stdout

    def new_key(self) -> str:
        """A private key, as PEM."""
        return self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")

    def request(self, wanted: Wanted) -> str:
        """A certificate request with the key of this name."""
        with _temporary(_CONFIG) as config:
            key, subject = self.path(f"{wanted.name}.key"), f"/CN={wanted.common_name}"
            return self.openssl("req", "-new", "-config", config, "-key", key, "-subj", subject)

    def flaw(self, wanted: Wanted, renew_days: int) -> str:
        """Why a new certificate is needed, "" if the one that is there will do for ``renew_days`` more days."""
        key, cert, ca = (self.path(name) for name in (f"{wanted.name}.key", f"{wanted.name}.crt", "ca.crt"))
        if not os.path.exists(key):
            return "there is no key"
        if not os.path.exists(cert) or not os.path.exists(ca):
            return "there is no certificate"
        if not self._runner.run(["openssl", "verify", "-CAfile", ca, cert], timeout=60).ok:
            return "the CA has not signed it"
        if self.openssl("x509", "-in", cert, "-noout", "-pubkey") != self.openssl("pkey", "-in", key, "-pubout"):
            return "it does not belong to the key"
        window = str(renew_days * _DAY)
        if not self._runner.run(["openssl", "x509", "-in", cert, "-noout", "-checkend", window], timeout=60).ok:
            return f"it ends within {renew_days} days"
        text = self.openssl("x509", "-in", cert, "-noout", "-ext", "subjectAltName,extendedKeyUsage")
        names, usages = parse_extensions(text)
        if not {canonical(name) for name in wanted.names} <= names or set(wanted.usages) != usages:
            return "it is for other names or usages"
        return ""

    def new_ca(self, common_name: str) -> str:
        """A certificate for the CA's key, as PEM."""
        with _temporary(_CONFIG) as config:
            arguments = ("req", "-x509", "-new", "-config", config, "-extensions", "ca", "-key", self.path("ca.key"))
            return self.openssl(*arguments, "-subj", f"/CN={common_name}", "-days", str(CA_DAYS), "-sha256")

    def sign(self, request: str, usages: Sequence[str], names: Sequence[str], days: int) -> str:
        """A certificate for the request's key and subject, with our extensions, as PEM."""
        with _temporary(extensions(usages, names)) as extension_file:
            arguments = ["x509", "-req", "-CA", self.path("ca.crt"), "-CAkey", self.path("ca.key"), "-sha256"]
            arguments += ["-set_serial", str(secrets.randbits(127)), "-days", str(days)]
            return self.openssl(*arguments, "-extfile", extension_file, "-extensions", "leaf", stdin=request)


class _temporary:
    """A file with text that is no secret, for the time of a ``with`` block."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._path = ""

    def __enter__(self) -> str:
        descriptor, self._path = tempfile.mkstemp()
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self._text)
        return self._path

    def __exit__(self, *details: object) -> None:
        os.unlink(self._path)


def refuse(problem: str) -> None:
    """Raise QuorumError for a problem of a signing plan."""
    if problem:
        raise QuorumError("E2321", f"etcd's certificates cannot be made: {problem}", "See docs/etcd.md, certificates.")
