# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""haproxy's and keepalived's configuration."""

from __future__ import annotations

from typing import Any

from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render

BACKENDS = [
    {"name": "cp1", "address": "10.0.0.11", "port": 6443},
    {"name": "cp2", "address": "2001:db8::12", "port": 6443},
]
VIP: dict[str, Any] = {
    "load_balancer_vip": "10.0.0.10",
    "load_balancer_vip_prefix": 24,
    "load_balancer_vip_interface": "eth0",
    "load_balancer_address": "10.0.0.5",
    "load_balancer_peers": ["10.0.0.6", "10.0.0.7"],
    "load_balancer_priority": 254,
}


def _lines(file_name: str, **given: Any) -> list[str]:
    files = render("load_balancer", "__load_balancer_files", **{"load_balancer_backends": BACKENDS, **given})
    content = next(file["content"] for file in files if file["path"].endswith(file_name))
    return [line.strip() for line in content.splitlines()]


def test_every_api_server_is_there_from_the_start() -> None:
    lines = _lines("haproxy.cfg")
    assert "server cp1 10.0.0.11:6443 check verify none" in lines
    assert "server cp2 [2001:db8::12]:6443 check verify none" in lines


def test_readyz_is_asked_over_tls_and_sessions_live_long() -> None:
    lines = _lines("haproxy.cfg")
    start = lines.index("option httpchk")
    assert lines[start : start + 4] == [
        "option httpchk",
        "http-check connect ssl alpn http/1.1",
        "http-check send meth GET uri /readyz",
        "http-check expect status 200",
    ]
    assert "timeout tunnel 24h" in lines
    assert not [line for line in lines if "ssl-hello-chk" in line]


def test_the_local_one_listens_on_the_loopback_alone() -> None:
    given = {"load_balancer_bind_addresses": ["127.0.0.1"], "load_balancer_port": 8443, "load_balancer_stats_port": 0}
    assert [line for line in _lines("haproxy.cfg", **given) if line.startswith("bind")] == ["bind 127.0.0.1:8443"]


def test_it_listens_everywhere_and_statistics_are_for_the_host_itself() -> None:
    ipv4 = _lines("haproxy.cfg", load_balancer_backends=BACKENDS[:1])
    assert [line for line in ipv4 if line.startswith("bind")] == ["bind *:6443", "bind 127.0.0.1:8404"]
    assert "bind [::]:6443" in _lines("haproxy.cfg")


def test_a_new_configuration_is_validated_and_reloaded() -> None:
    files = render("load_balancer", "__load_balancer_files")
    assert files[0]["validate"] == ["haproxy", "-c", "-f", "%s"]
    services = render("load_balancer", "__load_balancer_services")
    assert [service["name"] for service in services] == ["haproxy"]
    assert services[0]["reload_on"] == ["/etc/haproxy/haproxy.cfg"]


def test_peers_share_the_address() -> None:
    lines = _lines("keepalived.conf", **VIP)
    assert "10.0.0.10/24 dev eth0" in lines
    assert lines[lines.index("unicast_peer {") + 1 :][:3] == ["10.0.0.6", "10.0.0.7", "}"]
    assert {"state BACKUP", "nopreempt", "priority 254", "virtual_router_id 51", "unicast_src_ip 10.0.0.5"} <= set(
        lines
    )
    assert 'script "/etc/keepalived/check-haproxy 8404"' in lines


def test_keepalived_comes_only_with_an_address() -> None:
    services = render("load_balancer", "__load_balancer_services", **VIP)
    assert [service["name"] for service in services] == ["haproxy", "keepalived"]
    files = {file["path"]: file for file in render("load_balancer", "__load_balancer_files", **VIP)}
    assert files["/etc/keepalived/check-haproxy"]["mode"] == "0755"
