# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The one exception of the collection: what went wrong, in one line, and what to do about it."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Fold every run of white space into one blank, so that a message never spans lines."""
    return " ".join(text.split())


class QuorumError(Exception):
    """A stable code, what was seen (never a secret) and how to fix it.

    ``str()`` is one line: ``E2101 kubeadm init failed: port 6443 is in use. Fix: stop what uses it.``
    """

    def __init__(self, code: str, seen: str, fix: str = "") -> None:
        self.code = code
        self.seen = one_line(seen)
        self.fix = one_line(fix)
        super().__init__(str(self))

    def __str__(self) -> str:
        seen = self.seen if self.seen.endswith((".", "!", "?")) else self.seen + "."
        return f"{self.code} {seen} Fix: {self.fix}" if self.fix else f"{self.code} {seen}"
