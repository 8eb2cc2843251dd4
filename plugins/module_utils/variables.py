# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every public variable of the collection, once: type, default, choices, scope and what it decides.

The validator, the plan, the sample inventory and docs/variables.md are held to this table.
"""

from __future__ import annotations

from typing import NamedTuple, Union

from ansible_collections.quorum.kubernetes.plugins.module_utils.catalogue import OVERRIDES

Scalar = Union[str, int, bool, None]
Default = Union[Scalar, list[str], dict[str, object]]

CLUSTER = "cluster"
HOST = "host"


class Variable(NamedTuple):
    """One public variable.

    `kind` is the type a value must have: str, int, bool, list (of strings), args (list of name and value), taints,
    dict. `scope` says whether all hosts must agree (cluster) or each host has its own value (host).
    """

    name: str
    kind: str
    default: Default
    description: str
    scope: str = CLUSTER
    choices: tuple[str, ...] = ()
    required: bool = False
    secret: bool = False


_VARIABLES: tuple[Variable, ...] = (
    # What is built
    Variable("kube_version", "str", "", "Kubernetes version of the cluster, three numbers.", required=True),
    Variable("kube_cluster_name", "str", "kubernetes", "Name of the cluster; contexts and file names carry it."),
    Variable("kube_dns_domain", "str", "cluster.local", "DNS domain of services."),
    Variable("kube_pod_subnet", "str", "10.244.0.0/16", "Pod range; an IPv4 and an IPv6 range for dual stack."),
    Variable("kube_service_subnet", "str", "10.96.0.0/12", "Service range; one of each family for dual stack."),
    Variable("kube_node_cidr_mask", "int", 24, "Prefix length of the IPv4 part of the pod range that a node gets."),
    Variable("kube_node_cidr_mask_ipv6", "int", 64, "Prefix length of the IPv6 part of the pod range of a node."),
    # How the API is reached
    Variable("kube_api_port", "int", 6443, "Port of the API server on every control plane."),
    Variable("kube_load_balancer_port", "int", 6443, "Port of haproxy on the load balancer hosts."),
    Variable("kube_local_load_balancer_port", "int", 8443, "Port of haproxy on 127.0.0.1 of every node."),
    Variable("kube_api_vip", "str", "", "Virtual address that keepalived moves between load balancer hosts."),
    Variable(
        "kube_api_vip_interface",
        "str",
        "",
        "Interface of the virtual address; by default the one with the node address.",
        scope=HOST,
    ),
    Variable("kube_api_vip_router_id", "int", 51, "VRRP id, unique in the network, 1 to 255."),
    Variable("kube_api_endpoint", "str", "", "Endpoint host:port of a load balancer that is not in the inventory."),
    Variable("kube_cert_extra_sans", "list", [], "More names and addresses in the API server's certificate."),
    # Network
    Variable("kube_proxy_mode", "str", "iptables", "How kube-proxy works.", choices=("iptables", "nftables", "ipvs")),
    Variable(
        "kube_network_plugin",
        "str",
        "flannel",
        "Pod network: flannel, your own manifests, or none.",
        choices=("flannel", "manifests", "none"),
    ),
    Variable(
        "kube_network_manifests",
        "list",
        [],
        "Manifest files of your own pod network: absolute paths on the controller.",
    ),
    Variable("kube_network_mtu", "int", 0, "MTU of the pod network; 0 lets the network plugin find it."),
    Variable("kube_flannel_version", "str", "0.28.10", "Version of flannel."),
    Variable("kube_flannel_image", "str", "ghcr.io/flannel-io/flannel:v{version}", "Image; {version} is filled in."),
    Variable(
        "kube_flannel_cni_plugin_image",
        "str",
        "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3",
        "Image that carries flannel's CNI plugin.",
    ),
    Variable(
        "kube_flannel_interface",
        "str",
        "",
        "Interface on which flannel's nodes reach each other; by default the one with the default route.",
    ),
    # Where software comes from
    Variable("kube_image_repository", "str", "registry.k8s.io", "Registry of Kubernetes' own images."),
    Variable("kube_registry_mirrors", "dict", {}, "Registry host -> list of mirror URLs.", scope=HOST),
    Variable(
        "kube_package_repository",
        "str",
        "https://pkgs.k8s.io/core:/stable:/v{minor}/deb/",
        "Package repository; {minor} is filled in.",
        scope=HOST,
    ),
    Variable(
        "kube_package_key_url",
        "str",
        "https://pkgs.k8s.io/core:/stable:/v{minor}/deb/Release.key",
        "Signing key of the package repository; {minor} is filled in.",
        scope=HOST,
    ),
    Variable(
        "kube_package_key_fingerprint",
        "str",
        "DE15B14486CD377B9E876E1A234654DA9A296436",
        "OpenPGP fingerprint that the signing key must have.",
        scope=HOST,
    ),
    Variable(
        "kube_containerd_version", "str", "2.3.*", "Version of the containerd.io package, a pattern of apt.", scope=HOST
    ),
    Variable(
        "kube_containerd_repository",
        "dict",
        {
            "url": "https://download.docker.com/linux/{os}",
            "suite": "{codename}",
            "components": "stable",
        },
        "Repository of containerd.io: url, suite, components; {os} and {codename} are filled in.",
        scope=HOST,
    ),
    Variable(
        "kube_containerd_key_url",
        "str",
        "https://download.docker.com/linux/{os}/gpg",
        "Signing key of containerd's repository; {os} is filled in.",
        scope=HOST,
    ),
    Variable(
        "kube_containerd_key_fingerprint",
        "str",
        "9DC858229FC7DD38854AE2D88D81803C0EBFCD88",
        "OpenPGP fingerprint that containerd's signing key must have.",
        scope=HOST,
    ),
    Variable("kube_containerd_config", "dict", {}, "Merged into containerd's config.toml.", scope=HOST),
    Variable("kube_sandbox_image", "str", "", "Pause image; by default the one that kubeadm of the version uses."),
    # Nodes and components
    Variable("kube_swap_off", "bool", True, "Turn swap off and keep it off.", scope=HOST),
    Variable("kube_apiserver_extra_args", "args", [], "More flags of the API server."),
    Variable("kube_controller_manager_extra_args", "args", [], "More flags of the controller manager."),
    Variable("kube_scheduler_extra_args", "args", [], "More flags of the scheduler."),
    Variable("kube_kubelet_extra_args", "args", [], "More flags of the kubelet.", scope=HOST),
    Variable("kube_kubelet_config", "dict", {}, "Merged into the KubeletConfiguration."),
    Variable("kube_proxy_config", "dict", {}, "Merged into the KubeProxyConfiguration."),
    Variable("kube_cluster_configuration", "dict", {}, "Merged last into kubeadm's ClusterConfiguration."),
    Variable("kube_ignore_preflight_errors", "list", [], "kubeadm's preflight checks to ignore.", scope=HOST),
    Variable("kube_timeouts", "dict", {}, "kubeadm's timeouts, for example {kubernetesAPICall: 2m}."),
    Variable(
        "kube_leader_election",
        "dict",
        {},
        "Leases of controller manager and scheduler: leaseDuration (15s), renewDeadline (10s), retryPeriod (2s).",
    ),
    Variable(
        "kube_kubeconfig_path",
        "str",
        "{{ inventory_dir }}/{{ kube_cluster_name | default('kubernetes') }}.kubeconfig",
        "Where the administrator's kubeconfig is put on the controller.",
    ),
    Variable("kube_confirm_reset", "str", "", "Name of the cluster that reset.yml may take apart."),
    Variable(
        "kube_reset_packages",
        "bool",
        False,
        "Let reset.yml also purge the packages that cluster.yml installed, with containerd's configuration and images.",
    ),
    # External etcd
    Variable(
        "kube_etcd_version",
        "str",
        "",
        "Version of external etcd; by default the first patch without known flaws of the line that kubeadm deploys.",
    ),
    Variable(
        "kube_etcd_archive_url",
        "str",
        "https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-{arch}.tar.gz",
        "Archive of external etcd; {version} and {arch} are filled in.",
    ),
    Variable("kube_etcd_archive_checksum", "str", "", "sha256:HEX of that archive."),
    Variable("kube_etcd_data_directory", "str", "/var/lib/etcd", "Where external etcd keeps its data."),
    Variable("kube_etcd_quota_mib", "int", 2048, "How large external etcd's data may grow, in MiB."),
    Variable("kube_etcd_compaction_retention", "str", "8h", "How much history external etcd keeps."),
    Variable("kube_etcd_config", "dict", {}, "More settings of external etcd, by flag name."),
    Variable(
        "kube_etcd_snapshot_schedule",
        "str",
        "",
        "When hosts of etcd save their own member, an OnCalendar expression of systemd; empty for never.",
    ),
    Variable(
        "kube_etcd_snapshot_keep",
        "int",
        24,
        "How many of those snapshots each host keeps, and how many of those that upgrade.yml takes.",
    ),
    # Hosts
    Variable("kube_node_ip", "str", "", "Address of the node; by default ansible_host.", scope=HOST),
    Variable("kube_node_name", "str", "", "Name of the node; by default inventory_hostname.", scope=HOST),
    Variable("kube_node_labels", "dict", {}, "Labels of the node.", scope=HOST),
    Variable("kube_node_taints", "taints", [], "Taints of the node: key, value, effect.", scope=HOST),
    # The life of a cluster
    Variable("kube_drain_timeout", "int", 300, "Seconds that draining a node may take."),
    Variable("kube_drain_empty_dir", "bool", True, "Evict pods although their emptyDir volumes are lost by it."),
    Variable("kube_drain_unmanaged", "bool", False, "Evict pods although no controller brings them back."),
    Variable(
        "kube_drain_policy",
        "str",
        "stop",
        "What an upgrade does when a worker cannot be drained.",
        choices=("stop", "continue"),
    ),
    Variable(
        "kube_upgrade_batch", "str", "1", "Workers that are upgraded, or changed, at once: a number or a percentage."
    ),
    Variable("kube_upgrade_snapshot", "bool", True, "Take a snapshot of etcd, and prove it, before an upgrade."),
    Variable("kube_maintenance_hosts", "str", "", "Hosts that maintenance.yml drains, separated by commas."),
    Variable("kube_remove_hosts", "str", "", "Hosts that remove_node.yml removes, separated by commas."),
    Variable("kube_renew_days", "int", 90, "Certificates with fewer days left are renewed by renew_certs.yml."),
    # Backups
    Variable(
        "kube_backup_directory",
        "str",
        "/var/backups/kubernetes",
        "Where backups are kept on the control plane, and snapshots on hosts of etcd.",
    ),
    Variable("kube_backup_keep", "int", 7, "How many backups of a cluster are kept; 0 keeps all."),
    Variable(
        "kube_backup_passphrase",
        "str",
        "",
        "Passphrase that seals private keys in backups; by default KUBE_BACKUP_PASSPHRASE of the environment.",
        secret=True,
    ),
    Variable(
        "kube_backup_fetch_directory",
        "str",
        "{{ inventory_dir }}/backups",
        "Where backups are put on the controller; empty leaves them on the cluster.",
    ),
    Variable("kube_restore_backup", "str", "", "Backup on the controller that restore.yml brings back."),
    Variable(
        "kube_restore_snapshot",
        "str",
        "",
        "Snapshot on the controller, saved by a host of etcd or upgrade.yml, that takes the place of the backup's own.",
    ),
    Variable(
        "kube_restore_keep_etcd",
        "bool",
        False,
        "Keep the data of external etcd that has outlived all control planes; the backup gives the PKI alone.",
    ),
    Variable("kube_confirm_restore", "str", "", "Name of the cluster that restore.yml may roll back."),
    # The validator itself
    Variable("kube_own_variables", "list", [], "Names of your own kube_* variables that this collection ignores."),
    Variable("kube_own_groups", "list", [], "Names of your own groups that look like groups of this collection."),
)

_OVERRIDES = tuple(Variable(name, "bool", False, f"Allow this: {meaning}") for name, meaning in OVERRIDES.items())

VARIABLES: dict[str, Variable] = {variable.name: variable for variable in _VARIABLES + _OVERRIDES}
"""Public variables by name."""

GROUPS: tuple[str, ...] = ("kube_control_plane", "kube_node", "load_balancer", "etcd")
"""The inventory groups that mean something to this collection."""


def find(name: str) -> Variable | None:
    """The variable of this name, or None when the collection has none."""
    return VARIABLES.get(name)


def default_of(name: str) -> Default:
    """The default of a variable that exists. Raises KeyError for a name that does not."""
    return VARIABLES[name].default
