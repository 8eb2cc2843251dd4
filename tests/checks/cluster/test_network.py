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
from tests.tools.waiting import wait_until

SETTLED = 60.0  # seconds; kube-proxy needs some after the pods are ready, many on an overloaded machine


@pytest.fixture(scope="module")
def pods(inventory: Inventory, api: KubeApi) -> Iterator[NetworkPods]:
    """One pod on each node, answering on a port, behind a service."""
    with NetworkPods(api, len(inventory.kubernetes_hosts)) as found:
        yield found


def test_every_pod_reaches_the_pod_of_every_other_node(pods: NetworkPods, figure: Figure) -> None:
    pairs = [(source, target) for source in pods.pods for target in pods.pods]
    left = dict.fromkeys(pairs, "not asked yet")

    def missing() -> str:
        for source, target in list(left):
            left[source, target] = pods.dial(source, target.address, pods.port)
            if not left[source, target]:
                del left[source, target]
        return ", ".join(f"{source.node} -> {target.node}: {reason}" for (source, target), reason in left.items())

    seconds = wait_until(missing, timeout=SETTLED, what="every pod to reach every other")
    figure(f"pod network: {len(pairs)} connections from pod to pod between {len(pods.pods)} nodes in {seconds:.1f} s")


def test_every_pod_resolves_a_service_and_reaches_it(inventory: Inventory, pods: NetworkPods, figure: Figure) -> None:
    name = f"{SERVICE_NAME}.svc.{inventory.variable('kube_dns_domain', 'cluster.local')}"
    left = dict.fromkeys(pods.pods, "not asked yet")

    def missing() -> str:
        for pod in list(left):
            left[pod] = pods.dial(pod, name, pods.service_port)
            if not left[pod]:
                del left[pod]
        return ", ".join(f"{pod.node}: {reason}" for pod, reason in left.items())

    seconds = wait_until(missing, timeout=SETTLED, what=f"{name} from every node")
    figure(f"service by name from a pod on each of {len(pods.pods)} nodes in {seconds:.1f} s")
