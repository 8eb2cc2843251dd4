# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nodes as the API sees them."""

from __future__ import annotations

from tests.tools.figures import Figure
from tests.tools.inventory import Inventory, node_ip, node_name
from tests.tools.kube_api import KubeApi, nodes_missing
from tests.tools.waiting import wait_until

CONTROL_PLANE_TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}


def test_exactly_the_hosts_of_the_inventory_are_ready_nodes(inventory: Inventory, api: KubeApi) -> None:
    wanted = [node_name(host) for host in inventory.kubernetes_hosts]
    wait_until(lambda: nodes_missing(api.items("/api/v1/nodes"), wanted), timeout=60, what="all nodes Ready")
    assert sorted(node["metadata"]["name"] for node in api.items("/api/v1/nodes")) == sorted(wanted)


def test_every_node_runs_the_wanted_version(inventory: Inventory, api: KubeApi, figure: Figure) -> None:
    wanted = f"v{inventory.variable('kube_version')}"
    about = {node["metadata"]["name"]: node["status"]["nodeInfo"] for node in api.items("/api/v1/nodes")}
    runtimes = sorted({info["containerRuntimeVersion"] for info in about.values()})
    figure(f"{len(about)} nodes with Kubernetes {wanted}, {', '.join(runtimes)}")
    assert {name: info["kubeletVersion"] for name, info in about.items()} == dict.fromkeys(about, wanted)


def test_every_node_has_the_address_of_the_inventory(inventory: Inventory, api: KubeApi) -> None:
    seen = {
        node["metadata"]["name"]: [entry["address"] for entry in node["status"]["addresses"]]
        for node in api.items("/api/v1/nodes")
    }
    wrong = {node_name(host): node_ip(host) for host in inventory.kubernetes_hosts}
    assert {name: address for name, address in wrong.items() if address not in seen.get(name, [])} == {}


def test_control_planes_take_pods_only_where_the_inventory_says_so(inventory: Inventory, api: KubeApi) -> None:
    workers = {node_name(host) for host in inventory.group("kube_node")}
    tainted = {
        node["metadata"]["name"]
        for node in api.items("/api/v1/nodes")
        if CONTROL_PLANE_TAINT in [{k: t[k] for k in ("key", "effect")} for t in node["spec"].get("taints", [])]
    }
    assert tainted == {node_name(host) for host in inventory.control_planes} - workers


def test_core_dns_is_available(api: KubeApi) -> None:
    def missing() -> str:
        status = api.get("/apis/apps/v1/namespaces/kube-system/deployments/coredns")["status"]
        ready, wanted = status.get("readyReplicas", 0), status.get("replicas", 0)
        return "" if wanted and ready == wanted else f"{ready} of {wanted} CoreDNS pods are ready"

    wait_until(missing, timeout=60, what="CoreDNS")
