# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a misspelt name was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import GROUPS

_GROUP_LIKENESS = 0.86
_VARIABLE_LIKENESS = 0.8

# Names other projects and habits use for the same groups.
_GROUP_HABITS = {
    "controlplane": "kube_control_plane",
    "controlplanes": "kube_control_plane",
    "k8scontrolplane": "kube_control_plane",
    "kubemaster": "kube_control_plane",
    "master": "kube_control_plane",
    "k8smaster": "kube_control_plane",
    "worker": "kube_node",
    "kubeworker": "kube_node",
    "k8sworker": "kube_node",
    "k8snode": "kube_node",
    "lb": "load_balancer",
}


def closest(name: str, candidates: Iterable[str], likeness: float = _VARIABLE_LIKENESS) -> str:
    """The candidate most like `name`, "" when none is like it."""
    found = difflib.get_close_matches(name, list(candidates), n=1, cutoff=likeness)
    return found[0] if found else ""


def did_you_mean(suggestion: str) -> str:
    """The question as it stands in messages, "" without a suggestion."""
    return f" (did you mean {suggestion}?)" if suggestion else ""


def misspelt_groups(groups: Mapping[str, Sequence[str]], own: frozenset[str]) -> dict[str, str]:
    """Groups whose hosts would be left out because of their name -> the name that was meant.

    A group whose hosts are all in the right group too, such as a child of it, does no harm and is not listed; nor is
    a name that only habit connects with ours (`workers`) while the right group has hosts of its own.
    """
    found: dict[str, str] = {}
    for name, members in groups.items():
        right = "" if name in GROUPS or name in own or name in ("all", "ungrouped") else _meant(name, groups)
        if right and set(members) - set(groups.get(right, ())):
            found[name] = right
    return found


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").rstrip("s")


def _meant(name: str, groups: Mapping[str, Sequence[str]]) -> str:
    for right in GROUPS:
        if _plain(name) == _plain(right):
            return right
    habit = _GROUP_HABITS.get(_plain(name), "")
    if habit:
        return "" if groups.get(habit) else habit
    return closest(name, GROUPS, _GROUP_LIKENESS)
