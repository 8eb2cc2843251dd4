# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One pod on every node that answers on a port and connects to others when asked (Kubernetes' own agnhost)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from tests.tools.kube_api import ApiError, KubeApi
from tests.tools.waiting import wait_until

IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.59"
NAMESPACE = "quorum-network"
LABELS = {"app": "network"}
SERVICE_NAME = f"network.{NAMESPACE}"
READY_TIMEOUT = 180.0  # seconds for the image to be pulled and the pods to run
FOLDER = f"/api/v1/namespaces/{NAMESPACE}"


@dataclass(frozen=True)
class Pod:
    """A pod of ours and where it runs."""

    name: str
    node: str
    address: str


class NetworkPods:
    """The pods exist while the `with` block runs."""

    port = 8080
    service_port = 80

    def __init__(self, api: KubeApi, nodes: int) -> None:
        self._api = api
        self._nodes = nodes
        self.pods: list[Pod] = []

    def __enter__(self) -> NetworkPods:
        for path, document in objects(self.port, self.service_port).items():
            self._api.apply(path, document)
        wait_until(self._missing, timeout=READY_TIMEOUT, what="a test pod on every node", interval=1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.delete(f"/api/v1/namespaces/{NAMESPACE}")

    def dial(self, source: Pod, host: str, port: int) -> str:
        """Let a pod connect to host:port; "" if it was answered, otherwise why not."""
        query = urlencode({"host": host, "port": port, "protocol": "http", "request": "hostname", "tries": 3})
        path = f"{FOLDER}/pods/{source.name}:{self.port}/proxy/dial?{query}"
        try:
            answer = self._api.get(path)
        except ApiError as error:
            return str(error)
        answer = json.loads(answer) if isinstance(answer, str) else answer
        return "" if answer.get("responses") else f"no answer: {answer.get('errors')}"

    def _missing(self) -> str:
        found = self._api.items(f"{FOLDER}/pods?labelSelector=app%3Dnetwork")
        self.pods = [
            Pod(item["metadata"]["name"], item["spec"]["nodeName"], item["status"]["podIP"])
            for item in found
            if _ready(item)
        ]
        if len(self.pods) == self._nodes:
            return ""
        return f"{len(self.pods)} of {self._nodes} are ready: {[_state(item) for item in found if not _ready(item)]}"


def objects(port: int, service_port: int) -> dict[str, dict[str, Any]]:
    """Namespace, DaemonSet and Service by the path they are applied at."""
    container = {
        "name": "agnhost",
        "image": IMAGE,
        "args": ["netexec", f"--http-port={port}"],
        "readinessProbe": {"httpGet": {"path": "/hostname", "port": port}, "periodSeconds": 1},
    }
    pod = {
        "containers": [container],
        "tolerations": [{"operator": "Exists"}],
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
    }
    daemon_set = {
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
    service = {"selector": LABELS, "ports": [{"port": service_port, "targetPort": port}]}
    meta = {"name": "network", "namespace": NAMESPACE}
    return {
        f"/api/v1/namespaces/{NAMESPACE}": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/network": {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": meta,
            "spec": daemon_set,
        },
        f"{FOLDER}/services/network": {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service},
    }


def _ready(item: dict[str, Any]) -> bool:
    conditions = item["status"].get("conditions", [])
    ready = any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
    return ready and "deletionTimestamp" not in item["metadata"]


def _state(item: dict[str, Any]) -> str:
    states = [status.get("state", {}) for status in item["status"].get("containerStatuses", [])]
    reasons = [detail.get("message") or detail.get("reason", "") for state in states for detail in state.values()]
    return f"{item['spec'].get('nodeName', '?')}: {item['status'].get('phase')} {'; '.join(filter(None, reasons))}"
