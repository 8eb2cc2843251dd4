# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the inventory and what hosts run with to which of them cluster.yml has to change; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import kubeadm_config
from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import cluster_documents, merge
from ansible_collections.quorum.kubernetes.plugins.module_utils.facts import COMPLETE, Facts, mapping, strings
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubeadm_config import Configuration, Running

# Settings of kubeadm's documents that the inventory has under the same name with kube_ before it.
SETTINGS = (
    "version",
    "pod_subnet",
    "service_subnet",
    "dns_domain",
    "node_cidr_mask",
    "node_cidr_mask_ipv6",
    "apiserver_extra_args",
    "controller_manager_extra_args",
    "scheduler_extra_args",
    "leader_election",
    "kubelet_config",
    "proxy_mode",
    "proxy_config",
    "cluster_configuration",
)


def etcd_servers(members: Sequence[Mapping[str, str]], kept: Mapping[str, object]) -> list[str]:
    """Where API servers are to find external etcd: at all its members.

    As long as the address of one is not known, where they find it by the ClusterConfiguration that is kept.
    """
    if all(member["address"] for member in members):
        return [member["client_url"] for member in members]
    return list(strings(mapping(mapping(kept, "etcd"), "external").get("endpoints")))


def documents(inventory: Inventory, sans: list[str], servers: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The wanted documents; `sans` are the names in the API servers' certificates, `servers` external etcd's URLs."""
    settings = {key: inventory.value(f"kube_{key}") for key in SETTINGS}
    if servers:
        external = {"etcd": {"external": {"endpoints": list(servers)}}}
        settings["cluster_configuration"] = merge(external, inventory.mapping("kube_cluster_configuration"))
    return cluster_documents({**settings, "api_server_sans": sans})


def wanted(inventory: Inventory, sans: list[str], servers: Sequence[str] = ()) -> Configuration:
    """The part of them that can be compared with what a cluster keeps."""
    return kubeadm_config.of_documents(documents(inventory, sans, servers))


def hosts(
    inventory: Inventory, facts: Mapping[str, Facts], speaker: str, sans: list[str], servers: Sequence[str] = ()
) -> set[str]:
    """Hosts on which something has to change; none as long as the cluster does not say what it keeps."""
    cluster = facts[speaker].cluster or {} if speaker in facts else {}
    kept = Configuration(
        mapping(cluster, "cluster_configuration"),
        mapping(cluster, "kubelet_configuration"),
        mapping(cluster, "proxy_configuration"),
    )
    if not (kept.cluster and kept.kubelet):
        return set()
    asked = wanted(inventory, sans, servers)
    nodes = [host for host in inventory.nodes if host in facts and facts[host].state == COMPLETE]
    changing = {
        host
        for host in nodes
        if kubeadm_config.host_changes(_running(facts[host]), kept, _for_host(inventory, host, asked))
    }
    # What the cluster keeps is written by a control plane, whether anything else is to change there or not.
    if kubeadm_config.kept_changes(kept, asked):
        changing.add(speaker)
    return changing


def _for_host(inventory: Inventory, host: str, asked: Configuration) -> Configuration:
    return replace(asked, kubelet_args=inventory.records("kube_kubelet_extra_args", host))


def snapshot_hosts(inventory: Inventory, facts: Mapping[str, Facts]) -> list[str]:
    """Hosts with a member of etcd that save it at set times, or do so still although nobody wants it any more."""
    wanted_now = bool(inventory.text("kube_etcd_snapshot_schedule"))
    members = inventory.etcd_hosts or inventory.control_planes
    return [host for host in members if host in facts and (wanted_now or facts[host].snapshot_timer)]


def _running(facts: Facts) -> Running:
    found = facts.configuration
    components = mapping(found, "components")
    return Running(
        {name: strings(settings) for name, settings in components.items()},
        strings(found.get("sans")),
        mapping(found, "kubelet"),
        strings(found.get("kubelet_flags")),
    )
