"""Make the clone importable and runnable as the collection quorum.kubernetes."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLLECTIONS = ROOT / ".ansible" / "collections"
LINK = COLLECTIONS / "ansible_collections" / "quorum" / "kubernetes"
TARGET = Path("../../../..")


def ensure_link() -> Path:
    """Link `.ansible/collections/ansible_collections/quorum/kubernetes` to the clone; return the collections path.

    A directory in the link's place (left by an installed artefact) is an error, not something to delete.
    """
    LINK.parent.mkdir(parents=True, exist_ok=True)
    if LINK.is_symlink() and LINK.readlink() == TARGET:
        return COLLECTIONS
    LINK.unlink(missing_ok=True)
    LINK.symlink_to(TARGET, target_is_directory=True)
    return COLLECTIONS
