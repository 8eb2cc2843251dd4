"""How long certificates last, which are renewed, and who has to start again for that."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from pathlib import Path

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import certificates, pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.certificates import DAY, Certificate
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_pki import RSA

# Made by `openssl req -x509 -days 60`; its -enddate is Jan 28 02:05:41 2027 GMT.
SHORT = """
-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIUWtKFhoFY/GsE4+T7/rgZPWo4E68wCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAeFw0yNjExMjkwMjA1NDFaFw0yNzAxMjgwMjA1NDFaMAwx
CjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ1FkuIG5gIVlyL
jqAqpiUcMMTa/h3GJ9QmjTK4L2obXxJACiwSUdi+EbawPD1QE5rYI5GdI9GxyNUt
GbHOhdU5o1MwUTAdBgNVHQ4EFgQUr+a//F09RZvTNnQ/PZJ/nUk1WzwwHwYDVR0j
BBgwFoAUr+a//F09RZvTNnQ/PZJ/nUk1WzwwDwYDVR0TAQH/BAUwAwEB/zAKBggq
hkjOPQQDAgNIADBFAiBMKvih9xZukShLNt2qf9pHf8FDvOhWEzwp0t1I1nmqYQIh
AMrcwA85NEBKXUJkI2Wo6bzaIj58H1tYsRhuS1WvFh4K
-----END CERTIFICATE-----
"""
SHORT_ENDS = datetime(2027, 1, 28, 2, 5, 41, tzinfo=timezone.utc).timestamp()
LONG_ENDS = datetime(2126, 11, 5, 1, 29, 32, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(("pem", "ends"), [(SHORT, SHORT_ENDS), (RSA, LONG_ENDS)], ids=["UTCTime", "GeneralizedTime"])
def test_the_end_is_the_one_that_openssl_prints(pem: str, ends: float) -> None:
    assert pki.not_after(pem) == ends


def put(root: Path, path: str, text: str) -> None:
    """Write a file of a host below `root`."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def test_files_and_kubeconfigs_are_read(tmp_path: Path) -> None:
    put(tmp_path, "/etc/kubernetes/pki/apiserver.crt", SHORT)
    put(tmp_path, "/etc/kubernetes/pki/ca.crt", RSA)
    coded = base64.b64encode(SHORT.encode()).decode()
    put(tmp_path, "/etc/kubernetes/scheduler.conf", f"users:\n- user:\n    client-certificate-data: {coded}\n")
    found = {one.name: one for one in certificates.read(Disk(str(tmp_path)))}
    assert list(found) == ["apiserver", "scheduler.conf", "ca"]
    assert found["scheduler.conf"].not_after == SHORT_ENDS
    assert [one.renewable for one in found.values()] == [True, True, False]


def test_a_damaged_certificate_is_named(tmp_path: Path) -> None:
    put(tmp_path, "/etc/kubernetes/admin.conf", "users:\n- user:\n    client-certificate-data: AAAA\n")
    with pytest.raises(QuorumError, match=r"E2540 /etc/kubernetes/admin\.conf: "):
        certificates.read(Disk(str(tmp_path)))


def certificate(name: str, holder: str, days: float, written: float = 0.0) -> Certificate:
    """Return a certificate with so many days left at time 0."""
    return Certificate(name, f"/etc/{name}", holder, days * DAY, written)


def test_what_ends_soon_is_renewed_but_neither_cas_nor_the_kubelets() -> None:
    found = [
        certificate("apiserver", "kube-apiserver", 89.9),
        certificate("etcd-server", "etcd", 90),
        certificate("ca", certificates.AUTHORITY, 1),
        certificate("kubelet-client", certificates.KUBELET, 1),
    ]
    assert certificates.to_renew(found, 90, 0.0) == ["apiserver"]


def test_what_has_ended_is_told() -> None:
    found = [certificate("apiserver", "kube-apiserver", -0.5), certificate("ca", certificates.AUTHORITY, 1)]
    assert certificates.expired(found, 0.0) == ["apiserver"]
    assert [one.days_left(0.0) for one in found] == [-1, 1]


def test_who_works_with_older_certificates_starts_again_the_dependent_ones_first() -> None:
    found = [
        certificate("etcd-server", "etcd", 300, written=100.0),
        certificate("apiserver", "kube-apiserver", 300, written=100.0),
        certificate("scheduler.conf", "kube-scheduler", 300, written=10.0),
        certificate("admin.conf", "", 300, written=100.0),
    ]
    started = {"etcd": 50.0, "kube-apiserver": 50.0, "kube-scheduler": 50.0}
    assert certificates.to_restart(found, started) == ["kube-apiserver", "etcd"]
    assert certificates.to_restart(found, {"etcd": 150.0}) == []
    assert certificates.missing_components(found, {"etcd": 150.0}) == ["kube-scheduler", "kube-apiserver"]


def test_the_report_begins_with_what_ends_first() -> None:
    found = [certificate("ca", certificates.AUTHORITY, 3650), certificate("apiserver", "kube-apiserver", -3)]
    assert certificates.lines(found, 0.0) == [
        "apiserver  expired          /etc/apiserver",
        "ca          3650 days left  /etc/ca",
    ]
