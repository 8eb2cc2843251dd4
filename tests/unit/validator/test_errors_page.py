"""The page of all codes is in step with the catalogue and with what the checks print."""

from __future__ import annotations

from ansible_collections.quorum.kubernetes.plugins.module_utils.catalogue import CATALOGUE, GROUPS, OVERRIDES
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES

from tools import errors


def test_the_page_is_up_to_date() -> None:
    assert errors.TARGET.read_text(encoding="utf-8") == errors.render(), "run: make docs"


def test_every_code_belongs_to_a_group() -> None:
    assert {code[:2] for code in CATALOGUE} == set(GROUPS)
    assert all(len(code) == 4 and code.isdigit() for code in CATALOGUE)


def test_every_override_is_a_public_variable_that_is_off() -> None:
    for name in OVERRIDES:
        assert name.startswith("kube_allow_")
        assert VARIABLES[name].kind == "bool"
        assert VARIABLES[name].default is False
