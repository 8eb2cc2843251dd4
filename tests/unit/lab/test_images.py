# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images are reproducible and say what is in them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from lab.oci import Layer, digest, image_of, tar_of


def program(folder: Path) -> Path:
    path = folder / "tool"
    path.write_bytes(b"#!/bin/sh\n")
    return path


def test_archive_has_parents_and_programs(tmp_path: Path) -> None:
    archive = tar_of({"usr/local/bin/tool": program(tmp_path)})
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getnames() == ["usr", "usr/local", "usr/local/bin", "usr/local/bin/tool"]
        assert tar.getmember("usr/local/bin/tool").mode == 0o755


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    assert tar_of({"tool": program(tmp_path)}) == tar_of({"tool": program(tmp_path)})


def test_manifest_describes_configuration_and_layers() -> None:
    image = image_of((Layer(b"packed", digest(b"plain")),), {"Entrypoint": ["/tool"]}, "arm64")
    manifest, config = json.loads(image.manifest), json.loads(image.config)
    assert manifest["config"]["digest"] == digest(image.config)
    assert manifest["layers"][0]["digest"] == digest(b"packed")
    assert manifest["layers"][0]["size"] == len(b"packed")
    assert config["rootfs"]["diff_ids"] == [digest(b"plain")]
    assert config["architecture"] == "arm64"
    assert config["config"]["Entrypoint"] == ["/tool"]
