# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a value has the type its variable wants, and the value in that type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Callable

from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import Variable

_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_ARG_KEYS = frozenset(("name", "value"))
_TAINT_KEYS = frozenset(("key", "value", "effect"))
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


class WrongType(Exception):
    """A value of the wrong type: `wrong` says what is wrong, `fix` what to write instead."""

    def __init__(self, wrong: str, fix: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.fix = fix


def show(value: object, limit: int = 60) -> str:
    """A value as a message shows it: quoted text, cut after `limit` characters, on one line."""
    shown = f"'{value}'" if isinstance(value, str) else str(value)
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def type_name(value: object) -> str:
    """What a person calls the type of a YAML value."""
    names = ((bool, "boolean"), (str, "string"), (int, "number"), (float, "number"), (list, "list"), (dict, "dict"))
    if value is None:
        return "null"
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)


def typed(variable: Variable, value: object) -> object:
    """The value in the variable's type. Raises WrongType.

    What YAML, INI and `-e` make of the same thing is accepted alike: `"6443"` is a number and `"false"` a boolean.
    """
    return _READERS[variable.kind](value)


def _got(value: object) -> str:
    return f"got the {type_name(value)} {show(value)}" if value is not None else "got null"


def _text(value: object) -> str:
    if isinstance(value, (bool, list, dict)) or value is None:
        raise WrongType(f"wants a string, {_got(value)}", "write a string in quotes, or remove the line")
    return str(value)


def _number(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise WrongType(f"wants a whole number, {_got(value)}", "write a whole number")


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    raise WrongType(f"wants true or false, {_got(value)}", "write true or false")


def _list(value: object) -> list[object]:
    if isinstance(value, str):
        parts = ", ".join(part.strip() for part in value.split(","))
        raise WrongType(f"wants a list of strings, {_got(value)}", f"write [{show_plain(parts)}]")
    if not isinstance(value, list):
        raise WrongType(f"wants a list, {_got(value)}", "write a list")
    return list(value)


def show_plain(value: str) -> str:
    """Text cut to what fits in a message, without quotes."""
    return show(value)[1:-1]


def _strings(value: object) -> list[str]:
    items = _list(value)
    for item in items:
        if isinstance(item, (bool, list, dict)) or item is None:
            raise WrongType(f"wants a list of strings, but has the {type_name(item)} {show(item)}", "write strings")
    return [str(item) for item in items]


def _records(value: object, keys: frozenset[str], form: str) -> list[dict[str, object]]:
    if isinstance(value, dict):
        raise WrongType(f"wants a list, {_got(value)}", f"write a list of {form}")
    items = _list(value) if not isinstance(value, str) else None
    if items is None:
        raise WrongType(f"wants a list of {form}, {_got(value)}", f"write a list of {form}")
    result: list[dict[str, object]] = []
    for item in items:
        if not isinstance(item, dict) or not set(item) <= keys:
            raise WrongType(f"wants a list of {form}, but has {show(item)}", f"write each item as {form}")
        result.append({str(key): part for key, part in item.items()})
    return result


def _args(value: object) -> list[dict[str, object]]:
    records = _records(value, _ARG_KEYS, "{name: flag, value: text}")
    for record in records:
        if not isinstance(record.get("name"), str) or "value" not in record:
            raise WrongType(f"has {show(record)} without name or value", "write each item as {name: flag, value: text}")
        if isinstance(record["value"], (list, dict)) or record["value"] is None:
            raise WrongType(f"has a value that is no text in {show(record)}", "write the value as text")
    return [{"name": record["name"], "value": str(record["value"])} for record in records]


def _taints(value: object) -> list[dict[str, object]]:
    records = _records(value, _TAINT_KEYS, "{key: name, value: text, effect: NoSchedule}")
    for record in records:
        if not isinstance(record.get("key"), str) or record.get("effect") not in _EFFECTS:
            raise WrongType(
                f"has {show(record)} without a key or with an unknown effect",
                "give each taint a key and an effect of {}".format(", ".join(_EFFECTS)),
            )
    return records


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise WrongType(f"wants a dict, {_got(value)}", "write key: value pairs")
    return {str(key): item for key, item in value.items()}


_READERS: dict[str, Callable[[object], object]] = {
    "str": _text,
    "int": _number,
    "bool": _boolean,
    "list": _strings,
    "args": _args,
    "taints": _taints,
    "dict": _mapping,
}
