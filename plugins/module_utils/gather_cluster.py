# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a control plane's own API server and etcd say about the cluster."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client, host_state, nodes
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner

Json = dict[str, Any]

REQUEST_SECONDS = 5
POLL_SECONDS = 0.5

_VERSION = re.compile(r"^kubernetesVersion:\s*v?(\S+)", re.MULTILINE)


def server_url(host: str, port: str) -> str:
    """The URL of an API server; an IPv6 address goes into brackets."""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def readyz(host: str, port: str, ca_path: str = host_state.CA_CERTIFICATE, timeout: float = REQUEST_SECONDS) -> str:
    """Ask ``/readyz`` of one API server over TLS verified by the cluster's CA; "" when ready, else the reason.

    Anonymous requests to this path are allowed by kubeadm's default rules (system:public-info-viewer).
    """
    try:
        context = ssl.create_default_context(cafile=ca_path)
        connection = http.client.HTTPSConnection(host, int(port), timeout=timeout, context=context)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            text = answer.read(4096).decode(errors="replace")
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    if answer.status == 200:
        return ""
    failed = [line for line in text.splitlines() if line.startswith("[-]")]
    return f"status {answer.status}" + (f": {failed[0][3:]}" if failed else "")


def await_api(
    probe: Callable[[], str],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Whether the API server answers ready within `timeout` seconds; it is asked at least once."""
    deadline = clock() + timeout
    while probe():
        if clock() + POLL_SECONDS > deadline:
            return False
        sleep(POLL_SECONDS)
    return True


def node_list(kubectl: Kubectl) -> list[Json] | None:
    """All nodes in short; None when the API server could not be asked."""
    try:
        return [nodes.summary(node) for node in kubectl.list("nodes")]
    except QuorumError:
        return None


def own_node_exists(runner: Runner, name: str) -> bool | None:
    """Whether a worker's Node object exists, asked with the kubelet's own credentials; None without an answer."""
    kubectl = Kubectl(runner, host_state.KUBELET_CONF, request_timeout=REQUEST_SECONDS, retry_seconds=REQUEST_SECONDS)
    try:
        return kubectl.get("node", name) is not None
    except QuorumError:
        return None


def stored_configuration(kubectl: Kubectl) -> str:
    """kubeadm's ClusterConfiguration as text, as the cluster keeps it; "" when there is none."""
    stored = kubectl.get("configmap", "kubeadm-config", "kube-system") or {}
    return str((stored.get("data") or {}).get("ClusterConfiguration") or "")


def configured_version(kubectl: Kubectl) -> str:
    """The version of Kubernetes in kubeadm's ClusterConfiguration, without v; "" when there is none."""
    match = _VERSION.search(stored_configuration(kubectl))
    return match[1] if match else ""


def local_kubectl(runner: Runner, api: tuple[str, str]) -> Kubectl:
    """kubectl at the API server of this host, not at the endpoint of the cluster."""
    return Kubectl(runner, server=server_url(*api), request_timeout=REQUEST_SECONDS, retry_seconds=REQUEST_SECONDS)


def etcd(manifest: str) -> Json:
    """etcd's members, each by its own view, asked where the API server of this manifest has its etcd; never raises."""
    connection = etcd_client.api_server_connection(manifest)
    if connection is None:
        return {"members": []}
    return etcd_client.describe(*connection, timeout=3.0)


def own_member(members: list[Json], node_name: str, address: str) -> str:
    """This host's member among those that etcd lists, as one of host_state's MEMBER_* words."""
    if not members:
        return host_state.MEMBER_UNKNOWN
    host = f"[{address}]" if ":" in address else address
    for member in members:
        peers = member.get("peer_urls") or []
        if (node_name and member.get("name") == node_name) or any(url.startswith(f"https://{host}:") for url in peers):
            if member.get("is_learner"):
                return host_state.MEMBER_LEARNER
            return host_state.MEMBER_VOTER if member.get("name") else host_state.MEMBER_UNSTARTED
    return host_state.MEMBER_ABSENT
