# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Deployment with a disruption budget, as users run it: drains have to move its pods and may not take too many."""

from __future__ import annotations

from typing import Any

from tests.tools.kube_api import KubeApi
from tests.tools.pods import IMAGE
from tests.tools.waiting import wait_until

NAME = "web"
NAMESPACE = "quorum-workload"
LABELS = {"app": NAME}
REPLICAS = 2
PORT = 8080
READY_TIMEOUT = 120.0  # seconds for the image to be pulled and the pods to run
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{NAME}"


class Workload:
    """The Deployment exists, and is whole, after `start`."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def start(self, *, may_miss: int) -> None:
        """Make it, with a budget that lets so many of its pods be missing."""
        document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        self._api.apply(f"/api/v1/namespaces/{NAMESPACE}", document)
        self._api.apply(DEPLOYMENT, deployment())
        self.allow(may_miss)
        wait_until(self._missing, timeout=READY_TIMEOUT, what="the pods of a Deployment", interval=1)

    def allow(self, may_miss: int) -> None:
        """Let so many of its pods be missing from now on."""
        document = {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {"maxUnavailable": may_miss, "selector": {"matchLabels": LABELS}},
        }
        self._api.apply(f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets/{NAME}", document)

    def serving(self) -> int:
        """How many of its pods are available now."""
        return int(self._api.get(DEPLOYMENT)["status"].get("availableReplicas", 0))

    def _missing(self) -> str:
        serving = self.serving()
        return "" if serving == REPLICAS else f"{serving} of {REPLICAS} are available"


def deployment() -> dict[str, Any]:
    """The Deployment: pods that end quickly and rather sit on different nodes."""
    apart = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": LABELS}}
    spread = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": apart}]}
    container = {
        "name": NAME,
        "image": IMAGE,
        "args": ["netexec", f"--http-port={PORT}"],
        "readinessProbe": {"httpGet": {"path": "/hostname", "port": PORT}, "periodSeconds": 1},
    }
    pod = {
        "affinity": {"podAntiAffinity": spread},
        "containers": [container],
        "terminationGracePeriodSeconds": 2,
        "automountServiceAccountToken": False,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "replicas": REPLICAS,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    }
