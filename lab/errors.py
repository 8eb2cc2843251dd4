# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one exception of the lab."""

from __future__ import annotations

INSTALL = "Install the package that brings it, and run the same command again"


class LabError(Exception):
    """What was seen, and what the person at the keyboard can do about it: to try again, if nothing better is known."""

    def __init__(self, seen: str, fix: str = "") -> None:
        super().__init__(seen)
        self.seen = seen
        self.fix = fix or "Run the same command again: what is done already is kept"
