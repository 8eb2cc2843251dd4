# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The configuration that a cluster keeps, and the one that a host runs with."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state, pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubeadm_config import (
    KEPT,
    KUBEADM_MAP,
    KUBELET_MAP,
    PROXY_MAP,
    Configuration,
    Running,
    certificate_names,
    kubelet_flags,
    pod_settings,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl

Json = dict[str, Any]

CONNECT_SECONDS = 5.0
API_SERVER_CERTIFICATE = f"{host_state.PKI}/apiserver.crt"


def kept(kubectl: Kubectl) -> Configuration:
    """What the cluster keeps; QuorumError when nobody answers."""
    maps = kubectl.get_each("configmap", list(KEPT), "kube-system")
    texts = {
        name: found["data"][KEPT[name]] for name, found in maps.items() if (found.get("data") or {}).get(KEPT[name])
    }
    read = dict(zip(texts, kubectl.yaml_to_json(list(texts.values()))))
    return Configuration(read.get(KUBEADM_MAP, {}), read.get(KUBELET_MAP, {}), read.get(PROXY_MAP, {}))


def running(kubectl: Kubectl, disk: Disk) -> Running:
    """What this host runs with; QuorumError when it cannot be read. No API server is asked."""
    pods = host_state.static_pods(disk.filled)
    texts = [disk.read(f"{host_state.MANIFESTS}/{name}.yaml") for name in pods]
    found = kubectl.yaml_to_json([*texts, disk.read(host_state.KUBELET_CONFIG)])
    certificate = disk.read(API_SERVER_CERTIFICATE)
    return Running(
        {name: pod_settings(pod) for name, pod in zip(pods, found)},
        pki.alternative_names(certificate) if certificate else [],
        found[-1],
        kubelet_flags(disk.read(host_state.KUBELET_FLAGS)),
    )


def names_not_shown(api: tuple[str, str], wanted: Configuration) -> list[str]:
    """Names that the certificate should have that the API server at this address shows; all of them without answer."""
    try:
        shown = pki.alternative_names(_shown(*api))
    except (OSError, ValueError, QuorumError):
        shown = []
    return [name for name in certificate_names(wanted.cluster) if name not in shown]


def _shown(host: str, port: str) -> str:
    """The certificate that a server shows, which is read and not trusted."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS)
    with plain, context.wrap_socket(plain) as connection:
        return ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True) or b"")
