"""The README names what there is, and only that."""

from __future__ import annotations

import re

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import PLAYBOOKS, ROLES

from tools.collection_link import ROOT

README = ROOT.joinpath("README.md").read_text(encoding="utf-8")


def table(heading: str) -> set[str]:
    """Return the names in the first column of the table below a heading."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return {
        name for row in re.findall(r"^\|([^|]*)\|", section, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    }


def test_every_role_is_named() -> None:
    assert table("Roles") == {role.name for role in ROLES}


def test_every_playbook_is_named() -> None:
    assert table("Playbooks") == {playbook.name for playbook in PLAYBOOKS}


def test_every_page_is_linked() -> None:
    assert [page.name for page in ROOT.glob("docs/*.md") if f"(docs/{page.name})" not in README] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_between_pages_lead_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not path.parent.joinpath(link).exists()] == []


def test_make_commands_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", ROOT.joinpath("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]
    # Commands stand in a code block or between backquotes; other words follow "make" in sentences.
    command = re.compile(r"(?:^    |`)make ([a-z]+(?:-[a-z]+)*)", re.MULTILINE)
    named = {name for page in pages for name in command.findall(page.read_text(encoding="utf-8"))}
    assert "lab" in named
    assert {name for name in named if name not in targets and not name.startswith("test-")} == set()
