"""Every module and filter has tests of its own."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tools.collection_link import ROOT

PLUGINS = sorted([*ROOT.glob("plugins/modules/*.py"), *ROOT.glob("plugins/filter/*.py")])


def has_functions(path: Path) -> bool:
    """Tell whether there is anything beside the entry point: a module that only passes its options on has nothing."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return any(isinstance(node, ast.FunctionDef) and node.name != "main" for node in nodes)


@cache
def imported_by_tests() -> set[str]:
    """Return every name that a unit test imports."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.glob("tests/unit/**/test_*.py")]
    imports = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules = {node.module.rpartition(".")[2] for node in imports if node.module}
    return modules | {alias.name for node in imports for alias in node.names}


@pytest.mark.parametrize("name", [path.stem for path in PLUGINS if has_functions(path)])
def test_a_plugin_is_imported_by_a_test(name: str) -> None:
    assert name in imported_by_tests()
