# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""External etcd's settings and unit: TLS everywhere, the first start apart, nothing but what it needs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render

MEMBERS = [
    {
        "name": f"etcd{number}",
        "address": f"10.0.0.4{number}",
        "peer_url": f"https://10.0.0.4{number}:2380",
        "client_url": f"https://10.0.0.4{number}:2379",
    }
    for number in (1, 2, 3)
]


def _template(name: str, **given: Any) -> str:
    scope = {"etcd_name": "etcd2", "etcd_members": MEMBERS, **given}
    return str(render("etcd", f"lookup('ansible.builtin.template', '{name}')", **scope))


def settings(**given: Any) -> dict[str, str]:
    """etcd's settings by environment variable."""
    lines = [line for line in _template("etcd.env.j2", **given).splitlines() if line and not line.startswith("#")]
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def test_it_listens_with_tls_on_its_own_address_and_for_the_host_itself() -> None:
    found = settings()
    assert found["ETCD_LISTEN_CLIENT_URLS"] == "https://10.0.0.42:2379,https://127.0.0.1:2379"
    assert found["ETCD_ADVERTISE_CLIENT_URLS"] == "https://10.0.0.42:2379"
    assert found["ETCD_LISTEN_PEER_URLS"] == "https://10.0.0.42:2380"
    assert found["ETCD_LISTEN_METRICS_URLS"] == "http://127.0.0.1:2381"
    assert [found[name] for name in ("ETCD_CLIENT_CERT_AUTH", "ETCD_PEER_CLIENT_CERT_AUTH")] == ["true", "true"]


def test_what_decides_the_first_start_is_not_among_the_settings() -> None:
    names = [name for name in settings() if name.startswith("ETCD_INITIAL_CLUSTER")]
    assert names == []


def test_settings_are_the_same_whatever_members_there_are_besides() -> None:
    assert settings() == settings(etcd_members=MEMBERS[:2])


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"etcd_quota_mib": 8192}, "ETCD_QUOTA_BACKEND_BYTES", "8589934592"),
        ({"etcd_compaction_retention": "1h"}, "ETCD_AUTO_COMPACTION_RETENTION", "1h"),
        ({"etcd_config": {"heartbeat-interval": 200}}, "ETCD_HEARTBEAT_INTERVAL", "200"),
        ({"etcd_config": {"logger": "zap", "log-level": "warn"}}, "ETCD_LOG_LEVEL", "warn"),
        ({"etcd_config": {"quota-backend-bytes": "1"}}, "ETCD_QUOTA_BACKEND_BYTES", "1"),
    ],
)
def test_the_users_settings_win(given: dict[str, Any], name: str, value: str) -> None:
    assert settings(**given)[name] == value


def test_the_unit_waits_for_the_others_and_may_write_its_data_alone() -> None:
    unit = _template("etcd.service.j2", etcd_data_directory="/data/etcd").splitlines()
    for line in (
        "Type=notify",
        "User=etcd",
        "TimeoutStartSec=infinity",
        "EnvironmentFile=-/etc/etcd/bootstrap.env",
        "ProtectSystem=strict",
        "ReadWritePaths=/data/etcd",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
    ):
        assert line in unit


def test_servers_certificates_are_clients_too_and_name_the_member() -> None:
    wanted = render("etcd", "__etcd_member_certificates", etcd_name="etcd2", etcd_members=MEMBERS)
    by_name = {one["name"]: one for one in wanted}
    assert by_name["server"]["names"] == ["etcd2", "10.0.0.42", "localhost", "127.0.0.1"]
    assert by_name["peer"]["usages"] == ["server", "client"]
    assert [by_name[name].get("owner") for name in ("server", "peer", "client")] == ["etcd", "etcd", None]


def test_a_host_that_was_not_asked_may_have_data() -> None:
    def nobody(**reports: Any) -> Any:
        hostvars = {host: {"__etcd_release": {"has_data": value}} for host, value in reports.items()}
        scope: dict[str, Any] = {"etcd_hosts": ["etcd1", "etcd2"], "hostvars": {"etcd1": {}, "etcd2": {}} | hostvars}
        return render("etcd", "__etcd_nobody_has_data", **scope)

    assert nobody(etcd1=False, etcd2=False) is True
    assert nobody(etcd1=False, etcd2=True) is False
    assert nobody(etcd1=False) is False
