"""Whatever stands in an inventory, or comes back from hosts, the answer is lines and never a traceback."""

from __future__ import annotations

from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import facts as host_facts
from ansible_collections.quorum.kubernetes.plugins.module_utils import form, judge, plan
from ansible_collections.quorum.kubernetes.plugins.module_utils.catalogue import CATALOGUE
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import RawInventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.scene import Scene
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import GROUPS, VARIABLES
from ansible_collections.quorum.kubernetes.tests.unit.validator.world import NOW, TODAY, living
from hypothesis import given, settings
from hypothesis import strategies as st

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=30),
    st.sampled_from(
        [
            "1.37.1",
            "10.0.0.11",
            "10.0.0.11,fd00::1",
            "10.244.0.0/16",
            "10.0.0.0/8,fd00::/56",
            "fd00::/0",
            "0.0.0.0/0",
            "[::1]:6443",
            "api.example.com:6443",
            ":::",
            "",
            "6443",
        ]
    ),
    st.from_regex(r"[0-9a-f.:/\[\],-]{0,30}", fullmatch=True),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=10) | st.sampled_from(["name", "value", "key", "effect", "maxPods"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(sorted(VARIABLES)) | st.from_regex(r"kube_[a-z_]{0,20}", fullmatch=True)
HOSTS = ["cp1", "cp2", "w1", "W_1", "localhost", "-x", "10.0.0.9"]
GROUP_NAMES = [*GROUPS, "kube-node", "workers", "other"]
INVENTORIES = st.builds(
    lambda groups, values, plain: RawInventory(
        groups={"all": HOSTS, **groups},
        values={host: values.get(host, {}) for host in HOSTS},
        plain={host: plain.get(host, {}) for host in HOSTS},
        origins={host: {} for host in HOSTS},
        broken={host: {} for host in HOSTS},
        exposed={host: {} for host in HOSTS},
    ),
    st.dictionaries(st.sampled_from(GROUP_NAMES), st.lists(st.sampled_from(HOSTS), unique=True)),
    st.dictionaries(st.sampled_from(HOSTS), st.dictionaries(NAMES, VALUES, max_size=8)),
    st.dictionaries(st.sampled_from(HOSTS), st.dictionaries(st.sampled_from(["ansible_host", "ansible_port"]), VALUES)),
)


def internal(report: judge.Report) -> list[str]:
    """Findings that a check broke off."""
    return [str(finding) for finding in report.findings if finding.code == "0999"]


@settings(max_examples=100, deadline=None)
@given(INVENTORIES)
def test_any_inventory_is_answered(raw: RawInventory) -> None:
    report = judge.judge_inventory(raw, TODAY)
    assert internal(report) == []
    assert all("\n" not in line for line in report.lines)


def paths(data: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path of keys in nested dicts and lists."""
    if isinstance(data, dict):
        keys: Any = list(data)
    elif isinstance(data, list):
        keys = range(len(data))
    else:
        return [prefix]
    return [prefix, *(path for key in keys for path in paths(data[key], (*prefix, key)))]


PATHS = [path for path in paths(living().facts) if len(path) > 1]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=5), st.sampled_from(["build", "upgrade"])
)
def test_any_answer_of_a_host_is_judged(changes: list[tuple[tuple[Any, ...], Any]], purpose: str) -> None:
    made = living()
    made.purpose = purpose
    for path, value in changes:
        place: Any = made.facts
        try:
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue
    assert internal(judge.judge_hosts(made.scene)) == []
    made.plan()


@settings(max_examples=60, deadline=None)
@given(INVENTORIES)
def test_any_inventory_without_errors_can_be_planned(raw: RawInventory) -> None:
    if judge.judge_inventory(raw, TODAY).errors:
        return
    inventory = form.inventory_of(raw, TODAY)
    assert plan.make(inventory, {})["hosts"].keys() == set(inventory.hosts)  # type: ignore[attr-defined]  # a dict


def test_a_check_that_breaks_off_is_one_line_and_the_others_go_on() -> None:
    def broken(_scene: Scene) -> list[Any]:
        raise KeyError("gone")

    made = living()
    made.set("kube_cluster_name", "other")
    found = judge.ask((Rule("0303", broken), *judge.SCENE_RULES), made.scene)
    assert [finding.code for finding in found] == ["0999", "1023"]
    assert "check 0303: broke off with KeyError" in str(found[0])
    assert CATALOGUE["0999"].severity == "E"


def test_a_host_without_any_answer_reads_as_empty() -> None:
    assert host_facts.read({}) == host_facts.Facts()
    assert host_facts.read({"epoch": NOW}).epoch == NOW
