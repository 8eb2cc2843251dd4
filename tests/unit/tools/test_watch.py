# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What clients saw, in figures."""

from __future__ import annotations

import itertools

import pytest

from tests.tools.probe import Report
from tests.tools.watch import OBJECTS, Seen, updates


def _seen(**reports: Report) -> Seen:
    return Seen(dict(reports), acknowledged=7, refused=1, lost=("write-3",))


def test_the_kind_that_fared_worst_counts() -> None:
    seen = _seen(GET=Report(8000, 1, 0.11, ("reset",)), PUT=Report(8000, 3, 0.15, ("reset",)))
    assert seen.failed_of_4000 == pytest.approx(1.5)
    assert seen.longest_gap == pytest.approx(0.15)


def test_few_requests_count_as_4000() -> None:
    assert _seen(GET=Report(100, 1, 0.1, ())).failed_of_4000 == 1


def test_figures_are_told_by_kind() -> None:
    assert str(_seen(GET=Report(8000, 0, 0.114, ()))) == (
        "GET: failed/sent 0/8000, longest gap 0.11 s; 7 writes acknowledged, 1 refused, 1 lost"
    )


def test_an_object_is_not_updated_again_before_all_others_are() -> None:
    sent = list(itertools.islice(updates(), len(OBJECTS) + 1))
    assert len({request.path for request in sent}) == len(OBJECTS)
    assert sent[0].path == sent[-1].path
    assert sent[0].body != sent[-1].body
    assert sent[0].text("192.0.2.1:6443").startswith(f"PUT {sent[0].path} HTTP/1.1\r\nHost: 192.0.2.1:6443\r\n")
