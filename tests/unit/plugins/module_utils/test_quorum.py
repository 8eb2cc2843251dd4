# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The quorum rule against an oracle that knows no formula: it looks for a majority among all subsets of voters."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import (
    ACTIONS,
    Action,
    ControlPlane,
    Decision,
    MemberView,
    Step,
    decide,
)

# What a member can be: (learner, answers, alarms).
KINDS = {
    "voter": (False, True, ()),
    "dead voter": (False, False, ()),
    "full voter": (False, True, ("NOSPACE",)),
    "learner": (True, True, ()),
    "dead learner": (True, False, ()),
}


def build(kinds: Sequence[str]) -> list[MemberView]:
    """One member of each kind, named m0, m1 and so on."""
    return [MemberView(f"id{i}", f"m{i}", (f"https://10.0.0.{i}:2380",), *KINDS[kind]) for i, kind in enumerate(kinds)]


def some_majority(voters: set[str], reliable: set[str]) -> bool:
    """Whether some subset of the voters that is more than half of them consists of reliable ones alone."""
    return any(
        set(subset) <= reliable
        for size in range(1, len(voters) + 1)
        if size > len(voters) - size
        for subset in itertools.combinations(sorted(voters), size)
    )


def oracle(kinds: dict[str, str], action: str, subject: str) -> bool:
    """The rule of the design, in sets: which members vote afterwards, and which of them can be relied on."""
    voters = {name for name, kind in kinds.items() if "learner" not in kind}
    alive = {name for name in voters if not kinds[name].startswith("dead")}
    reliable = {name for name in voters if kinds[name] == "voter"}
    others_learn = {name for name, kind in kinds.items() if "learner" in kind and name != subject}
    if action == "restart":
        if kinds[subject].endswith("learner") or others_learn:
            return False
        return voters == {subject} or some_majority(voters, reliable - {subject})
    if others_learn or not some_majority(voters, alive):
        return False
    if action == "add":
        after, reliable_after = voters | {subject}, set(reliable)
    elif action == "promote":
        if subject in voters:
            return False
        after, reliable_after = voters | {subject}, set(reliable)
    else:
        after, reliable_after = voters - {subject}, reliable - {subject}
        if not after:
            return False
    if action in ("add", "promote") and len(voters) == 1:
        reliable_after.add(subject)
    return some_majority(after, reliable_after)


def cases(size: int) -> Iterator[tuple[tuple[str, ...], Action, str]]:
    """Every cluster of ``size`` members (up to their order) with every step on every member."""
    for kinds in itertools.combinations_with_replacement(KINDS, size):
        yield kinds, "add", "new"
        for index in range(size):
            for action in ACTIONS[1:]:
                yield kinds, action, f"m{index}"


def disagreements(size: int, rule: Callable[[list[MemberView], Step], Decision]) -> list[str]:
    """The cases of this size in which ``rule`` and the oracle differ."""
    return [
        f"{action} {subject} of {kinds}"
        for kinds, action, subject in cases(size)
        if rule(build(kinds), Step(action, subject)).allowed
        != oracle({f"m{i}": kind for i, kind in enumerate(kinds)}, action, subject)
    ]


@pytest.mark.parametrize("size", range(1, 8))
def test_the_rule_agrees_with_the_oracle_in_every_case(size: int) -> None:
    assert disagreements(size, decide) == []


@pytest.mark.parametrize("size", range(1, 5))
def test_the_order_of_the_members_does_not_matter(size: int) -> None:
    for kinds in itertools.combinations_with_replacement(KINDS, size):
        members = build(kinds)
        for action in ACTIONS:
            step = Step(action, "new" if action == "add" else "m0")
            answers = {decide(order, step).allowed for order in itertools.permutations(members)}
            assert len(answers) == 1, (kinds, action)


def always(_members: list[MemberView], _step: Step) -> Decision:
    return Decision(True, "the guard is off.")


def forgetful(members: list[MemberView], step: Step) -> Decision:
    """A plausible mistake: counts on the member that restarts."""
    return decide(members, step if step.action != "restart" else Step("remove", step.member))


@pytest.mark.parametrize("broken", [always, forgetful])
def test_the_oracle_finds_a_broken_rule(broken: Callable[[list[MemberView], Step], Decision]) -> None:
    assert all(disagreements(size, broken) for size in (1, 3, 5))


