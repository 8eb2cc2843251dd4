# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What kubeadm has left on a host's disk."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state, pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import Seen

ETCD_UNITS = tuple(f"{directory}/systemd/system/etcd.service" for directory in ("/etc", "/usr/lib", "/lib"))
DEFAULT_PORT = "6443"

_SERVER = re.compile(r"^\s*server:\s*(\S+)", re.MULTILINE)
_CLIENT_CERTIFICATE = re.compile(r"^\s*client-certificate:\s*(\S+)", re.MULTILINE)
_EMBEDDED_CERTIFICATE = re.compile(r"^\s*client-certificate-data:\s*\S", re.MULTILINE)
_CONTEXT_NODE = re.compile(r"system:node:([^@\s]+)@")
_NO_ROTATION = re.compile(r"^rotateCertificates:\s*false", re.MULTILINE)
_RUNTIME_FLAG = re.compile(r"--container-runtime-endpoint=([^\s\"']+)")
_RUNTIME_SETTING = re.compile(r"^containerRuntimeEndpoint:\s*(\S+)", re.MULTILINE)
_LOCAL_ETCD = re.compile(r"--etcd-servers=\S*https://(127\.0\.0\.1|\[::1\]):")


@dataclass(frozen=True)
class OnDisk:
    """What the files say.

    `server` is the API endpoint of the kubelet, `cri_socket` its runtime's, `api` the local API server's host and port.
    """

    seen: Seen
    ca_sha256: str | None = None
    node_name: str = ""
    server: str = ""
    cri_socket: str = ""
    api: tuple[str, str] | None = None


def read(disk: Disk) -> OnDisk:
    """Read a host; never raises."""
    kubelet_conf = disk.read(host_state.KUBELET_CONF)
    api_server = disk.read(host_state.API_SERVER_MANIFEST)
    certificate = kubelet_certificate(kubelet_conf)
    files = {path for path in host_state.ALL_FILES if disk.filled(path)}
    files.discard(host_state.KUBELET_CERTIFICATE)
    if disk.filled(certificate):
        files.add(host_state.KUBELET_CERTIFICATE)
    seen = Seen(
        files=frozenset(files),
        manifests=tuple(disk.names(host_state.MANIFESTS)),
        kubelet_conf_embedded=bool(_EMBEDDED_CERTIFICATE.search(kubelet_conf)),
        rotates_certificates=not _NO_ROTATION.search(disk.read(host_state.KUBELET_CONFIG)),
        local_etcd=bool(_LOCAL_ETCD.search(api_server)) if "--etcd-servers=" in api_server else True,
        etcd_data=disk.exists(f"{host_state.ETCD_DATA}/member") and not any(map(disk.exists, ETCD_UNITS)),
    )
    return OnDisk(
        seen=seen,
        ca_sha256=ca_hash(disk.read(host_state.CA_CERTIFICATE)),
        node_name=node_name(kubelet_conf, disk.read(certificate)),
        server=_first(_SERVER, kubelet_conf),
        cri_socket=cri_socket(disk),
        api=api_address(api_server),
    )


def kubelet_certificate(kubelet_conf: str) -> str:
    """The path of the kubelet's rotated client certificate; the kubelet's argument cert-dir moves it."""
    return _first(_CLIENT_CERTIFICATE, kubelet_conf) or host_state.KUBELET_CERTIFICATE


def ca_hash(pem: str) -> str | None:
    """The pin of the host's CA, None without one."""
    try:
        return pki.ca_cert_hash(pem)
    except QuorumError:
        return None


def node_name(kubelet_conf: str, certificate: str) -> str:
    """The name under which the kubelet registered: its certificate's, or the context's that kubeadm init wrote."""
    try:
        found = pki.node_name(certificate)
    except QuorumError:
        found = ""
    return found or _first(_CONTEXT_NODE, kubelet_conf)


def cri_socket(disk: Disk) -> str:
    """The endpoint of the kubelet's container runtime; kubeadm has kept it in three places in the course of time."""
    flag = _first(_RUNTIME_FLAG, disk.read(host_state.KUBELET_FLAGS))
    written = (disk.read(path) for path in (host_state.KUBELET_INSTANCE_CONFIG, host_state.KUBELET_CONFIG))
    return flag or next((found for text in written if (found := _first(_RUNTIME_SETTING, text))), "")


def api_address(manifest: str) -> tuple[str, str] | None:
    """Host and port of the API server whose static pod this manifest is."""
    address = re.search(r"--advertise-address=(\S+)", manifest)
    port = re.search(r"--secure-port=(\d+)", manifest)
    if not address:
        return None
    return address.group(1).strip("\"'"), port.group(1) if port else DEFAULT_PORT


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(1).strip("\"'") if found else ""
