"""What no file of the project may be or hold."""

from __future__ import annotations

import ast
import re

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import files, load, tasks_in, texts

from tools.collection_link import ROOT

PYTHON_LINES = 420
MANAGED = ("plugins/modules/", "plugins/module_utils/")

#: Shortcuts that hide faults: a task whose failure is ignored, a shell, a rule that is switched off without a reason.
FORBIDDEN_KEYS = {"ignore_errors"}
FORBIDDEN_ACTIONS = {"ansible.builtin.shell", "shell", "ansible.builtin.raw", "raw"}


def test_python_files_are_short() -> None:
    lengths = {name: len(content.splitlines()) for name, content in texts(".py") if not name.startswith("tests/")}
    long = {name: lines for name, lines in lengths.items() if lines > PYTHON_LINES}
    assert long == {}


def test_what_runs_on_managed_hosts_is_python_3_9() -> None:
    for name, content in texts(".py"):
        if name.startswith(MANAGED):
            ast.parse(content, filename=name, feature_version=(3, 9))


def test_what_runs_on_managed_hosts_needs_the_standard_library_alone() -> None:
    import sys  # here, because only this test needs the list

    foreign = []
    for name, content in texts(".py"):
        if not name.startswith(MANAGED):
            continue
        for node in ast.walk(ast.parse(content)):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            for module in modules:
                top = module.split(".")[0]
                own = module.startswith(
                    ("ansible.module_utils", "ansible_collections.quorum.kubernetes.plugins.module_utils")
                )
                if top not in sys.stdlib_module_names and not own:
                    foreign.append(f"{name}: {module}")
    assert foreign == []


@pytest.mark.parametrize("folder", ["roles", "playbooks"])
def test_tasks_take_no_shortcuts(folder: str) -> None:
    found = []
    for path in files():
        if (
            path.suffix == ".yml"
            and path.is_relative_to(ROOT / folder)
            and path.parent.name in ("tasks", "handlers", "playbooks")
        ):
            for task in tasks_in(load(path)):
                found += [f"{path.name}: {key}" for key in (FORBIDDEN_KEYS | FORBIDDEN_ACTIONS) & set(task)]
    assert found == []


def test_no_file_names_a_developers_machine() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:home/[a-z]\w*|work|Users)/")
    found = [name for name, content in texts() if name != str(OWN) and pattern.search(content)]
    assert found == []


def test_no_rule_is_switched_off_without_a_reason() -> None:
    """`noqa` and `type: ignore` name their rule and are followed by why."""
    marks = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?P<rule>[:\[][^#(]*)?(?P<reason>.*)$", re.MULTILINE)
    found = []
    for name, content in texts(".py", ".yml"):
        if name == str(OWN):
            continue
        for match in marks.finditer(content):
            if not match["rule"] or len((match["rule"] + match["reason"]).split()) < 4:
                found.append(f"{name}: {match[0]}")
    assert found == []


def test_plugins_carry_their_licence() -> None:
    line = "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)"
    plugins = [(name, content) for name, content in texts(".py") if name.startswith("plugins/") and content]
    missing = [name for name, content in plugins if line not in content]
    assert missing == []


OWN = (ROOT / "tests" / "unit" / "project" / "test_files.py").relative_to(ROOT)
