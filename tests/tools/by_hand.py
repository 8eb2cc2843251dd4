# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What docs/operations.md tells a person to do who joins a host by hand: a play, and a command on that host."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import yaml

from tests.tools.nodes import ROOT

PAGE = ROOT / "docs" / "operations.md"
HEADING = "Join a host by hand"
BLOCK = re.compile(r"(?:^ {4}.*\n|^\n(?= {4}))+", re.MULTILINE)


def blocks(page: str, heading: str) -> list[str]:
    """The indented blocks of one section of a page, without their indentation."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [textwrap.dedent(block).strip("\n") for block in BLOCK.findall(section)]


def documented() -> tuple[dict[str, Any], str]:
    """The play and the command."""
    text, command = blocks(PAGE.read_text(encoding="utf-8"), HEADING)
    plays: list[dict[str, Any]] = yaml.safe_load(text)
    (play,) = plays
    return play, command


def play_for(host: str, **values: str) -> str:
    """The documented play for another host, with other values of the variables that it sets; no other variable."""
    play, _command = documented()
    play["hosts"] = host
    variables = play["tasks"][0]["vars"]
    unknown = values.keys() - variables.keys()
    if unknown:
        raise KeyError(f"the documented play does not set {', '.join(sorted(unknown))}")
    variables.update(values)
    text: str = yaml.safe_dump([play], sort_keys=False)
    return text
