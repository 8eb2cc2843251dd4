# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what stands in the inventory to typed values; what has no place or the wrong type is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import WrongType, typed
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES

Nested = Mapping[str, Mapping[str, object]]
Texts = Mapping[str, Mapping[str, str]]


def inventory_of(groups: Mapping[str, Sequence[str]], values: Nested, origins: Texts, plain: Nested) -> Inventory:
    """The typed inventory; values of a wrong type are left out."""
    kept: dict[str, dict[str, object]] = {}
    for host, mine in values.items():
        kept[host] = {}
        for name, value in mine.items():
            if name in VARIABLES:
                try:
                    kept[host][name] = typed(VARIABLES[name], value)
                except WrongType:
                    continue
    return Inventory(groups, kept, origins, plain)
