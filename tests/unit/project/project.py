"""The project's own files, as the structure tests see them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tools.collection_link import ROOT

ROLES = sorted(path.parent for path in ROOT.glob("roles/*/defaults"))
PLAYBOOKS = sorted(ROOT.glob("playbooks/*.yml"))


@cache
def files() -> tuple[Path, ...]:
    """Return every file that belongs to the project: in git, or new and not ignored."""
    argv = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


def texts(*suffixes: str) -> list[tuple[str, str]]:
    """Return the name and content of the project's text files with one of these endings, or of all."""
    found = []
    for path in files():
        if suffixes and path.suffix not in suffixes:
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((str(path.relative_to(ROOT)), content.decode("utf-8")))
    return found


def load(path: Path) -> Any:
    """Return a YAML file's content."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def tasks_in(content: Any) -> list[dict[str, Any]]:
    """Return every task of a task file or playbook, those in blocks too."""
    found: list[dict[str, Any]] = []
    for item in content or ():
        nested = [
            item.get(key) for key in ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always")
        ]
        if "hosts" not in item:
            found.append(item)
        for inner in nested:
            found += tasks_in(inner)
    return found