@pytest.mark.parametrize(
    ("kinds", "step", "why"),
    [
        (
            ["voter", "voter", "dead voter"],
            Step("remove", "m0"),
            "removing m0 would endanger etcd's quorum: 1 of 2 voting members would be healthy, 2 are needed"
            " (unhealthy: m2 (does not answer)).",
        ),
        (
            ["voter", "voter", "dead voter"],
            Step("remove", "m2"),
            "removing m2 is safe: 2 of 2 voting members would be healthy, 2 are needed.",
        ),
        (
            ["voter", "voter", "full voter"],
            Step("restart", "m0"),
            "restarting m0 would endanger etcd's quorum: 1 of 3 voting members would be healthy, 2 are needed"
            " (unhealthy: m2 (NOSPACE)).",
        ),
        (
            ["voter", "voter"],
            Step("restart", "m0"),
            "restarting m0 would endanger etcd's quorum: 1 of 2 voting members would be healthy, 2 are needed.",
        ),
        (
            ["voter", "dead voter", "dead voter"],
            Step("remove", "m1"),
            "etcd has no quorum: 1 of 3 voting members answer, 2 are needed.",
        ),
        (["voter"], Step("remove", "m0"), "m0 is the last etcd member that votes; removing it would end the cluster."),
        (["voter", "learner"], Step("add", "m2"), "etcd has a learner that nobody has settled: m1."),
        (["voter"], Step("remove", "elsewhere"), "etcd has no member elsewhere."),
        ([], Step("add", "m0"), "no etcd member is known, so nothing can be said about quorum."),
    ],
)
def test_the_sentence_says_why(kinds: list[str], step: Step, why: str) -> None:
    assert decide(build(kinds), step).why == why


def test_every_refusal_says_what_to_do() -> None:
    silent = [
        (kinds, action)
        for size in range(1, 5)
        for kinds, action, subject in cases(size)
        for decision in [decide(build(kinds), Step(action, subject))]
        if not decision.allowed and not decision.fix
    ]
    assert silent == []


@pytest.mark.parametrize("step", [Step("add", "m2"), Step("add", "new name", ("https://10.0.0.2:2380",))])
def test_a_dead_member_is_removed_before_its_replacement_is_added(step: Step) -> None:
    decision = decide(build(["voter", "voter", "dead voter", "voter", "voter"]), step)
    assert not decision.allowed
    assert "already" in decision.why
    assert decision.fix == "Remove the old member first, then add its replacement."


@pytest.mark.parametrize("wanted", ["id2", "m2", "https://10.0.0.2:2380"])
def test_a_member_is_found_by_id_name_or_peer_url(wanted: str) -> None:
    assert decide(build(["voter", "voter", "voter"]), Step("remove", wanted)).why.startswith("removing m2 is safe")


def test_a_member_that_never_started_is_called_by_its_peer_url() -> None:
    members = [*build(["voter", "voter", "voter"]), MemberView("id9", "", ("https://10.0.0.9:2380",), True, False)]
    decision = decide(members, Step("add", "cp5"))
    assert decision.why == ("etcd has a learner that nobody has settled: (never started, https://10.0.0.9:2380).")
    assert decide(members, Step("remove", "https://10.0.0.9:2380")).allowed


@pytest.mark.parametrize(
    ("healthy", "action", "allowed"),
    [
        ((True, True, True), "remove", True),
        ((True, False, False), "remove", False),
        ((False, True, False), "remove", True),
        ((True, False, False), "restart", False),
        ((False, False, True), "restart", True),
        ((False, False, False), "add", False),
        ((True, False, False), "add", True),
    ],
)
def test_a_fully_healthy_control_plane_stays(healthy: tuple[bool, ...], action: Action, allowed: bool) -> None:
    hosts = [ControlPlane(f"m{i}", state) for i, state in enumerate(healthy)]
    step = Step("add", "new") if action == "add" else Step(action, "m0")
    decision = decide(build(["voter"] * 3), step, hosts)
    assert decision.allowed is allowed
    if not allowed:
        assert "control plane" in decision.why


def test_control_planes_beside_external_etcd_are_not_taken_by_a_step_on_a_member() -> None:
    hosts = [ControlPlane("cp1", True), ControlPlane("cp2", False)]
    assert decide(build(["voter"] * 3), Step("remove", "m0"), hosts).allowed


def test_the_only_member_may_restart() -> None:
    decision = decide(build(["voter"]), Step("restart", "m0"), [ControlPlane("m0", True)])
    assert decision.allowed
    assert "silent while it restarts" in decision.why
