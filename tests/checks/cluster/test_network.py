# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pod network from a pod on every node: other pods, a service, and its name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tools.figures import Figure
from tests.tools.inventory import Inventory
from tests.tools.kube_api import KubeApi
from tests.tools.pods import SERVICE_NAME, NetworkPods


@pytest.fixture(scope="module")
def pods(inventory: Inventory, api: KubeApi) -> Iterator[NetworkPods]:
    """One pod on each node, answering on a port, behind a service."""
    with NetworkPods(api, len(inventory.kubernetes_hosts)) as found:
        yield found


def test_every_pod_reaches_the_pod_of_every_other_node(pods: NetworkPods, figure: Figure) -> None:
    failures = [
        f"{source.node} -> {target.node}: {reason}"
        for source in pods.pods
        for target in pods.pods
        if (reason := pods.dial(source, target.address, pods.port))
    ]
    figure(f"pod network: {len(pods.pods) ** 2} pod to pod connections, {len(failures)} failed")
    assert failures == []


def test_every_pod_resolves_a_service_and_reaches_it(inventory: Inventory, pods: NetworkPods, figure: Figure) -> None:
    name = f"{SERVICE_NAME}.svc.{inventory.variable('kube_dns_domain', 'cluster.local')}"
    failures = [f"{pod.node}: {reason}" for pod in pods.pods if (reason := pods.dial(pod, name, pods.service_port))]
    figure(f"services by name: asked from {len(pods.pods)} nodes, {len(failures)} failed")
    assert failures == []
