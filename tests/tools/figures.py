# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How checks say what they measured."""

from __future__ import annotations

from collections.abc import Callable

Figure = Callable[[str], None]  # prints one line that the gates show even when everything passes
