# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A directory is empty afterwards, or it is said why it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError


def test_a_directory_is_emptied_and_stays_and_what_links_lead_to_stays_too(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("")
    (tmp_path / "data" / "folder").mkdir(parents=True)
    (tmp_path / "data" / "folder" / "file").write_text("")
    (tmp_path / "data" / "link").symlink_to(kept)
    disk = Disk(str(tmp_path))
    disk.empty("/data")
    disk.empty("/nothing")
    assert list((tmp_path / "data").iterdir()) == []
    assert (kept / "file").exists()


def test_what_cannot_be_listed_does_not_count_as_empty(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(QuorumError, match=r"E2117 .*/data cannot be emptied: Not a directory"):
        Disk(str(tmp_path)).empty("/data")
