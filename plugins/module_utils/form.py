# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what stands in the inventory to the typed inventory that rules and plan read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, RawInventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.suggest import misspelt_groups
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import WrongType, typed
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES


def inventory_of(raw: RawInventory, today: date) -> Inventory:
    """The typed inventory.

    Values of a wrong type are left out, and the hosts of a misspelt group count as in the group that was meant: both
    have findings of their own, and the other rules go on with what was meant.
    """
    values = {host: _usable(mine) for host, mine in raw.values.items()}
    groups = {name: list(members) for name, members in raw.groups.items()}
    for wrong, right in misspelt_groups(raw.groups, own_groups(raw)).items():
        groups[right] = list(dict.fromkeys([*groups.get(right, []), *groups[wrong]]))
    return Inventory(groups, values, raw.origins, raw.plain, today)


def own_groups(raw: RawInventory) -> frozenset[str]:
    """Groups that the user says are none of this collection's."""
    found: set[str] = set()
    for mine in raw.values.values():
        value = mine.get("kube_own_groups")
        found.update(str(name) for name in (value if isinstance(value, list) else []))
    return frozenset(found)


def _usable(mine: Mapping[str, object]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name, value in mine.items():
        variable = VARIABLES.get(name)
        if variable is None:
            continue
        try:
            kept[name] = typed(variable, value)
        except WrongType:
            continue
        if variable.choices and kept[name] not in variable.choices:
            del kept[name]
    return kept
