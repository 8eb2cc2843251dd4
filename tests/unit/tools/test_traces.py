# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Comparing a host before a cluster with the same host after it."""

from __future__ import annotations

from tests.tools.traces import differences

BEFORE = {"cp1": frozenset({"interface lo", "mount /"}), "w1": frozenset({"interface lo"})}


def test_hosts_that_are_as_before_are_left_out() -> None:
    assert differences(BEFORE, {"cp1": frozenset({"mount /", "interface lo"})}) == {}


def test_what_came_and_what_went_is_named() -> None:
    after = {"cp1": frozenset({"interface lo", "interface cni0"}), "w1": frozenset({"interface lo"})}
    assert differences(BEFORE, after) == {"cp1": ["+ interface cni0", "- mount /"]}
