# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The points at which runs are killed."""

from __future__ import annotations

import pytest

from tests.tools.resume import ALL, POINTS, chosen


def test_usual_points_cover_init_join_and_packages_with_every_kind_of_strike() -> None:
    usual = chosen("")
    assert len(usual) >= 6
    assert {point.strike for point in usual} == {"TERM", "KILL", "RESTART"}
    assert {point.node for point in usual} == {"cp1", "cp2", "cp3", "w1", "w2"}
    assert any("dpkg" in point.when for point in usual)


def test_points_are_chosen_by_name() -> None:
    assert chosen("all") == list(POINTS)
    assert chosen(f"{POINTS[3].name}, {POINTS[1].name}") == [POINTS[3], POINTS[1]]
    with pytest.raises(KeyError):
        chosen("no-such-point")


def test_each_stage_adds_one_host_to_the_one_before() -> None:
    for point in POINTS:
        assert point.hosts == ALL[: len(point.hosts)]
        assert point.hosts[-1] == point.node
        assert point.before in ((), point.hosts[:-1])
