# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a control plane's own kubelet says of its static pods, and whether they run in that form.

A kubelet of another minor computes other UIDs for the same manifests, so that it stops every static pod and starts it
anew a few seconds after its own start. Until then everything looks whole. Only the kubelet knows the UIDs it wants.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import ssl
from collections.abc import Sequence
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state, kubeadm_config
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

Json = dict[str, Any]

CLIENT = f"{host_state.PKI}/apiserver-kubelet-client"
REQUEST_SECONDS = 10.0
# A component that cannot reach another one yet may end once or twice.
HOPELESS_RESTARTS = 3
PUT_BACK = "its old file was put back; correct the setting and run again"

_HEALTHZ = re.compile(r"^healthz(BindAddress|Port):\s*[\"']?([^\s\"']+)", re.MULTILINE)
_SETTING = re.compile(r"^(address|port):\s*[\"']?([^\s\"']+)", re.MULTILINE)


def address(configuration: str) -> tuple[str, int]:
    """Where the kubelet with this configuration listens."""
    found = dict(_SETTING.findall(configuration))
    host = ipaddress.ip_address(found.get("address", "127.0.0.1"))
    return "127.0.0.1" if host.is_unspecified else str(host), int(found.get("port", 10250))


def pods(disk: Disk) -> list[Json]:
    """The pods that this host's kubelet is to run. Raises OSError, ValueError or HTTPException with the reason."""
    # Its certificate may be one that it signed itself. This host is the only one that is asked, and learns no secret.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(disk.path(f"{CLIENT}.crt"), disk.path(f"{CLIENT}.key"))
    host, port = address(disk.read(host_state.KUBELET_CONFIG))
    connection = http.client.HTTPSConnection(host, port, timeout=REQUEST_SECONDS, context=context)
    try:
        connection.request("GET", "/pods")
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"status {answer.status}: {text[:200]}")
    return [pod for pod in json.loads(text).get("items") or [] if isinstance(pod, dict)]


def unhealthy(disk: Disk) -> str:
    """Why this host's kubelet is not healthy, "" when it is; asked where its configuration says that it answers."""
    found = dict(_HEALTHZ.findall(disk.read(host_state.KUBELET_CONFIG)))
    host, port = found.get("BindAddress", "127.0.0.1"), int(found.get("Port", 10248))
    if port == 0:
        return ""
    try:
        connection = http.client.HTTPConnection(host, port, timeout=REQUEST_SECONDS)
        try:
            connection.request("GET", "/healthz")
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    return "" if status == 200 else f"status {status}"


def not_serving(wanted: Sequence[Json], name: str, settings: Sequence[str]) -> list[str]:
    """Why the static pod of a component does not work with these settings, in the form of `pod_settings`.

    `wanted`: the kubelet's pods with their status, which is that of the pod in its present form. Raises QuorumError
    when it has ended so often that it will not come up.
    """
    pod = next((one for one in wanted if _from_file(one) and name in _containers(one)), None)
    if pod is None or kubeadm_config.pod_settings(pod) != list(settings):
        return [f"the kubelet has not read the manifest of {name} yet"]
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    status: Json = next((one for one in statuses if one.get("name") == name), {})
    if status.get("ready"):
        return []
    if status.get("restartCount", 0) >= HOPELESS_RESTARTS:
        raise QuorumError("E2574", f"{name} ended {HOPELESS_RESTARTS} times with its new settings", PUT_BACK)
    return [f"{name} is not ready with its new settings"]


def unsettled(wanted: Sequence[Json], containers: Sequence[Json], manifests: Sequence[str]) -> list[str]:
    """What of the static pods does not run as the kubelet wants it.

    `wanted`: the kubelet's pods; `containers`: those that run, as crictl has them; `manifests`: names of the components
    that have a manifest here, which a kubelet that has just started may not have read yet.
    """
    running = {
        ((one.get("labels") or {}).get("io.kubernetes.pod.uid"), (one.get("metadata") or {}).get("name"))
        for one in containers
    }
    static = [(pod["metadata"].get("uid"), name) for pod in wanted if _from_file(pod) for name in _containers(pod)]
    known = {name for _uid, name in static}
    lacking = [f"the kubelet has not read the manifest of {name} yet" for name in manifests if name not in known]
    return lacking + [f"the kubelet starts {name} again" for uid, name in static if (uid, name) not in running]


def _from_file(pod: Json) -> bool:
    return (pod["metadata"].get("annotations") or {}).get("kubernetes.io/config.source") == "file"


def _containers(pod: Json) -> list[str]:
    return [str(one.get("name")) for one in (pod.get("spec") or {}).get("containers") or []]
