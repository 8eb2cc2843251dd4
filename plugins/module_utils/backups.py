# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Backups of a cluster: one tar file with a proved snapshot, the sealed PKI, kubeadm's configuration and a manifest.

The manifest in the open is for people; the same manifest lies in the sealed part, where nobody without the passphrase
can change it, and that one counts. Through it every other file of the backup is pinned by its digest.

What a host of etcd saves at set times has a snapshot and a manifest alone: there is no passphrase on that host.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

FORMAT = "quorum.kubernetes backup 1"
SNAPSHOT_FORMAT = "quorum.kubernetes snapshot 1"

MANIFEST = "manifest.json"
SNAPSHOT = "snapshot.db"
SEALED = "secrets.sealed"
CONFIGURATION = "kubeadm.yaml"

PARTS = (MANIFEST, CONFIGURATION, SEALED, SNAPSHOT)
SNAPSHOT_PARTS = (MANIFEST, SNAPSHOT)

# In the sealed part: the cluster's CA, and that of etcd, stacked or external.
CA_CERTIFICATE = "etc/kubernetes/pki/ca.crt"
ETCD_CA_CERTIFICATES = ("etc/kubernetes/pki/etcd/ca.crt", "etc/etcd/pki/ca.crt")

# Before the name of each sealed text of another host.
MORE = "more/"

# A backup's name: cluster, time in UTC. That of a snapshot has the member too, since many hosts take them.
_NAME = re.compile(r"^(?P<cluster>.+)-\d{8}T\d{6}Z\.tar$")
_SNAPSHOT_NAME = re.compile(r"^(?P<cluster>.+)-\d{8}T\d{6}Z-.+\.snapshot\.tar$")
_ENCRYPTION = re.compile(r"--encryption-provider-config=([^\s\"']+)")


def file_name(cluster: str, timestamp: str) -> str:
    """The name of a backup file; ``timestamp`` is UTC as 20261129T013000Z."""
    return f"{cluster}-{timestamp}.tar"


def snapshot_name(cluster: str, timestamp: str, member: str) -> str:
    """The name of a file with a snapshot alone."""
    return f"{cluster}-{timestamp}-{member}.snapshot.tar"


def outdated(names: Sequence[str], cluster: str, keep: int) -> list[str]:
    """Backups of this cluster, oldest first, beyond the ``keep`` newest; 0 keeps all."""
    return _beyond(names, _NAME, cluster, keep)


def outdated_snapshots(names: Sequence[str], cluster: str, keep: int) -> list[str]:
    """Files with a snapshot alone of this cluster, oldest first, beyond the ``keep`` newest."""
    return _beyond(names, _SNAPSHOT_NAME, cluster, keep)


def _beyond(names: Sequence[str], pattern: re.Pattern[str], cluster: str, keep: int) -> list[str]:
    own = sorted(name for name in names for hit in [pattern.match(name)] if hit and hit["cluster"] == cluster)
    return own[:-keep] if keep > 0 else []


def secret_paths(api_server_manifest: str) -> list[str]:
    """What a control plane cannot be made again without: its PKI, etcd's client PKI, keys that encrypt Secrets."""
    return ["/etc/kubernetes/pki", "/etc/etcd/pki", *_ENCRYPTION.findall(api_server_manifest)]


def make_manifest(
    cluster: str, timestamp: str, snapshot: Mapping[str, Any], versions: Mapping[str, str], files: Mapping[str, str]
) -> dict[str, Any]:
    """Describe a backup; ``files`` are digests by name."""
    return {
        "format": FORMAT,
        "cluster": cluster,
        "created": timestamp,
        "versions": dict(versions),
        "snapshot": dict(snapshot),
        "files": dict(files),
    }


def snapshot_manifest(cluster: str, timestamp: str, snapshot: Mapping[str, Any], etcd_ca: str) -> dict[str, Any]:
    """Describe a file with a snapshot alone; ``etcd_ca`` is the pin of the CA of the etcd that it was taken from."""
    return {
        "format": SNAPSHOT_FORMAT,
        "cluster": cluster,
        "created": timestamp,
        "etcd_ca": etcd_ca,
        "snapshot": dict(snapshot),
    }


def parse_manifest(text: str, cluster: str, wanted_format: str = FORMAT) -> dict[str, Any]:
    """Read a manifest. Raises QuorumError if it is damaged, of another format, or of another cluster."""
    try:
        manifest = json.loads(text)
        seen = (manifest["format"], manifest["cluster"], manifest["snapshot"]["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise QuorumError("E2353", "the manifest of the backup is damaged") from error
    if seen[0] != wanted_format:
        raise QuorumError("E2353", f"the backup has the format {seen[0]!r}, which this version does not know")
    if seen[1] != cluster:
        raise QuorumError("E2354", f"the backup is of the cluster {seen[1]}, not of {cluster}")
    return dict(manifest)


def refuse_other_ca(pem: str, ca_cert_hash: str) -> None:
    """Raise QuorumError if the cluster lives with another CA than the backup's; most clusters share their name."""
    if ca_cert_hash and pki.ca_cert_hash(pem) != ca_cert_hash:
        raise QuorumError(
            "E2354",
            "the backup is of another cluster of the same name: its CA is not the one of this cluster",
            "Use a backup of this cluster, and one that was made since its CA was replaced.",
        )


def refuse_other_etcd(what: str, etcd_ca: object, pems: Sequence[str]) -> None:
    """Raise QuorumError unless the pin ``etcd_ca`` is that of one of these CAs, which are those of a backup."""
    if etcd_ca not in [pki.ca_cert_hash(pem) for pem in pems]:
        raise QuorumError(
            "E2354",
            f"the backup is of another etcd than {what}: the CAs are not the same",
            "Use a backup of this cluster, and one that was made since etcd's CA was replaced.",
        )


def text_digest(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def bundle(path: str, files: Mapping[str, str]) -> None:
    """Write a tar of files (name in it to path on disk) that only root may read, in one step."""
    partial = f"{path}.part"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w") as archive:
                for name, source in files.items():
                    archive.add(source, arcname=name)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)


def unbundle(path: str, directory: str, wanted: Sequence[str] = PARTS) -> None:
    """Put the files of a backup into ``directory``. Raises QuorumError unless all are there and nothing else is."""
    try:
        with tarfile.open(path, mode="r:") as archive:
            members = {member.name: member for member in archive.getmembers()}
            if set(members) == set(SNAPSHOT_PARTS) != set(wanted):
                fix = "Give it as the snapshot, together with an earlier backup of the cluster."
                raise QuorumError("E2355", f"{path} is a snapshot alone, and no backup", fix)
            if set(members) != set(wanted) or not all(member.isfile() for member in members.values()):
                raise QuorumError("E2355", f"{path} is no backup, or a truncated one: it holds {sorted(members)}")
            for name in sorted(wanted):
                _extract(archive, members[name], os.path.join(directory, name))
    except (tarfile.TarError, OSError, EOFError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise QuorumError("E2346", f"{directory} has no room for what is in {path}", "Make room.") from error
        raise QuorumError("E2355", f"{path} is no backup, or a truncated one: {error}") from error


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    source = archive.extractfile(member)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        for piece in iter(lambda: source.read(1 << 20) if source else b"", b""):
            target.write(piece)
    if os.path.getsize(path) != member.size:
        raise QuorumError("E2355", f"{member.name} in the backup is truncated")
