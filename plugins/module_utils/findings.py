# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One wrong thing in the inventory or on the hosts, and how it reads in one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ERROR = "E"
WARNING = "W"


@dataclass(frozen=True)
class Finding:
    """A wrong thing.

    `code` has four digits; `place` is the variable, group or host; `seen` the value (never a secret's); `wrong` says
    what is wrong with it; `fix` what to do. `host` is set where the finding is about one host.
    """

    code: str
    place: str
    seen: str
    wrong: str
    fix: str
    severity: str = ERROR
    host: str = ""

    def __str__(self) -> str:
        what = " ".join(part for part in (self.seen, self.wrong) if part)
        line = f"{self.severity}{self.code} {self.place}: {what}. Fix: {self.fix}."
        return " ".join(line.split())


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by place and code; the same line only once."""
    unique = dict.fromkeys(findings)
    return sorted(unique, key=lambda finding: (finding.severity, finding.place, finding.code, finding.seen))
