# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A Runner and a clock that tests control."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result, Runner

Answer = Result | Callable[[list[str], str | None], Result]


@dataclass(frozen=True)
class Call:
    """One recorded call."""

    argv: list[str]
    stdin: str | None = None
    env: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The command as one string, to search in."""
        return " ".join(self.argv)


class FakeRunner:
    """Answers by the longest rule whose words all occur in argv in that order; others are run by ``otherwise``.

    A rule's answers are used one after the other, the last one for ever: ``fake.on("kubectl get node", a, b)``.
    Without ``otherwise`` a command that no rule knows is status 127.
    """

    def __init__(self, otherwise: Runner | None = None) -> None:
        self._otherwise = otherwise
        self.calls: list[Call] = []
        self._rules: list[tuple[list[str], list[Answer]]] = []

    def on(self, words: str, *answers: Answer) -> FakeRunner:
        """Answer commands that contain these words in order."""
        self._rules.append((words.split(), list(answers) or [Result(0)]))
        return self

    def run(
        self,
        argv: Sequence[str],
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Record the call and answer by the rules."""
        call = Call(list(argv), stdin, dict(env or {}))
        self.calls.append(call)
        matching = [rule for rule in self._rules if _in_order(rule[0], call.argv)]
        if not matching and self._otherwise is not None:
            return self._otherwise.run(argv, stdin, env, timeout)
        if not matching:
            return Result(127, "", f"{argv[0]}: not faked: {call.line}")
        answers = max(matching, key=lambda rule: len(rule[0]))[1]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer if isinstance(answer, Result) else answer(call.argv, stdin)

    def lines(self) -> list[str]:
        """All commands so far, one string each."""
        return [call.line for call in self.calls]


def _in_order(words: list[str], argv: list[str]) -> bool:
    remaining = iter(argv)
    return all(word in remaining for word in words)


class FakeClock:
    """Time that passes only when somebody sleeps, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds
