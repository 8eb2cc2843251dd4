# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates with the real openssl: three hosts ask, one signs, keys stay where they were made."""

from __future__ import annotations

import os
import pwd
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_pki import Pki, Wanted
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner
from ansible_collections.quorum.kubernetes.plugins.modules.etcd_certificates import run
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

HOSTS = ("etcd1", "etcd2", "cp1")
ME = pwd.getpwuid(os.getuid()).pw_name


class Site:
    """Hosts as folders."""

    def __init__(self, folder: Path) -> None:
        self.runner = FakeRunner(SubprocessRunner())
        self.pki = {host: Pki(self.runner, str(folder / host)) for host in HOSTS}

    def wanted(self, host: str) -> list[dict[str, Any]]:
        if host == "cp1":
            return [_certificate("apiserver", "kube-apiserver-etcd-client", [], ["client"])]
        return [
            _certificate("server", host, [host, "10.0.0.1", "127.0.0.1", "fd00::1"], ["server", "client"]),
            _certificate("client", "client", [], ["client"]),
        ]

    def ask(self, host: str, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        params = {
            "state": "requested",
            "owner": ME,
            "renew_days": 90,
            "certificates": self.wanted(host),
            **given,
        }
        return run(params, self.pki[host], check_mode)

    def plan(self, **given: Any) -> dict[str, Any]:
        return etcd_pki.signing_plan({host: self.ask(host, **given) for host in HOSTS}, ["etcd1", "etcd2"])

    def sign(self, plan: dict[str, Any], check_mode: bool = False, days: int = 365) -> dict[str, Any]:
        params = {"state": "signed", "plan": plan, "common_name": "etcd-ca", "days": days}
        return run(params, self.pki[plan["host"]], check_mode)

    def install(self, signed: dict[str, Any]) -> None:
        for host, certificates in signed["certificates"].items():
            for name, text in {**certificates, "ca": signed["ca"]}.items():
                Path(self.pki[host].path(f"{name}.crt")).write_text(text)

    def settle(self, days: int = 365) -> dict[str, Any]:
        signed = self.sign(self.plan(), days=days)
        self.install(signed)
        return signed


def _certificate(name: str, common_name: str, names: list[str], usages: list[str]) -> dict[str, Any]:
    return {"name": name, "common_name": common_name, "names": names, "usages": usages, "owner": ""}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_hosts_ask_one_signs_and_nothing_is_left_to_ask(site: Site) -> None:
    plan = site.plan()
    assert (plan["host"], plan["new_ca"], plan["problem"]) == ("etcd1", True, "")
    assert [(entry["host"], entry["name"]) for entry in plan["requests"]] == [
        ("etcd1", "server"),
        ("etcd1", "client"),
        ("etcd2", "server"),
        ("etcd2", "client"),
        ("cp1", "apiserver"),
    ]
    site.install(site.sign(plan))
    for host in HOSTS:
        assert site.ask(host)["changed"] is False
    assert site.plan()["requests"] == []


def test_keys_stay_where_they_were_made_and_are_never_arguments(site: Site, tmp_path: Path) -> None:
    signed = site.settle()
    keys = list(tmp_path.glob("*/*.key"))
    assert sorted(key.relative_to(tmp_path).as_posix() for key in keys) == [
        "cp1/apiserver.key",
        "etcd1/ca.key",
        "etcd1/client.key",
        "etcd1/server.key",
        "etcd2/client.key",
        "etcd2/server.key",
    ]
    assert len({key.read_text() for key in keys}) == len(keys)
    said = str(signed) + str([site.ask(host) for host in HOSTS]) + "".join(site.runner.lines())
    for key in keys:
        assert key.stat().st_mode & 0o777 == 0o600
        assert "PRIVATE KEY" not in said
        assert key.read_text().splitlines()[1] not in said


def test_openssl_and_python_accept_the_certificates(site: Site, tmp_path: Path) -> None:
    site.settle()
    ca, cert = tmp_path / "etcd1/ca.crt", tmp_path / "etcd1/server.crt"
    for purpose in ("sslserver", "sslclient"):
        verify = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", str(ca), str(cert)]
        assert subprocess.run(verify, check=False, capture_output=True).returncode == 0
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(cert, tmp_path / "etcd1/server.key")
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-text", "-in", cert], check=True, capture_output=True, text=True
    )
    names = "DNS:etcd1, IP Address:10.0.0.1, IP Address:127.0.0.1, IP Address:FD00:0:0:0:0:0:0:1"
    assert names in shown.stdout
    assert "CA:FALSE" in shown.stdout


def test_a_client_certificate_is_no_servers(site: Site, tmp_path: Path) -> None:
    site.settle()
    ca, cert = tmp_path / "cp1/ca.crt", tmp_path / "cp1/apiserver.crt"
    argv = ["openssl", "verify", "-purpose", "sslserver", "-CAfile", str(ca), str(cert)]
    assert subprocess.run(argv, check=False, capture_output=True).returncode != 0


def test_check_mode_makes_nothing(site: Site, tmp_path: Path) -> None:
    plan = site.plan(check_mode=True)
    assert len(plan["requests"]) == 5
    assert site.sign(plan, check_mode=True)["changes"][0] == "make the CA etcd-ca"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (
            _certificate("server", "etcd1", ["etcd1", "10.0.0.9"], ["server", "client"]),
            "it is for other names or usages",
        ),
        (_certificate("server", "etcd1", ["etcd1"], ["server"]), "it is for other names or usages"),
        (_certificate("other", "etcd1", [], ["client"]), "there is no key"),
    ],
)
def test_a_certificate_that_does_not_fit_is_asked_for_again(site: Site, given: dict[str, Any], why: str) -> None:
    site.settle()
    asked = site.ask("etcd1", certificates=[given])
    assert asked["changes"] == [f"request the certificate {given['name']}: {why}"]
    assert asked["requests"][0]["csr"].startswith("-----BEGIN CERTIFICATE REQUEST-----")


def test_a_certificate_is_renewed_before_it_ends(site: Site) -> None:
    site.settle(days=91)
    assert not site.ask("etcd1")["changed"]
    assert site.ask("etcd1", renew_days=92)["changes"][0].endswith("it ends within 92 days")


def test_damage_is_noticed(site: Site, tmp_path: Path) -> None:
    site.settle()
    server = Wanted("server", "etcd1", ("etcd1",), ("server", "client"))
    key = tmp_path / "etcd1/server.key"
    key.write_text((tmp_path / "etcd1/client.key").read_text())
    assert site.pki["etcd1"].flaw(server, 90) == "it does not belong to the key"
    (tmp_path / "etcd1/server.crt").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    assert site.pki["etcd1"].flaw(server, 90) == "the CA has not signed it"
    (tmp_path / "etcd1/server.crt").unlink()
    assert site.pki["etcd1"].flaw(server, 90) == "there is no certificate"


def test_a_key_that_others_may_read_is_secured(site: Site, tmp_path: Path) -> None:
    site.settle()
    key = tmp_path / "etcd1/server.key"
    key.chmod(0o644)
    assert site.ask("etcd1", check_mode=True)["changes"] == [f"let only {ME} read {key}"]
    assert key.stat().st_mode & 0o777 == 0o644
    assert site.ask("etcd1")["changed"]
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_second_ca_is_never_made(site: Site, tmp_path: Path) -> None:
    site.settle()
    (tmp_path / "etcd1/ca.key").unlink()
    (tmp_path / "etcd2/server.key").unlink()
    plan = site.plan()
    assert plan["problem"] == "the CA's key is on no host of etcd any more; restore it from a backup"
    with pytest.raises(QuorumError, match="E2321 etcd's certificates cannot be made: the CA's key is on no host"):
        site.sign(plan)


def test_two_cas_are_a_problem() -> None:
    def report(ca: str, has_key: bool) -> dict[str, Any]:
        return {"ca": ca, "has_ca_key": has_key, "requests": []}

    two_keys = {"a": report("x", True), "b": report("x", True)}
    assert etcd_pki.signing_plan(two_keys, ["a", "b"])["problem"].startswith("a and b have a CA's key each")
    two_cas = {"a": report("x", True), "b": report("y", False)}
    assert etcd_pki.signing_plan(two_cas, ["a", "b"])["problem"] == "the hosts do not have the same CA certificate"
    assert etcd_pki.signing_plan({"a": report("", False), "b": report("x", True)}, ["a", "b"])["host"] == "b"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Etcd1", "etcd1"), ("10.0.0.1", "10.0.0.1"), ("fd00::1", "FD00:0:0:0:0:0:0:1"), ("::1", "0:0:0:0:0:0:0:1")],
)
def test_names_have_one_spelling(name: str, expected: str) -> None:
    assert etcd_pki.canonical(name) == expected
