# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filters for etcd check their input and give known answers."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.filter.etcd_initial_cluster import FilterModule as InitialCluster
from ansible_collections.quorum.kubernetes.plugins.filter.etcd_signing import FilterModule as Signing

initial_cluster = InitialCluster().filters()["etcd_initial_cluster"]
signing = Signing().filters()["etcd_signing"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], ""),
        ([{"name": "etcd1", "address": "10.0.0.41"}], "etcd1=https://10.0.0.41:2380"),
        (
            [{"name": "a", "peer_url": "https://a.example:2390"}, {"name": "b", "address": "fd00::2"}],
            "a=https://a.example:2390,b=https://[fd00::2]:2380",
        ),
    ],
)
def test_members_are_written_as_etcd_wants_them(members: list[dict[str, str]], expected: str) -> None:
    assert initial_cluster(members) == expected


@pytest.mark.parametrize("members", ["etcd1", ["etcd1"], None, [{"name": "etcd1"}], [{"address": "10.0.0.1"}]])
def test_what_is_no_list_of_members_is_refused_by_name(members: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"quorum\.kubernetes\.etcd_initial_cluster"):
        initial_cluster(members)


def test_the_first_candidate_makes_the_ca() -> None:
    report = {"ca": "", "has_ca_key": False, "requests": [{"name": "server"}]}
    plan = signing({"etcd1": report, "etcd2": report}, ["etcd2", "etcd1"])
    assert (plan["host"], plan["new_ca"]) == ("etcd2", True)
    assert plan["requests"] == [{"name": "server", "host": "etcd1"}, {"name": "server", "host": "etcd2"}]


@pytest.mark.parametrize(("reports", "candidates"), [([], []), ({"a": 1}, []), ({}, "etcd1")])
def test_what_are_no_reports_is_refused_by_name(reports: Any, candidates: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"quorum\.kubernetes\.etcd_signing"):
        signing(reports, candidates)
