"""Every role has the same interface and stays small."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES
from ansible_collections.quorum.kubernetes.tests.unit.project.project import ROLES, load, tasks_in

FORWARD = re.compile(r"\{\{\s*(kube_\w+)\s*\|\s*default\((.+)\)\s*\}\}")
LITERALS = {"true": True, "false": False}


def name_of(role: Path) -> str:
    """Return the role's name."""
    return role.name


roles = pytest.mark.parametrize("role", ROLES, ids=name_of)


def options(role: Path) -> dict[str, dict[str, object]]:
    """Return the options of all entry points."""
    found: dict[str, dict[str, object]] = {}
    for entry_point in load(role / "meta" / "argument_specs.yml")["argument_specs"].values():
        found.update(entry_point.get("options") or {})
    return found


def test_there_are_roles() -> None:
    assert len(ROLES) >= 9


@roles
def test_defaults_and_argument_specs_have_the_same_keys(role: Path) -> None:
    defaults = set(load(role / "defaults" / "main.yml") or {})
    specified = {name for name, option in options(role).items() if not option.get("required")}
    assert defaults == specified


@roles
def test_every_option_is_the_roles_own(role: Path) -> None:
    assert [name for name in options(role) if not name.startswith(f"{role.name}_")] == []


@roles
def test_a_role_has_a_readme(role: Path) -> None:
    assert role.joinpath("README.md").read_text(encoding="utf-8").startswith(f"# {role.name}\n")


@roles
def test_task_files_are_short(role: Path) -> None:
    long = {
        path.name: lines
        for path in role.glob("tasks/*.yml")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > (60 if path.name == "main.yml" else 120)
    }
    assert long == {}


@roles
def test_a_role_reads_only_its_own_variables(role: Path) -> None:
    """Decisions about the cluster are forwarded by the defaults, groups are given as lists of hosts."""
    foreign = []
    for path in [*role.glob("tasks/*.yml"), *role.glob("templates/*"), *role.glob("vars/*.yml")]:
        content = path.read_text(encoding="utf-8").replace("-e kube_", "")  # advice in a message is no use
        foreign += [f"{path.name}: {name}" for name in VARIABLES if re.search(rf"\b{name}\b", content)]
        foreign += [f"{path.name}: {group}" for group in re.findall(r"\bgroups(?:\[|\.).*", content)]
    assert foreign == []


@roles
def test_a_forwarded_decision_has_the_default_of_the_table(role: Path) -> None:
    different = []
    for name, value in (load(role / "defaults" / "main.yml") or {}).items():
        match = FORWARD.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None or match[2].startswith("__") or not is_literal(match[2]):
            continue
        public = VARIABLES[match[1]]
        if literal(match[2]) != public.default:
            different.append(f"{name}: {match[2]}, but {public.name} is {public.default!r}")
    assert different == []


@roles
def test_registered_names_and_facts_are_the_roles_own(role: Path) -> None:
    names = [
        name
        for path in role.glob("tasks/*.yml")
        for task in tasks_in(load(path))
        for name in [task.get("register"), *task.get("ansible.builtin.set_fact", {})]
        if name and name != "cacheable"
    ]
    assert [name for name in names if not name.startswith(f"__{role.name}_")] == []


def is_literal(text: str) -> bool:
    """Return whether a Jinja default is a plain value."""
    try:
        literal(text)
    except (ValueError, SyntaxError):
        return False
    return True


def literal(text: str) -> object:
    """Return the value of a Jinja literal."""
    return LITERALS[text] if text in LITERALS else ast.literal_eval(text)


@roles
def test_a_failure_that_no_log_hides_is_told_by_the_rescue_of_its_block(role: Path) -> None:
    tasks = [task for path in role.glob("tasks/*.yml") for task in tasks_in(load(path))]
    blocks = [task for task in tasks if task.get("rescue") and "ansible_failed_result.msg" in str(task["rescue"])]
    told = [task["name"] for block in blocks for task in block["block"]]
    assert [task["name"] for task in tasks if task.get("no_log") and task["name"] not in told] == []
