# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One wrong thing in the inventory or on the hosts, and how it reads in one line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ansible_collections.quorum.kubernetes.plugins.module_utils.catalogue import CATALOGUE, ERROR

_HOSTS_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """A wrong thing.

    `code` is a key of the catalogue; `subject` the variable, group or other thing; `seen` its value (never a
    secret's); `wrong` says what is wrong with it; `fix` what to do. `host` is set where it is about one host, `file`
    where Ansible knows which file the value comes from.
    """

    code: str
    subject: str
    seen: str
    wrong: str
    fix: str
    host: str = ""
    file: str = ""

    @property
    def severity(self) -> str:
        """E stops the run, W warns."""
        return CATALOGUE[self.code].severity

    @property
    def override(self) -> str:
        """The variable that allows this on purpose, "" when there is none."""
        return CATALOGUE[self.code].override

    @property
    def place(self) -> str:
        """Host, variable and file, as far as they are there."""
        place = " ".join(part for part in (self.host, self.subject) if part)
        return f"{place} ({self.file})" if self.file else place

    def __str__(self) -> str:
        what = " ".join(part for part in (self.seen, self.wrong) if part)
        way_out = f", or set {self.override}: true" if self.override else ""
        line = f"{self.severity}{self.code} {self.place}: {what}. Fix: {self.fix}{way_out}."
        return " ".join(line.split())


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by place and code; what several hosts share is one line."""
    merged = _merge(findings)
    return sorted(merged, key=lambda finding: (finding.severity != ERROR, finding.place, finding.code, finding.seen))


def _merge(findings: Iterable[Finding]) -> list[Finding]:
    """A value that many hosts get from the same place is wrong once, not once a host."""
    hosts: dict[Finding, dict[str, None]] = {}
    for finding in findings:
        hosts.setdefault(replace(finding, host=""), {})[finding.host] = None
    return [
        replace(
            finding, host=_together(list(names)) if len(names) == 1 or not (finding.subject and finding.file) else ""
        )
        for finding, names in hosts.items()
    ]


def _together(names: list[str]) -> str:
    if len(names) <= _HOSTS_NAMED:
        return ", ".join(name for name in names if name)
    return f"{', '.join(names[:_HOSTS_NAMED])} and {len(names) - _HOSTS_NAMED} more"
