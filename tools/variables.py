"""Write docs/variables.md from the table of public variables and the roles' argument specs: `make docs`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.collection_link import ROOT, ensure_link

sys.path.insert(0, str(ensure_link()))

from ansible_collections.quorum.kubernetes.plugins.module_utils import variables

TARGET = ROOT / "docs" / "variables.md"

HEAD = """# Variables

Written by `make docs`; do not edit. Set decisions about the cluster in `group_vars/all`, and what differs between hosts
in the inventory or `host_vars`. A misspelled `kube_*` variable is an error, with the name that was probably meant.
"""

ROLES = """## Variables of single roles

A role reads only its own variables. Most of them forward a decision from above; set them only if you use a role without
the playbooks.
"""


def main() -> int:
    """Write the page."""
    TARGET.write_text(render(), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)} is written")
    return 0


def render() -> str:
    """Return the whole page."""
    known = variables.VARIABLES.values()
    overrides = [variable for variable in known if variable.name.startswith("kube_allow_")]
    cluster = [one for one in known if one.scope == variables.CLUSTER and one not in overrides]
    hosts = [one for one in known if one.scope == variables.HOST]
    parts = [
        HEAD,
        "## Decisions about the cluster\n\nThe same for all hosts.\n",
        table(public_row(variable) for variable in cluster),
        "## What may differ between hosts\n",
        table(public_row(variable) for variable in hosts),
        "## Permissions\n\nEach allows one thing that is refused otherwise, because it is usually a mistake.\n",
        table(public_row(variable) for variable in overrides),
        ROLES,
        *(f"### {name}\n\n{table(role_row(*option) for option in options)}" for name, options in roles()),
    ]
    return "\n".join(parts)


def public_row(variable: variables.Variable) -> tuple[str, str, str, str]:
    """Return the cells of one public variable."""
    choices = f" One of {', '.join(f'`{choice}`' for choice in variable.choices)}." if variable.choices else ""
    default = "required" if variable.required else code(variable.default)
    return f"`{variable.name}`", variable.kind, default, variable.description + choices


def roles() -> Iterator[tuple[str, list[tuple[str, Mapping[str, Any], object]]]]:
    """Yield each role's name and its options: name, specification, default."""
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        role = path.parent.parent
        defaults = load(role / "defaults" / "main.yml")
        options: dict[str, Mapping[str, Any]] = {}
        for entry_point in load(path)["argument_specs"].values():
            options.update(entry_point.get("options") or {})
        if options:
            yield role.name, [(name, spec, defaults.get(name)) for name, spec in options.items()]


def role_row(name: str, spec: Mapping[str, Any], default: object) -> tuple[str, str, str, str]:
    """Return the cells of one variable of a role."""
    kind = f"{spec['type']} of {spec['elements']}" if "elements" in spec else str(spec["type"])
    description = spec["description"]
    text = " ".join(description) if isinstance(description, list) else str(description)
    return f"`{name}`", kind, "required" if spec.get("required") else code(default), plain(text)


def plain(text: str) -> str:
    """Return a description of an argument spec with Ansible's markup turned into Markdown's."""
    text = re.sub(r"\b[COVE]\(([^)]*)\)", r"`\1`", text)
    return " ".join(text.split())


def code(value: object) -> str:
    """Return a default as it would stand in an inventory, without the template that forwards another variable."""
    if value in ("", None):
        return ""
    shown = value.strip() if isinstance(value, str) else json.dumps(value)
    return f"`{shown}`"


def table(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return a Markdown table."""
    lines = ["| variable | type | default | what it decides |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def load(path: Path) -> dict[str, Any]:
    """Return a YAML file's mapping; an empty file is an empty mapping."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})


if __name__ == "__main__":
    sys.exit(main())
