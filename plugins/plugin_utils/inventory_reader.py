# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the whole inventory out of Ansible's variable manager, on the controller, without asking any host."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import RawInventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES

PLAIN_VARIABLES = ("ansible_host", "ansible_port", "ansible_connection")
"""Ansible's own variables that the rules look at."""

SECRET_VARIABLES = (
    "ansible_password",
    "ansible_ssh_pass",
    "ansible_become_password",
    "ansible_become_pass",
    *(name for name, variable in VARIABLES.items() if variable.secret),
)
"""Variables that hold secrets, Ansible's own and the collection's."""


def read(task_vars: Mapping[str, Any], templar: Any) -> RawInventory:
    """The whole inventory, whatever `--limit` says."""
    hostvars = task_vars["hostvars"]
    raw = RawInventory(
        groups={str(name): [str(host) for host in members] for name, members in task_vars["groups"].items()}
    )
    origins = _Origins(str(task_vars.get("inventory_dir") or ""))
    for host in raw.groups.get("all", []):
        _read_host(raw, host, hostvars.raw_get(host), templar, origins)
    raw.missing_files = _missing_files(raw)
    return raw


def _reason(error: Exception, value: Any) -> str:
    """Ansible's reason on one line, with the expression where the value is one."""
    reason = " ".join(str(error).split()).rstrip(".")
    return f"{reason} in {show(value)}" if isinstance(value, str) and _has_template(value) else reason


def _missing_files(raw: RawInventory) -> frozenset[str]:
    """Manifests by an absolute path that are not there; others are errors of their own."""
    listed = [values.get("kube_network_manifests") for values in raw.values.values()]
    paths = {str(path) for names in listed if isinstance(names, list) for path in names}
    return frozenset(path for path in paths if path.startswith("/") and not os.path.exists(path))


def _read_host(raw: RawInventory, host: str, variables: Mapping[str, Any], templar: Any, origins: _Origins) -> None:
    values: dict[str, object] = {}
    plain: dict[str, object] = {}
    broken: dict[str, str] = {}
    where: dict[str, str] = {}
    for key, value in variables.items():
        name = str(key)
        target = values if name.startswith("kube_") else plain if name in PLAIN_VARIABLES else None
        if target is None:
            continue
        where[name] = origins.file_of(key, value)
        try:
            target[name] = _plain(_templated(value, variables, templar))
        except Exception as error:  # whatever a template or a vault raises is the user's to know, as one line
            broken[name] = _reason(error, value)
    raw.values[host], raw.plain[host], raw.broken[host], raw.origins[host] = values, plain, broken, where
    raw.exposed[host] = _exposed(variables, origins, where)


def _exposed(variables: Mapping[str, Any], origins: _Origins, where: dict[str, str]) -> dict[str, str]:
    """Ansible's own secrets that stand open: variable -> mode; `where` gets their files."""
    found: dict[str, str] = {}
    for name in SECRET_VARIABLES:
        mode = origins.open_mode(variables[name]) if name in variables else ""
        if mode:
            found[name] = mode
            where[name] = origins.file_of(name, variables[name])
    return found


def _has_template(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value or "{%" in value or "{#" in value
    if isinstance(value, Mapping):
        return any(_has_template(key) or _has_template(item) for key, item in value.items())
    return isinstance(value, Iterable) and any(_has_template(item) for item in value)


def _templated(value: Any, variables: Mapping[str, Any], templar: Any) -> Any:
    """Values without a template, nearly all of them, skip the template engine: it costs most of the time."""
    if not _has_template(value):
        return value
    return templar.copy_with_new_env(available_variables=variables).template(value)


def _plain(value: Any) -> object:
    """The value in Python's own types; Ansible's carry tags and templates that are not worked out yet."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str):
        return "".join(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    return str(value)


class _Origins:
    """Where values come from, as paths a person knows; "" where Ansible does not tell."""

    def __init__(self, inventory_dir: str) -> None:
        self._roots = [root for root in (inventory_dir, os.getcwd()) if root]
        self._modes: dict[str, int] = {}
        self._shown: dict[str, str] = {}
        try:
            from ansible._internal._datatag._tags import Origin, SourceWasEncrypted, VaultedValue
        except ImportError:  # Ansible's own side of this is private and may move; messages then lack the file
            self._origin: Any = None
            self._secret_tags: tuple[Any, ...] = ()
        else:
            self._origin = Origin
            self._secret_tags = (SourceWasEncrypted, VaultedValue)

    def _path(self, *candidates: Any) -> str:
        """The file of the first candidate whose origin is known; what comes from the command line has none."""
        for candidate in candidates:
            tag = self._origin.get_tag(candidate) if self._origin else None
            if tag is not None:
                return str(tag.path or "")
        return ""

    def file_of(self, key: Any, value: Any) -> str:
        """The file of a variable, relative to the inventory where it lies below it."""
        path = self._path(value, key)
        if path and path not in self._shown:
            inside = [root for root in self._roots if path.startswith(root.rstrip("/") + "/")]
            self._shown[path] = os.path.relpath(path, inside[0]) if inside else path
        return self._shown.get(path, "")

    def open_mode(self, value: Any) -> str:
        """The mode of the file in which a value stands in plain text if everybody may read it, else ""."""
        if not isinstance(value, str) or not value or _has_template(value):
            return ""
        if any(tag.get_tag(value) is not None for tag in self._secret_tags):
            return ""
        path = self._path(value)
        mode = self._mode(path) if path else 0
        return f"{mode:04o}" if mode & 0o004 else ""

    def _mode(self, path: str) -> int:
        if path not in self._modes:
            try:
                self._modes[path] = os.stat(path).st_mode & 0o7777
            except OSError:
                self._modes[path] = 0
        return self._modes[path]
