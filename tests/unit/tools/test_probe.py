# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The figures of the API probe: failures, and gaps without an answer."""

from __future__ import annotations

import time

import pytest

from tests.tools.probe import Attempt, refusal, summarise


def _ticks(errors: dict[int, str], count: int = 20) -> list[Attempt]:
    """One attempt every 0.1 s, each of 0.02 s."""
    return [Attempt(n / 10, n / 10 + 0.02, errors.get(n, "")) for n in range(count)]


def test_everything_answered() -> None:
    report = summarise(_ticks({}), 0.0, 1.9)
    assert (report.failed, report.sent) == (0, 20)
    assert report.longest_gap == pytest.approx(0.1)


def test_gap_runs_from_answer_to_answer() -> None:
    report = summarise(_ticks({5: "refused", 6: "refused", 7: "reset"}), 0.0, 1.9)
    assert (report.failed, report.sent) == (3, 20)
    assert report.longest_gap == pytest.approx(0.4)
    assert report.errors == ("refused", "reset")
    first, *_more = report.moments
    assert str(report).startswith(f"failed/sent 3/20, longest gap 0.40 s (refused, reset, {first}")


def test_failures_of_a_second_are_one_moment_of_the_clock() -> None:
    begin = time.monotonic()
    report = summarise([Attempt(begin, begin + 0.01, "reset"), Attempt(begin, begin + 0.02, "reset")], begin, begin + 1)
    earliest, latest = time.time() - 2, time.time()
    assert report.moments[0] in {time.strftime("%H:%M:%S", time.gmtime(at)) for at in (earliest, latest - 1, latest)}
    assert len(report.moments) == 1


def test_stretch_that_ends_unanswered_counts_to_its_end() -> None:
    report = summarise(_ticks(dict.fromkeys(range(10, 20), "refused")), 0.0, 3.0)
    assert report.longest_gap == pytest.approx(3.0 - 0.92)


def test_nothing_answered_is_one_gap() -> None:
    assert summarise([], 1.0, 4.0).longest_gap == pytest.approx(3.0)


def test_attempts_outside_the_stretch_do_not_count() -> None:
    report = summarise(_ticks({0: "refused", 19: "refused"}), 0.5, 1.5)
    assert (report.failed, report.sent) == (0, 11)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("[+]ping ok\n[-]etcd-readiness failed: reason withheld\n[-]shutdown failed: gone\nreadyz check failed\n", 2),
        ('{"kind":"Status","code":500}\n', 0),
        ("", 0),
    ],
)
def test_a_refusal_names_the_checks_that_failed(body: str, told: int) -> None:
    assert refusal(500, body).split() == ["HTTP", "500", *["etcd-readiness", "shutdown"][:told]]
