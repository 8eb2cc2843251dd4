# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Render a role's variables and templates as Ansible does, without a host and without this collection's filters."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

from tools.collection_link import ROOT

MAGIC = {"ansible_managed": "Ansible managed", "inventory_hostname": "h1", "inventory_dir": "/inventory"}


def render(role: str, expression: str, vars_file: str = "", **given: Any) -> Any:
    """The value of a Jinja expression in the role's scope: its defaults, `given`, its vars, and one more vars file."""
    _load_plugins()
    folder = ROOT / "roles" / role
    loader = DataLoader()
    loader.set_basedir(str(folder))
    variables = MAGIC | _read(loader, folder / "defaults" / "main.yml") | given
    for name in ("main.yml", vars_file):
        variables |= _read(loader, folder / "vars" / name) if name else {}
    variables["ansible_search_path"] = [str(folder)]
    return Templar(loader=loader, variables=variables).template(trust_as_template("{{ " + expression + " }}"))


def _read(loader: DataLoader, path: Path) -> dict[str, Any]:
    return dict(loader.load_from_file(str(path), trusted_as_template=True) or {}) if path.exists() else {}


@cache
def _load_plugins() -> None:
    init_plugin_loader()
