# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asks every rule and sorts what they find; a rule that breaks off is one finding and does not stop the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from ansible_collections.quorum.kubernetes.plugins.module_utils.catalogue import ERROR
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding, in_order
from ansible_collections.quorum.kubernetes.plugins.module_utils.form import inventory_of
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, RawInventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules import (
    endpoints,
    etcd,
    groups,
    living,
    machines,
    names,
    ranges,
    reach,
    releases,
    runtime,
    secrets,
    shape,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.scene import Scene

RAW_RULES: tuple[Rule[RawInventory], ...] = (*groups.RAW_RULES, *secrets.RAW_RULES, *shape.RAW_RULES)
RULES: tuple[Rule[Inventory], ...] = (
    *groups.RULES,
    *names.RULES,
    *ranges.RULES,
    *endpoints.RULES,
    *releases.RULES,
    *etcd.RULES,
    *secrets.RULES,
    *runtime.RULES,
    *shape.RULES,
)
SCENE_RULES: tuple[Rule[Scene], ...] = (*machines.RULES, *reach.RULES, *living.RULES)

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Report:
    """What was found, in order, and what was found but is allowed by a variable."""

    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops the run."""
        return tuple(finding for finding in self.findings if finding.severity == ERROR)

    @property
    def lines(self) -> list[str]:
        """A line for each finding."""
        return [str(finding) for finding in self.findings]

    @property
    def allowed_lines(self) -> list[str]:
        """A line for each thing that was allowed, with the variable that allows it."""
        return [f"{finding.code} {finding.place} is allowed by {finding.override}" for finding in self.allowed]


def ask(rules: Sequence[Rule[Subject]], subject: Subject) -> list[Finding]:
    """Everything the rules find in the subject."""
    found: list[Finding] = []
    for rule in rules:
        try:
            found.extend(rule.check(subject))
        except Exception as error:  # one broken check must not hide what the others find
            found.append(_broken_off(rule.code, error))
    return found


def _broken_off(code: str, error: Exception) -> Finding:
    wrong = f"broke off with {type(error).__name__}, a defect of this collection; the other checks went on"
    return Finding("0999", f"check {code}", "", wrong, "report it with your inventory, without its secrets")


def report(inventory: Inventory, findings: Iterable[Finding]) -> Report:
    """Findings in order, without those that the inventory allows."""
    ordered = in_order(findings)
    allowed = [finding for finding in ordered if finding.override and inventory.flag(finding.override)]
    return Report(tuple(finding for finding in ordered if finding not in allowed), tuple(allowed))


def judge_inventory(raw: RawInventory, today: date) -> Report:
    """Everything that is wrong with the inventory alone."""
    inventory = inventory_of(raw, today)
    return report(inventory, ask(RAW_RULES, raw) + ask(RULES, inventory))


def judge_hosts(scene: Scene) -> Report:
    """Everything that is wrong with the hosts and with what the inventory would do to a living cluster."""
    return report(scene.inventory, ask(SCENE_RULES, scene))
