# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Certificates of a host, how long they last, and which static pods still work with older ones; pure but for reading.

kubeadm's names, as ``kubeadm certs check-expiration`` has them (kubernetes/cmd/kubeadm/app/phases/certs).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state, pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

Json = dict[str, Any]

DAY = 86400.0

AUTHORITY = "authority"
KUBELET = "kubelet"

# The order in which they stop: who depends on another one goes before it.
COMPONENTS = ("kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd")

# name, path, component that has to start again to use a new one ("" when nobody holds it for long).
_FILES = (
    ("apiserver", f"{host_state.PKI}/apiserver.crt", "kube-apiserver"),
    ("apiserver-kubelet-client", f"{host_state.PKI}/apiserver-kubelet-client.crt", "kube-apiserver"),
    ("front-proxy-client", f"{host_state.PKI}/front-proxy-client.crt", "kube-apiserver"),
    ("apiserver-etcd-client", f"{host_state.PKI}/apiserver-etcd-client.crt", "kube-apiserver"),
    ("etcd-server", f"{host_state.PKI}/etcd/server.crt", "etcd"),
    ("etcd-peer", f"{host_state.PKI}/etcd/peer.crt", "etcd"),
    ("etcd-healthcheck-client", f"{host_state.PKI}/etcd/healthcheck-client.crt", ""),
    ("admin.conf", host_state.ADMIN_CONF, ""),
    ("super-admin.conf", host_state.SUPER_ADMIN_CONF, ""),
    ("controller-manager.conf", f"{host_state.KUBERNETES}/controller-manager.conf", "kube-controller-manager"),
    ("scheduler.conf", f"{host_state.KUBERNETES}/scheduler.conf", "kube-scheduler"),
    ("ca", host_state.CA_CERTIFICATE, AUTHORITY),
    ("front-proxy-ca", f"{host_state.PKI}/front-proxy-ca.crt", AUTHORITY),
    ("etcd-ca", f"{host_state.PKI}/etcd/ca.crt", AUTHORITY),
    ("kubelet-client", host_state.KUBELET_CERTIFICATE, KUBELET),
    ("kubelet-server", f"{host_state.KUBELET}/pki/kubelet-server-current.pem", KUBELET),
)

_EMBEDDED = re.compile(r"^\s*client-certificate-data:\s*(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Certificate:
    """One certificate: `holder` is the component that holds it, or AUTHORITY or KUBELET. Times are epoch seconds."""

    name: str
    path: str
    holder: str
    not_after: float
    written: float

    def days_left(self, now: float) -> int:
        """Whole days until it ends; negative when it has."""
        return int((self.not_after - now) // DAY)

    @property
    def renewable(self) -> bool:
        """Whether kubeadm renews it: CAs are never renewed in place, and the kubelet renews its own."""
        return self.holder not in (AUTHORITY, KUBELET)

    def as_dict(self, now: float) -> Json:
        """For people and playbooks."""
        return {**asdict(self), "days_left": self.days_left(now), "renewable": self.renewable}


def read(disk: Disk) -> list[Certificate]:
    """Every certificate of this host that can be read; one that is damaged is an error."""
    found = []
    for name, path, holder in _FILES:
        text = disk.read(path)
        if not text:
            continue
        try:
            not_after = pki.not_after(_pem(text) if path.endswith(".conf") else text)
        except QuorumError as error:
            raise QuorumError(
                "E2540", f"{path}: {error.seen}", "put it back from a backup, or let kubeadm make it"
            ) from error
        found.append(Certificate(name, path, holder, not_after, disk.modified(path)))
    return found


def _pem(kubeconfig: str) -> str:
    """The client certificate inside a kubeconfig."""
    embedded = _EMBEDDED.search(kubeconfig)
    try:
        return base64.b64decode(embedded.group(1), validate=True).decode() if embedded else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""


def to_renew(certificates: Iterable[Certificate], days: int, now: float) -> list[str]:
    """Names of those that kubeadm is to renew: with fewer days left than `days`."""
    return [one.name for one in certificates if one.renewable and one.not_after - now < days * DAY]


def expired(certificates: Iterable[Certificate], now: float) -> list[str]:
    """Names of those that have ended."""
    return [one.name for one in certificates if one.not_after <= now]


def to_restart(certificates: Sequence[Certificate], started: Mapping[str, float]) -> list[str]:
    """Static pods that still work with older certificates than those on the disk, in the order to stop them.

    `started`: when the running container of each component was created, in epoch seconds. A component that does not
    run at all is started by the kubelet anyway.
    """
    newest: dict[str, float] = {}
    for one in certificates:
        newest[one.holder] = max(newest.get(one.holder, 0.0), one.written)
    return [name for name in COMPONENTS if name in started and newest.get(name, 0.0) > started[name]]


def missing_components(certificates: Sequence[Certificate], started: Mapping[str, float]) -> list[str]:
    """Components that hold certificates here but do not run."""
    held = {one.holder for one in certificates}
    return [name for name in COMPONENTS if name in held and name not in started]


def lines(certificates: Sequence[Certificate], now: float) -> list[str]:
    """The report as aligned lines, the one that ends first on top."""
    width = max((len(one.name) for one in certificates), default=0)
    ordered = sorted(certificates, key=lambda one: one.not_after)
    return [f"{one.name:<{width}}  {_left(one.days_left(now))}  {one.path}" for one in ordered]


def _left(days: int) -> str:
    return "expired        " if days < 0 else f"{days:>5} days left"
