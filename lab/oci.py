# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Container images in OCI format, made without a container engine, and pushed to a registry over HTTP."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.process import run

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
# Zstandard, because unpacking is what a node's first minutes are spent on.
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+zstd"


@dataclass(frozen=True)
class Layer:
    """A layer: the compressed bytes, and the digest of the tar archive in them."""

    blob: bytes
    diff_id: str


@dataclass(frozen=True)
class Image:
    """What a registry stores: a manifest, a configuration, layers."""

    manifest: bytes
    config: bytes
    layers: tuple[Layer, ...]


def digest(content: bytes) -> str:
    """Return the name a registry knows content by."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def tar_of(programs: Mapping[str, Path]) -> bytes:
    """Return a tar archive of programs (path in the image -> file); the same input gives the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in _folders(programs):
            member = tarfile.TarInfo(folder)
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(member)
        for path, source in sorted(programs.items()):
            member = tarfile.TarInfo(path)
            member.mode, member.size = 0o755, source.stat().st_size
            with source.open("rb") as content:
                tar.addfile(member, content)
    return buffer.getvalue()


def _folders(paths: Iterable[str]) -> list[str]:
    parents = {str(parent) for path in paths for parent in Path(path).parents}
    return sorted(parents - {"."})


def layer_of(archive: bytes, scratch: Path) -> Layer:
    """Compress a tar archive; `scratch` is a folder for the two files this takes."""
    plain, packed = scratch / "layer.tar", scratch / "layer.tar.zst"
    plain.write_bytes(archive)
    run(["zstd", "-q", "-f", "-3", "-T0", str(plain), "-o", str(packed)])
    return Layer(packed.read_bytes(), digest(archive))


def image_of(layers: tuple[Layer, ...], settings: Mapping[str, object], architecture: str) -> Image:
    """Put an image together; `settings` is the `config` object of the OCI image configuration."""
    config = _json(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], **settings},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _descriptor(_CONFIG_TYPE, config),
        "layers": [_descriptor(_LAYER_TYPE, layer.blob) for layer in layers],
    }
    return Image(_json(manifest), config, layers)


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest(content), "size": len(content)}


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Registry:
    """The part of the distribution protocol that a push needs."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    def has(self, repository: str, tag: str) -> bool:
        """Tell whether the registry holds that tag."""
        status, _ = self._ask("HEAD", f"/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFEST_TYPE})
        return status == http.client.OK

    def push(self, repository: str, tag: str, image: Image) -> None:
        """Upload what the registry does not hold, the manifest last."""
        for blob in (*(layer.blob for layer in image.layers), image.config):
            self._push_blob(repository, blob)
        headers = {"Content-Type": MANIFEST_TYPE}
        self._expect(http.client.CREATED, "PUT", f"/v2/{repository}/manifests/{tag}", image.manifest, headers)

    def _push_blob(self, repository: str, blob: bytes) -> None:
        name = digest(blob)
        if self._ask("HEAD", f"/v2/{repository}/blobs/{name}")[0] == http.client.OK:
            return
        location = self._expect(http.client.ACCEPTED, "POST", f"/v2/{repository}/blobs/uploads/")
        path = location.partition("://")[2].partition("/")[2] if "://" in location else location.lstrip("/")
        separator = "&" if "?" in path else "?"
        headers = {"Content-Type": "application/octet-stream"}
        self._expect(http.client.CREATED, "PUT", f"/{path}{separator}digest={name}", blob, headers)

    def _expect(
        self, wanted: int, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> str:
        status, location = self._ask(method, path, body, headers)
        if status != wanted:
            raise LabError(f"the registry answered {status} to {method} {path.partition('?')[0]}")
        return location

    def _ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Return the status and the Location header of an answer."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=120)
        try:
            connection.request(method, path, body=body or None, headers=dict(headers or {}))
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        except OSError as error:
            raise LabError(f"the registry on port {self._port} does not answer: {error}") from error
        finally:
            connection.close()
