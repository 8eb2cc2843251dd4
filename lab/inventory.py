# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inventory of a cluster of the lab: what a user would write for such machines and such a mirror."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from lab import yaml
from lab.archives import ETCD_PATH
from lab.cache import CLUSTERS, SSH_KEY, write_file
from lab.images import FLANNEL_CNI_PLUGIN_IMAGE, FLANNEL_IMAGE
from lab.mirror import Mirror
from lab.nodeimage import PASSWORD, USER
from lab.nodes import ssh_options
from lab.repository import CONTAINERD_PATH, KEY_FILE, kubernetes_path
from lab.sources import CONTAINERD, FLANNEL, Release
from lab.topology import GATEWAY_HOST, GROUPS, VIRTUAL_IP_HOST, Topology, address

MIRRORED_REGISTRIES = ("registry.k8s.io", "ghcr.io")


@dataclass(frozen=True)
class Cluster:
    """A topology under a name, in a network."""

    name: str
    topology: Topology
    network: IPv4Network

    @property
    def folder(self) -> Path:
        """Return where the cluster's inventory and kubeconfig are."""
        return CLUSTERS / self.name

    @property
    def inventory(self) -> Path:
        """Return the path of inventory.ini."""
        return self.folder / "inventory.ini"

    def address_of(self, node: str) -> str:
        """Return a node's address."""
        found = self.topology.node(node)
        if found is None:
            raise KeyError(node)
        return address(self.network, found.host_number)


def render_ini(cluster: Cluster) -> str:
    """Render inventory.ini: the hosts, and who is in which group."""
    width = max(len(node.name) for node in cluster.topology.nodes)
    lines = ["[all]"]
    lines += [f"{node.name:{width}} ansible_host={cluster.address_of(node.name)}" for node in cluster.topology.nodes]
    for group in GROUPS:
        members = [node.name for node in cluster.topology.nodes if group in node.groups]
        if members:
            lines += ["", f"[{group}]", *members]
    return "\n".join(lines) + "\n"


def variables(cluster: Cluster, release: Release, mirror: Mirror) -> dict[str, object]:
    """Return group_vars/all/lab.yml: how to reach the nodes, the mirror, and what such nodes force."""
    gateway = address(cluster.network, GATEWAY_HOST)
    return {
        **_connection(cluster.topology),
        **({"kube_api_vip": address(cluster.network, VIRTUAL_IP_HOST)} if cluster.topology.virtual_ip else {}),
        **site(gateway, release, mirror),
        # Checks start the service themselves: nothing is to happen by itself while they compare.
        **({"kube_etcd_snapshot_schedule": "yearly"} if cluster.topology.saves_etcd else {}),
        **what_containers_force(),
    }


def site(gateway: str, release: Release, mirror: Mirror) -> dict[str, object]:
    """Return what holds for all machines of a site: which release, and where it comes from."""
    return {
        "kube_version": release.kubernetes,
        **_mirror(gateway, release, mirror),
        **_etcd_archive(gateway, release, mirror),
    }


def _connection(topology: Topology) -> dict[str, object]:
    return {
        "ansible_user": USER,
        "ansible_ssh_private_key_file": str(SSH_KEY),
        "ansible_ssh_common_args": shlex.join(ssh_options()),
        "ansible_python_interpreter": "/usr/bin/python3",
        **({"ansible_become_password": PASSWORD} if topology.sudo_password else {}),
    }


def _mirror(gateway: str, release: Release, mirror: Mirror) -> dict[str, object]:
    files = f"http://{gateway}:{mirror.files_port}"
    registry = f"http://{gateway}:{mirror.registry_port}"
    return {
        "kube_package_repository": f"{files}/{kubernetes_path('{minor}')}/",
        "kube_package_key_url": f"{files}/{kubernetes_path(release.minor)}/{KEY_FILE}",
        "kube_package_key_fingerprint": mirror.kubernetes_key,
        "kube_containerd_version": f"{CONTAINERD.rpartition('.')[0]}.*",
        "kube_containerd_repository": {
            "url": f"{files}/{CONTAINERD_PATH}",
            "suite": "{codename}",
            "components": ["stable"],
        },
        "kube_containerd_key_url": f"{files}/{CONTAINERD_PATH}/{KEY_FILE}",
        "kube_containerd_key_fingerprint": mirror.containerd_key,
        "kube_registry_mirrors": {host: [registry] for host in MIRRORED_REGISTRIES},
        "kube_flannel_version": FLANNEL,
        "kube_flannel_image": FLANNEL_IMAGE,
        "kube_flannel_cni_plugin_image": FLANNEL_CNI_PLUGIN_IMAGE,
    }


def _etcd_archive(gateway: str, release: Release, mirror: Mirror) -> dict[str, object]:
    """Return where etcd's programs come from: hosts of external etcd run them, every backup is proved with them."""
    folder = f"http://{gateway}:{mirror.files_port}/{ETCD_PATH}"
    return {
        "kube_etcd_version": release.etcd,
        "kube_etcd_archive_url": f"{folder}/v{{version}}/etcd-v{{version}}-linux-{{arch}}.tar.gz",
        "kube_etcd_archive_checksum": f"sha256:{mirror.etcd_sha256}",
    }


def what_containers_force() -> Mapping[str, object]:
    """Return the tolerances that a machine would not need: cgroup v1, no negative OOM scores, the host's conntrack."""
    return {
        "kube_kubelet_config": {"failCgroupV1": False, "featureGates": {"KubeletInUserNamespace": True}},
        "kube_ignore_preflight_errors": ["SystemVerification"],
        "kube_containerd_config": {"plugins": {"io.containerd.cri.v1.runtime": {"restrict_oom_score_adj": True}}},
        "kube_proxy_config": {"conntrack": {"maxPerCore": 0, "min": 0}},
    }


def write(cluster: Cluster, release: Release, mirror: Mirror) -> Path:
    """Write the inventory and return its path."""
    text = yaml.dump(variables(cluster, release, mirror))
    write_file(
        cluster.folder / "group_vars" / "all" / "lab.yml", f"---\n# Written by `python -m lab up`.\n{text}", 0o600
    )
    write_file(cluster.inventory, render_ini(cluster))
    return cluster.inventory
