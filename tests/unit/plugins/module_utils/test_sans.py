# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names for the API servers' certificates."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.sans import api_server_sans, canonical, endpoint_host

CONTROL_PLANES = [{"name": "cp1", "address": "10.0.0.11"}, {"name": "cp2", "address": "10.0.0.12"}]


def test_every_way_to_the_api_is_named_once_and_in_a_stable_order() -> None:
    assert api_server_sans(
        CONTROL_PLANES,
        endpoint="10.0.0.100:6443",
        vip="10.0.0.100",
        load_balancers=[{"name": "lb1", "address": "10.0.0.2"}],
        extra=["API.example.com", "cp2"],
    ) == [
        "10.0.0.100",
        "cp1",
        "10.0.0.11",
        "cp2",
        "10.0.0.12",
        "lb1",
        "10.0.0.2",
        "localhost",
        "127.0.0.1",
        "api.example.com",
    ]


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("api.example.com:6443", "api.example.com"),
        ("10.0.0.1:6443", "10.0.0.1"),
        ("[fd00::1]:6443", "fd00::1"),
        ("fd00::1", "fd00::1"),
        ("api.example.com", "api.example.com"),
        ("", ""),
    ],
)
def test_the_host_of_an_endpoint(endpoint: str, host: str) -> None:
    assert endpoint_host(endpoint) == host


def test_addresses_are_compared_by_value() -> None:
    assert canonical("[FD00:0:0::1]") == "fd00::1"
    assert api_server_sans([], endpoint="[FD00::0:1]:6443", vip="fd00::1") == ["fd00::1", "localhost", "127.0.0.1"]
