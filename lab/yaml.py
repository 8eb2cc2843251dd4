# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A writer of plain YAML: mappings, lists, strings, numbers, booleans."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*")
_WORDS_WITH_A_MEANING = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def dump(value: Mapping[str, object], indent: int = 0) -> str:
    """Render a mapping in block style."""
    return "".join(f"{' ' * indent}{_scalar(key)}:{_child(item, indent)}" for key, item in value.items())


def _child(value: object, indent: int) -> str:
    if isinstance(value, Mapping) and value:
        return "\n" + dump(value, indent + 2)
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return "\n" + "".join(f"{' ' * (indent + 2)}- {_item(item, indent)}\n" for item in value)
    return f" {_scalar(value)}\n"


def _item(value: object, indent: int) -> str:
    if isinstance(value, Mapping) and value:
        return dump(value, indent + 4).strip()
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS_WITH_A_MEANING:
        return value
    return json.dumps(value)
