"""The public variables: few, documented, the same everywhere."""

from __future__ import annotations

import re

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES
from ansible_collections.quorum.kubernetes.tests.unit.project.project import texts

from tools import variables as page
from tools.collection_link import ROOT

SAMPLE = ROOT / "inventory" / "sample"


def test_there_are_at_most_150() -> None:
    assert len(VARIABLES) <= 150


def test_the_page_is_up_to_date() -> None:
    assert page.TARGET.read_text(encoding="utf-8") == page.render(), "run: make docs"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_decides_something(name: str) -> None:
    """It is read by a role's defaults, a playbook or the plan, and not only listed in the table."""
    table = ("plugins/module_utils/variables.py", "plugins/module_utils/catalogue.py")
    readers = [
        path
        for path, content in texts(".yml", ".py")
        if path.startswith(("roles/", "playbooks/", "plugins/")) and path not in table
        if re.search(rf"\b{name}\b", content)
    ]
    if not name.startswith("kube_allow_"):  # those are read through the catalogue of what they allow
        assert readers


def test_the_sample_inventory_names_only_known_variables() -> None:
    named = set()
    for path in SAMPLE.rglob("*"):
        if path.is_file():
            named |= set(re.findall(r"^\s*#?\s*(kube_\w+)\s*[:=]", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert "kube_version" in named
    assert named - set(VARIABLES) == set()
