# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What counts as a change of a cluster's objects."""

from __future__ import annotations

import copy
from typing import Any

from tests.tools.objects import differences, fingerprint

NODE: dict[str, Any] = {
    "metadata": {"name": "cp1", "resourceVersion": "7", "managedFields": [{}], "labels": {"a": "b"}},
    "spec": {"taints": []},
    "status": {"conditions": ["t1"]},
}


def changed(kind: str, part: str, value: Any) -> bool:
    """Whether an object with another part is another object."""
    other = copy.deepcopy(NODE)
    other[part] = {**other[part], **value}
    return fingerprint(kind, other) != fingerprint(kind, NODE)


def test_what_was_asked_for_counts() -> None:
    assert changed("nodes", "metadata", {"labels": {"a": "c"}})
    assert changed("nodes", "spec", {"taints": [{"key": "x"}]})


def test_what_the_cluster_writes_by_itself_does_not() -> None:
    assert not changed("nodes", "metadata", {"resourceVersion": "8", "managedFields": []})
    assert not changed("nodes", "status", {"conditions": ["t2"]})
    assert not changed("leases", "spec", {"renewTime": "now"})


def test_objects_that_came_and_went_are_named() -> None:
    assert differences({"nodes a": "1", "nodes b": "2"}, {"nodes b": "3", "nodes c": "4"}) == [
        "nodes a: 1 -> absent",
        "nodes b: 2 -> 3",
        "nodes c: absent -> 4",
    ]
