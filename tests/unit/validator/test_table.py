"""Every wrong inventory gets its answer, and nothing else stops it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import judge
from ansible_collections.quorum.kubernetes.plugins.module_utils.catalogue import CATALOGUE
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES
from ansible_collections.quorum.kubernetes.tests.unit.validator.cases import CASES, Case
from ansible_collections.quorum.kubernetes.tests.unit.validator.world import World, living, world


def answers(case: Case) -> list[str]:
    """The lines that a case gets."""
    made = case.right()
    case.wrong(made)
    return made.judge().lines


def is_answered(case: Case) -> bool:
    """Whether a line has the code, the place and the text."""
    head = CATALOGUE[case.code].severity + case.code
    return any(line.startswith(head) and case.place in line and case.text in line for line in answers(case))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_wrong_inventory_gets_its_answer(case: Case) -> None:
    assert is_answered(case), "\n".join(answers(case)) or "nothing was found"


@pytest.mark.parametrize("right", dict.fromkeys(case.right for case in CASES), ids=lambda right: right.__name__)
def test_the_inventory_was_right_before_the_change(right: Callable[[], World]) -> None:
    assert right().judge().lines == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_mistake_gives_one_kind_of_error(case: Case) -> None:
    stopping = {line.split()[0] for line in answers(case) if line.startswith("E")}
    assert stopping <= {"E" + case.code}, "\n".join(answers(case))


def test_every_code_has_a_case() -> None:
    without = set(CATALOGUE) - {case.code for case in CASES} - {"0999"}
    assert not without


def test_lines_are_single_lines_with_a_fix() -> None:
    for case in CASES:
        for line in answers(case):
            assert "\n" not in line
            assert "Fix: " in line
            assert line.endswith(".")


def test_without_the_rules_the_table_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAW_RULES", "RULES", "SCENE_RULES"):
        monkeypatch.setattr(judge, name, ())
    assert not any(is_answered(case) for case in CASES)


@pytest.mark.parametrize("name", [name for name, variable in VARIABLES.items() if variable.secret])
@pytest.mark.parametrize("value", [["hunter2"], {"hunter2": "hunter2"}, True, None, "hunter2"], ids=repr)
def test_the_value_of_a_secret_is_not_shown(name: str, value: object) -> None:
    made = world().set(name, value, "cp1", "cp2").set(name, "hunter3", "cp3")
    made.raw.broken["w1"][name] = "cannot open the vault of hunter2"
    lines = made.judge().lines
    assert lines
    assert "hunter" not in "\n".join(lines)


def test_hosts_that_share_a_value_share_a_line() -> None:
    made = world().set("kube_node_ip", "10.0.0.256")
    assert [str(finding.place) for finding in made.judge().findings] == ["kube_node_ip (group_vars/all/cluster.yml)"]


def test_hosts_that_share_a_fate_are_named() -> None:
    made = living().set("kube_version", "1.36.4")
    for host in ("w7", "w8", "w9", "w10"):
        made.add(host, f"10.0.0.{len(made.facts) + 40}")
        made.raw.groups["kube_node"].append(host)
    assert [finding.place for finding in made.judge().findings] == [
        "w7, w8, w9 and 1 more (group_vars/all/cluster.yml)"
    ]
