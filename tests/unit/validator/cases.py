"""Wrong inventories, each a right one with one change, and the answer each must get."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from ansible_collections.quorum.kubernetes.tests.unit.validator.world import (
    NOW,
    OTHER_CA,
    Change,
    World,
    behind_a_vip,
    clusters,
    living,
    node,
    world,
)


class Case(NamedTuple):
    """`wrong` changes what `right` makes; the answer has the code, the place and the text."""

    code: str
    wrong: Change
    place: str
    text: str
    right: Callable[[], World] = world

    @property
    def name(self) -> str:
        """What the test is called."""
        return f"{self.code} {self.place} {self.text}"[:70]


def with_endpoint() -> World:
    """A load balancer that the user brings, under a name all hosts resolve."""
    made = world().set("kube_api_endpoint", "api.example.com:6443")
    for facts in made.facts.values():
        facts["resolved"] = {"api.example.com": ["10.0.0.100"]}
    return made


def dual_stack() -> World:
    """IPv4 and IPv6 on every host."""
    made = world()
    made.set("kube_pod_subnet", "10.244.0.0/16,fd00:10:244::/56")
    made.set("kube_service_subnet", "10.96.0.0/12,fd00:10:96::/112")
    for number, facts in enumerate(made.facts.values()):
        facts["addresses"].append({"interface": "eth0", "address": f"fd00::{number + 1}", "prefix": 64, "mtu": 1500})
    return made


def ipv6() -> World:
    """IPv6 on every host, and nothing else."""
    made = world()
    made.set("kube_pod_subnet", "fd00:10:244::/56").set("kube_service_subnet", "fd00:10:96::/112")
    for number, (host, facts) in enumerate(made.facts.items()):
        made.set("ansible_host", f"fd00::{number + 1}", host)
        facts["addresses"] = [{"interface": "eth0", "address": f"fd00::{number + 1}", "prefix": 64, "mtu": 1500}]
    return made


def external_etcd() -> World:
    """Three etcd hosts of their own."""
    return behind_a_vip().group("etcd", "etcd1", "etcd2", "etcd3").set("kube_etcd_version", "3.7.1")


def upgrading(target: str = "1.37.1", current: str = "1.36.4", etcd: str = "3.6.14") -> World:
    """A living cluster about to be upgraded."""
    made = living(behind_a_vip().set("kube_version", current), current, etcd).set("kube_version", target)
    made.purpose = "upgrade"
    return made


def value(name: str, what: object, *hosts: str) -> Change:
    """Set a variable."""
    return lambda made: made.set(name, what, *hosts)


def fact(host: str, *path_and_value: Any) -> Change:
    """Set a fact of a host: the keys that lead to it, then the value."""

    def change(made: World) -> None:
        place = made.facts[host]
        for key in path_and_value[:-2]:
            place = place[key]
        place[path_and_value[-2]] = path_and_value[-1]

    return change


def configured(*path_and_value: Any) -> Change:
    """Set a value in the living cluster's ClusterConfiguration."""

    def change(made: World) -> None:
        for cluster in clusters(made):
            place = cluster["cluster_configuration"]
            for key in path_and_value[:-2]:
                place = place[key]
            place[path_and_value[-2]] = path_and_value[-1]

    return change


def both(*changes: Change) -> Change:
    """Several changes that make one mistake."""
    return lambda made: [change(made) for change in changes]


def moved_group(old: str, new: str) -> Change:
    """Misspell a group."""
    return lambda made: made.raw.groups.__setitem__(new, made.raw.groups.pop(old))


def args(*names: str) -> list[dict[str, str]]:
    """Flags, each with a value."""
    return [{"name": name, "value": "x"} for name in names]


def etcd_args(**flags: str) -> dict[str, Any]:
    """ClusterConfiguration with flags of etcd; _ stands for -."""
    listed = [{"name": name.replace("_", "-"), "value": text} for name, text in flags.items()]
    return {"etcd": {"local": {"extraArgs": listed}}}


def interface(host: str, name: str, address: str, prefix: int) -> Change:
    """Give a host another interface."""
    record = {"interface": name, "address": address, "prefix": prefix, "mtu": 1500}
    return lambda made: made.facts[host]["addresses"].append(record)


def joins(host: str, address: str = "10.0.0.31", **facts: Any) -> Change:
    """A new worker."""

    def change(made: World) -> None:
        made.add(host, address)
        made.raw.groups["kube_node"].append(host)
        made.facts[host]["kubeadm"].update(facts)

    return change


def node_versions(**versions: str) -> Change:
    """Kubelet versions of the living cluster's nodes."""

    def change(made: World) -> None:
        for cluster in clusters(made):
            cluster["nodes"] = [
                node(one["name"], versions.get(one["name"], one["version"].lstrip("v"))) for one in cluster["nodes"]
            ]

    return change


def cluster_at(version: str) -> Change:
    """The living cluster is at another version."""

    def change(made: World) -> None:
        for cluster in clusters(made):
            cluster["cluster_configuration"]["kubernetesVersion"] = f"v{version}"
            cluster["nodes"] = [node(one["name"], version) for one in cluster["nodes"]]

    return change


def etcd_runs(version: str) -> Change:
    """The living cluster's members run another version."""
    return lambda made: [
        member.update(version=version) for cluster in clusters(made) for member in cluster["etcd"]["members"]
    ]


V = "kube_version"
LEASES = "kube_leader_election"
CONF = "kube_cluster_configuration"
KUBELET = "kube_kubelet_config"

GROUPS_AND_HOSTS = [
    Case(
        "0101", lambda w: w.raw.groups.pop("kube_control_plane"), "inventory", "group 'kube_control_plane' is missing"
    ),
    Case("0101", lambda w: w.group("kube_control_plane"), "inventory", "group 'kube_control_plane' is empty"),
    Case("0102", lambda w: w.group("kube_control_plane", "cp1", "cp2"), "kube_control_plane", "2 hosts"),
    Case(
        "0102", lambda w: w.group("kube_control_plane", "cp1", "cp2", "cp3", "cp4"), "kube_control_plane", "use 3 or 5"
    ),
    Case(
        "0103",
        lambda w: w.group("kube_control_plane", *(f"m{number}" for number in range(9))),
        "kube_control_plane",
        "9 hosts are more than 7",
    ),
    Case("0104", lambda w: w.raw.groups.pop("kube_node"), "inventory", "has no host"),
    Case(
        "0110",
        lambda w: w.group("load_balancer", "cp1"),
        "cp1",
        "would bind 6443 twice",
    ),
    Case("0111", value("kube_local_load_balancer_port", 6443), "kube_local_load_balancer_port", "API server's port"),
    Case(
        "0112",
        lambda w: w.unset("kube_api_vip"),
        "kube_api_vip",
        "2 load balancers need kube_api_vip",
        behind_a_vip,
    ),
    Case("0113", lambda w: w.rename("w1", "localhost"), "localhost", "name it by its own address"),
    Case("0113", lambda w: w.rename("w1", "127.0.0.1"), "127.0.0.1", "cannot be a cluster node"),
    Case("0113", value("ansible_host", "127.0.0.1", "w1"), "w1", "set kube_node_ip"),
    Case(
        "0116",
        moved_group("kube_control_plane", "kube-control-plane"),
        "inventory",
        "did you mean 'kube_control_plane'",
    ),
    Case("0116", moved_group("kube_control_plane", "controlplane"), "inventory", "unknown group 'controlplane'"),
    Case("0116", moved_group("kube_control_plane", "control-plane"), "inventory", "did you mean 'kube_control_plane'"),
    Case("0116", moved_group("kube_node", "kube_nodes"), "inventory", "did you mean 'kube_node'"),
    Case("0116", moved_group("kube_node", "workers"), "inventory", "did you mean 'kube_node'"),
    Case("0116", moved_group("load_balancer", "loadbalancer"), "inventory", "'load_balancer'", behind_a_vip),
    Case("0116", moved_group("load_balancer", "load_blancer"), "inventory", "'load_balancer'", behind_a_vip),
    Case("0117", value("ansible_host", "10.0.0.11", "cp2"), "cp1 and cp2", "both have ansible_host 10.0.0.11"),
    Case("0117", value("ansible_connection", "local", "cp1", "w1"), "cp1 and w1", "both have ansible_connection local"),
]

NAMES_AND_ADDRESSES = [
    Case(
        "0201",
        lambda w: w.rename("cp1", "CP1"),
        "CP1 node name",
        "'CP1' must be lower case (RFC 1123). Fix: write 'cp1'",
    ),
    Case("0201", value("kube_node_name", "Node1", "w1"), "kube_node_name (host_vars/w1.yml)", "write 'node1'"),
    Case("0202", lambda w: w.rename("w1", "node_1"), "node_1 node name", "write 'node-1'"),
    Case("0202", value("kube_node_name", "node 1", "w1"), "kube_node_name", "may only have a-z, 0-9, '-' and '.'"),
    Case("0203", lambda w: w.rename("w1", "-n1"), "-n1 node name", "each label is 1-63 characters"),
    Case("0203", lambda w: w.rename("w1", "n1-"), "n1- node name", "starts and ends with a letter or digit"),
    Case("0203", value("kube_node_name", "a..b", "w1"), "kube_node_name", "write 'a.b'"),
    Case("0203", value("kube_node_name", "a" * 64, "w1"), "kube_node_name", "1-63 characters"),
    Case("0203", value("kube_node_name", ".".join(["a" * 60] * 5), "w1"), "kube_node_name", "253 in all"),
    Case("0204", value("kube_node_name", "w1", "w2"), "w2 kube_node_name", "is the name of w1 too"),
    Case("0206", value("kube_cluster_name", "my cluster"), "kube_cluster_name", "must be 1-63 letters"),
    Case("0206", value("kube_cluster_name", "../evil"), "kube_cluster_name", "plain name"),
    Case("0207", value("kube_node_ip", "10.0.0.99", "cp1"), "cp1 kube_node_ip", "is on no interface (has 10.0.0.11)"),
    Case("0207", value("ansible_host", "192.0.2.7", "cp1"), "cp1 ansible_host", "set kube_node_ip to its own address"),
    Case("0208", value("kube_node_ip", "127.0.0.1", "cp1"), "cp1 kube_node_ip", "is a loopback address"),
    Case("0208", value("kube_node_ip", "0.0.0.0", "cp1"), "cp1 kube_node_ip", "is the unspecified address"),
    Case("0208", value("kube_node_ip", "169.254.1.1", "cp1"), "cp1 kube_node_ip", "is a link-local address"),
    Case("0208", value("kube_node_ip", "224.0.0.1", "cp1"), "cp1 kube_node_ip", "is a multicast address"),
    Case("0208", value("kube_node_ip", "fe80::1", "cp1"), "cp1 kube_node_ip", "is a link-local address"),
    Case("0209", value("kube_node_ip", "10.0.0.256", "cp1"), "cp1 kube_node_ip", "'10.0.0.256' is not an IP address"),
    Case("0209", value("kube_node_ip", "10.0.0.011", "cp1"), "cp1 kube_node_ip", "is not an IP address"),
    Case("0209", value("ansible_host", "10.0.0.256", "cp1"), "cp1 ansible_host", "is not an IP address"),
    Case("0209", value("kube_node_ip", "cp1.example.com", "cp1"), "cp1 kube_node_ip", "is not an IP address"),
    Case("0209", value("kube_node_ip", "fe80::1%eth0", "cp1"), "cp1 kube_node_ip", "is not an IP address"),
    Case(
        "0210",
        both(value("ansible_host", "w1.example.com", "w1"), interface("w1", "eth1", "192.168.7.1", 24)),
        "w1 node address",
        "its addresses are 10.0.0.21, 192.168.7.1",
    ),
    Case("0211", value("kube_node_ip", "10.0.0.21", "w2"), "w2 kube_node_ip", "is the address of w1 too"),
    Case("0212", value("kube_dns_domain", "cluster_local"), "kube_dns_domain", "is not a DNS name"),
    Case("0212", value("kube_dns_domain", "Cluster.Local"), "kube_dns_domain", "lower case"),
    Case("0212", value("kube_dns_domain", ""), "kube_dns_domain", "is not a DNS name"),
    Case("0213", value("kube_node_labels", {"a b": "c"}, "w1"), "w1 kube_node_labels", "'a b', which is no label name"),
    Case("0213", value("kube_node_labels", {"Ex_ample/a": "c"}, "w1"), "kube_node_labels", "which is no DNS name"),
    Case("0213", value("kube_node_labels", {"gpu": True}, "w1"), "kube_node_labels", "a value that is a boolean"),
    Case("0213", value("kube_node_labels", {"disk": "a" * 64}, "w1"), "kube_node_labels", "which is no label value"),
    Case(
        "0214",
        value("kube_node_taints", [{"key": "a b", "effect": "NoSchedule"}], "w1"),
        "w1 kube_node_taints",
        "which is no label name",
    ),
    Case(
        "0214",
        value("kube_node_taints", [{"key": "a", "value": "-", "effect": "NoSchedule"}], "w1"),
        "w1 kube_node_taints",
        "which is no label value",
    ),
    Case(
        "0215",
        value("kube_node_ip", "10.0.0.11,10.0.0.14", "cp1"),
        "cp1 kube_node_ip",
        "two addresses of the same family",
    ),
    Case("0216", fact("w2", "hostname", "w1"), "w1 and w2", "both have the host name 'w1'"),
    Case("0217", fact("w2", "machine_id", "id-of-w1"), "w1 and w2", "both have the machine id"),
]

RANGES = [
    Case("0301", value("kube_pod_subnet", "10.244.0.0"), "kube_pod_subnet", "has no length"),
    Case("0301", value("kube_pod_subnet", "10.244.0.0/33"), "kube_pod_subnet", "is not a range"),
    Case("0301", value("kube_pod_subnet", "10.244.0.1/16"), "kube_pod_subnet", "write 10.244.0.0/16"),
    Case("0301", value("kube_service_subnet", "10.96.0.0/255.240.0.0"), "kube_service_subnet", "write 10.96.0.0/12"),
    Case("0301", value("kube_service_subnet", "services"), "kube_service_subnet", "'services' is not a range"),
    Case("0302", value("kube_pod_subnet", ""), "kube_pod_subnet", "is empty"),
    Case(
        "0302",
        value("kube_pod_subnet", "10.1.0.0/16,10.2.0.0/16,10.3.0.0/16"),
        "kube_pod_subnet",
        "more than two ranges",
    ),
    Case(
        "0303",
        both(value("kube_service_subnet", "10.16.0.0/12"), value("kube_pod_subnet", "10.17.0.0/16")),
        "kube_service_subnet",
        "10.16.0.0/12 contains kube_pod_subnet 10.17.0.0/16",
    ),
    Case(
        "0303",
        value("kube_pod_subnet", "10.96.0.0/11"),
        "kube_pod_subnet (group_vars/all/cluster.yml)",
        "contains kube_service_subnet 10.96.0.0/12. Fix: choose ranges that do not overlap, e.g. 10.244.0.0/16",
    ),
    Case("0303", value("kube_pod_subnet", "10.96.0.0/12"), "kube_pod_subnet", "is the same as kube_service_subnet"),
    Case("0304", value("kube_pod_subnet", "10.0.0.0/16"), "kube_pod_subnet", "contains 10.0.0.11, the address of cp1"),
    Case("0304", value("kube_service_subnet", "10.0.0.0/20"), "kube_service_subnet", "the address of"),
    Case(
        "0304",
        both(value("kube_api_vip", "10.96.0.200")),
        "kube_service_subnet",
        "contains 10.96.0.200, the address of kube_api_vip",
        behind_a_vip,
    ),
    Case(
        "0306",
        fact("w1", "resolvers", ["10.96.0.53"]),
        "w1",
        "resolver 10.96.0.53 lies in kube_service_subnet 10.96.0.0/12",
    ),
    Case("0306", fact("w1", "resolvers", ["10.244.3.1"]), "w1", "lies in kube_pod_subnet"),
    Case("0307", value("kube_service_subnet", "10.96.0.0/11"), "kube_service_subnet", "use a mask from /12 to /28"),
    Case("0307", value("kube_service_subnet", "10.96.0.0/29"), "kube_service_subnet", "accepts /12 to /28"),
    Case(
        "0307", value("kube_service_subnet", "10.96.0.0/12,fd00:10:96::/107"), "kube_service_subnet", "/108", dual_stack
    ),
    Case(
        "0307", value("kube_service_subnet", "10.96.0.0/12,fd00:10:96::/125"), "kube_service_subnet", "/124", dual_stack
    ),
    Case("0308", value("kube_node_cidr_mask", 16), "kube_node_cidr_mask", "16 must be longer than the pod mask 16"),
    Case("0308", value("kube_node_cidr_mask", 12), "kube_node_cidr_mask", "must be longer"),
    Case("0308", value("kube_node_cidr_mask", 32), "kube_node_cidr_mask", "at most 30"),
    Case("0308", value("kube_pod_subnet", "32.0.0.0/7"), "kube_node_cidr_mask", "more than 16 bits longer"),
    Case("0308", value("kube_node_cidr_mask_ipv6", 56), "kube_node_cidr_mask_ipv6", "must be longer", dual_stack),
    Case(
        "0309",
        value("kube_pod_subnet", "10.244.0.0/22"),
        "kube_pod_subnet",
        "has room for 4 node ranges of /24, but there are 5 nodes",
    ),
    Case(
        "0310",
        value(KUBELET, {"maxPods": 300}),
        KUBELET,
        "maxPods 300 needs more addresses than a /24 node range has (254)",
    ),
    Case("0311", value("kube_pod_subnet", "10.1.0.0/16,10.2.0.0/16"), "kube_pod_subnet", "lists two IPv4 ranges"),
    Case(
        "0311", value("kube_service_subnet", "fd00:1::/112,fd00:2::/112"), "kube_service_subnet", "two IPv6", dual_stack
    ),
    Case(
        "0312", value("kube_service_subnet", "fd00:10:96::/112"), "kube_service_subnet", "is IPv6, but kube_pod_subnet"
    ),
    Case(
        "0313",
        value("kube_pod_subnet", "10.244.0.0/16,fd00:10:244::/56"),
        "cp1",
        "has no IPv6 address but kube_pod_subnet has an IPv6 range",
    ),
    Case(
        "0313",
        both(value("kube_pod_subnet", "fd00:10:244::/56"), value("kube_service_subnet", "fd00:10:96::/112")),
        "cp1, cp2, cp3 and 2 more",
        "has no IPv6 address but kube_pod_subnet has an IPv6 range only",
    ),
    Case("0314", value(KUBELET, {"clusterDNS": ["10.95.0.10"]}), KUBELET, "clusterDNS 10.95.0.10 is outside"),
    Case("0314", value(KUBELET, {"clusterDNS": ["10.96.0.1"]}), KUBELET, "kept for the service 'kubernetes'"),
    Case("0315", value("kube_pod_subnet", "127.0.0.0/16"), "kube_pod_subnet", "set aside"),
    Case("0315", value("kube_pod_subnet", "224.0.0.0/8"), "kube_pod_subnet", "overlaps 224.0.0.0/4"),
    Case(
        "0316",
        interface("w1", "docker0", "10.244.0.1", 16),
        "w1",
        "interface docker0 10.244.0.1/16 lies in kube_pod_subnet",
    ),
    Case("0316", interface("w1", "cni0", "10.244.7.1", 24), "w1", "ip link delete cni0"),
    Case(
        "0316",
        both(value("kube_network_plugin", "none"), interface("w1", "flannel.1", "10.244.7.0", 32)),
        "w1",
        "interface flannel.1",
    ),
    Case("0317", value("kube_node_cidr_mask", 26), KUBELET, "maxPods 110 needs more addresses"),
]

ENDPOINT = [
    Case("0401", value("kube_api_endpoint", "api.example.com"), "kube_api_endpoint", "must be host:port"),
    Case("0401", value("kube_api_endpoint", "https://api.example.com:6443"), "kube_api_endpoint", "stand in brackets"),
    Case("0401", value("kube_api_endpoint", "fd00::1:6443"), "kube_api_endpoint", "stand in brackets"),
    Case("0401", value("kube_api_endpoint", "10.0.0.300:6443"), "kube_api_endpoint", "neither address nor DNS name"),
    Case("0401", value("kube_api_endpoint", "api_1:6443"), "kube_api_endpoint", "neither address nor DNS name"),
    Case("0402", value("kube_api_vip", "10.0.0.100"), "kube_api_vip", "needs hosts in the group load_balancer"),
    Case("0403", value("kube_api_port", 0), "kube_api_port", "a port must be 1-65535"),
    Case("0403", value("kube_api_port", 70000), "kube_api_port", "a port must be 1-65535"),
    Case("0403", value("kube_api_port", "64a3"), "kube_api_port", "a port must be 1-65535"),
    Case(
        "0403", value("kube_load_balancer_port", -1), "kube_load_balancer_port", "a port must be 1-65535", behind_a_vip
    ),
    Case("0403", value("kube_api_endpoint", "api.example.com:70000"), "kube_api_endpoint", "a port must be 1-65535"),
    Case("0404", value("kube_api_vip", "vip.example.com"), "kube_api_vip", "is not an address", behind_a_vip),
    Case("0404", value("kube_api_vip", "127.0.0.1"), "kube_api_vip", "that a host can carry", behind_a_vip),
    Case(
        "0405", fact("w2", "resolved", {"api.example.com": []}), "w2", "cannot resolve api.example.com", with_endpoint
    ),
    Case(
        "0406",
        fact("w2", "resolved", {"api.example.com": ["10.0.0.7"]}),
        "kube_api_endpoint",
        "api.example.com is 10.0.0.100 on cp1 but 10.0.0.7 on w2. Fix: make DNS or /etc/hosts agree",
        with_endpoint,
    ),
    Case("0407", value("kube_api_endpoint", "10.0.0.11:6443"), "kube_api_endpoint", "is cp1 itself: no fail-over"),
    Case(
        "0407",
        value("kube_api_endpoint", "10.0.0.12:6443"),
        "kube_api_endpoint",
        "set kube_allow_single_endpoint: true",
    ),
    Case("0407", value("kube_api_endpoint", "cp3:6443"), "kube_api_endpoint", "is cp3 itself"),
    Case("0408", value("kube_api_vip", "10.0.0.5"), "kube_api_vip", "is the own address of lb1", behind_a_vip),
    Case(
        "0409",
        value("kube_api_vip", "10.9.0.5"),
        "lb1 kube_api_vip",
        "10.9.0.5 is in no subnet of interface eth0 (10.0.0.5/24)",
        behind_a_vip,
    ),
    Case("0410", value("kube_api_vip_router_id", 256), "kube_api_vip_router_id", "must be 1-255", behind_a_vip),
    Case("0410", value("kube_api_vip_router_id", 0), "kube_api_vip_router_id", "must be 1-255", behind_a_vip),
    Case("0411", value("kube_api_endpoint", "127.0.0.1:6443"), "kube_api_endpoint", "is a loopback address"),
    Case("0411", value("kube_api_endpoint", "localhost:6443"), "kube_api_endpoint", "is a loopback address"),
    Case(
        "0412",
        both(value("kube_api_vip", "10.0.0.101")),
        "API endpoint",
        "would move from 10.0.0.100:6443, which certificates and kubeconfigs name, to 10.0.0.101:6443",
        living,
    ),
    Case(
        "0413",
        value("kube_cert_extra_sans", ["*.ex ample"]),
        "kube_cert_extra_sans",
        "neither an IP address nor a DNS name",
    ),
    Case("0413", value("kube_cert_extra_sans", ["api.*.example.com"]), "kube_cert_extra_sans", "neither"),
    Case(
        "0413",
        value("kube_cert_extra_sans", ["https://api.example.com"]),
        "kube_cert_extra_sans",
        "without port and scheme",
    ),
    Case("0413", value("kube_cert_extra_sans", ["10.0.0.300"]), "kube_cert_extra_sans", "neither"),
    Case(
        "0414",
        value("kube_api_endpoint", "10.0.0.200:6443"),
        "kube_api_endpoint",
        "which nothing would use",
        behind_a_vip,
    ),
    Case("0415", value("kube_api_port", 10250), "kube_api_port", "is the port of the kubelet"),
    Case("0415", value("kube_local_load_balancer_port", 2379), "kube_local_load_balancer_port", "is the port of etcd"),
    Case(
        "0416",
        value("kube_api_vip_interface", "eth0/1", "lb1"),
        "lb1 kube_api_vip_interface",
        "is no name",
        behind_a_vip,
    ),
    Case(
        "0416", value("kube_api_vip_interface", "eth9", "lb1"), "lb1 kube_api_vip_interface", "has eth0", behind_a_vip
    ),
    Case("0417", value("kube_api_port", 30443), "kube_api_port", "lies in 30000-32767"),
]

VERSIONS = [
    Case("0502", value(V, "1.x"), V, "'1.x' is not a version: give three numbers"),
    Case("0502", value(V, "1.37"), V, "give three numbers"),
    Case("0502", value(V, 1.37), V, "give three numbers"),
    Case("0502", value(V, "v1.37.1"), V, "without a v in front"),
    Case("0502", value(V, "1.37.01"), V, "give three numbers"),
    Case("0502", value(V, "latest"), V, "is not a version"),
    Case("0503", value(V, "1.28.3"), V, "is not in this collection's table of versions"),
    Case("0503", value(V, "1.99.0"), V, "set kube_allow_untested_version: true"),
    Case(
        "0506",
        lambda w: [w.set(V, "1.35.9"), w.on(date(2027, 3, 1))],
        V,
        "2027-02-28",
    ),
    Case(
        "0504",
        cluster_at("1.35.9"),
        V,
        "cannot follow the cluster's 1.35.9: one minor at a time; go to 1.36.x first",
        upgrading,
    ),
    Case("0505", value(V, "1.36.3"), V, "downgrades are not supported", lambda: upgrading("1.36.4")),
    Case("0505", value(V, "1.35.9"), V, "downgrades are not supported", lambda: upgrading("1.36.4")),
    Case("0505", value(V, "1.37.0"), V, "is older than the cluster, 1.37.1", living),
    Case("0507", node_versions(cp1="1.37.1"), V, "cp2 is at 1.36.4", lambda: upgrading("1.36.5")),
    Case("0507", node_versions(cp2="1.36.4"), V, "finish the earlier upgrade to 1.37.1 first", living),
    Case("0508", etcd_runs("3.5.16"), "etcd member cp1", "3.5.16 cannot go with Kubernetes 1.37.1", upgrading),
    Case("0508", etcd_runs("3.5.16"), "etcd member cp1", "first upgrade to 3.5.32 or later", upgrading),
    Case("0508", etcd_runs("3.5.33"), "etcd member cp1", "one line at a time; go to 3.6.x first", upgrading),
    Case(
        "0508", value("kube_etcd_version", "3.5.16"), "kube_etcd_version", "etcd 3.5.16 cannot go with", external_etcd
    ),
    Case("0509", etcd_runs("3.6.8"), "etcd member cp1", "first upgrade to 3.6.11 or later", upgrading),
    Case(
        "0510",
        both(joins("w9"), value(V, "1.36.4")),
        "w9",
        "would join with 1.36.4 but the cluster is 1.37.1. Fix: set kube_version to '1.37.1'",
        living,
    ),
    Case("0511", value(V, "1.37.2"), V, "use upgrade.yml", living),
    Case(
        "0512", value("kube_containerd_version", "1.6.*"), "kube_containerd_version", "is too old for Kubernetes 1.37.1"
    ),
    Case("0512", value("kube_containerd_version", "2.1.9-1"), "kube_containerd_version", "is too old"),
    Case("0512", fact("w1", "versions", "containerd", "1.7.28"), "w1 containerd", "is too old", upgrading),
    Case("0513", node_versions(w1="1.33.0"), "node w1", "at most 3 minors older", upgrading),
    Case("0513", node_versions(w1="1.38.0"), "node w1", "must not be newer", upgrading),
    Case(
        "0514", value("kube_containerd_version", "2.2.*"), "kube_containerd_version", "gets no fixes since 2026-11-06"
    ),
    Case("0515", value("kube_containerd_version", "newest one"), "kube_containerd_version", "is no version or pattern"),
    Case("0515", value("kube_flannel_version", "v0.28.9"), "kube_flannel_version", "is not a version of three numbers"),
    Case("0515", value("kube_etcd_version", "3.7"), "kube_etcd_version", "is not a version of three numbers"),
]

ETCD = [
    Case(
        "0601",
        lambda w: w.group("etcd", *(f"e{n}" for n in range(9))),
        "etcd",
        "9 hosts are more than 7",
        external_etcd,
    ),
    Case("0602", lambda w: w.group("etcd", "etcd1", "etcd2"), "etcd", "use 1 or 3", external_etcd),
    Case("0603", lambda w: w.group("etcd", "etcd1", "etcd2", "w1"), "w1 etcd", "hosts of its own", external_etcd),
    Case("0604", value(CONF, etcd_args(quota_backend_bytes=str(1 << 30))), CONF, "must be 2-8 GiB"),
    Case("0604", value(CONF, etcd_args(quota_backend_bytes=str(9 << 30))), CONF, "must be 2-8 GiB"),
    Case("0604", value("kube_etcd_quota_mib", 1024), "kube_etcd_quota_mib", "must be 2-8 GiB", external_etcd),
    Case(
        "0604",
        both(
            value(CONF, etcd_args(quota_backend_bytes=str(2 << 30))),
            fact("cp2", "disk", "/var/lib/etcd", "free_mib", 3072),
        ),
        CONF,
        "is more than half of the free disk (cp2 has 3072 MiB free)",
    ),
    Case("0605", configured("etcd", {"external": {}}), "etcd", "cannot change between external and local etcd", living),
    Case(
        "0605",
        lambda w: w.group("etcd", "etcd1", "etcd2", "etcd3").set("kube_etcd_version", "3.7.1"),
        "etcd",
        "cannot change between local and external etcd",
        living,
    ),
    Case(
        "0607",
        value(CONF, etcd_args(election_timeout="500", heartbeat_interval="250")),
        CONF,
        "election-timeout 500 must be at least 5 times heartbeat-interval 250",
    ),
    Case("0607", value(CONF, etcd_args(heartbeat_interval="300")), CONF, "set election-timeout to 3000"),
    Case(
        "0607",
        value("kube_etcd_config", {"election-timeout": 400}),
        "kube_etcd_config",
        "at least 5 times",
        external_etcd,
    ),
    Case("0612", value("kube_etcd_compaction_retention", "long"), "kube_etcd_compaction_retention", "such as 8h"),
    Case("0613", value("kube_etcd_snapshot_schedule", "every day"), "kube_etcd_snapshot_schedule", "such as daily"),
    Case("0610", value(CONF, etcd_args(experimental_initial_corrupt_check="true")), CONF, "is gone since etcd 3.7"),
    Case("0610", value(CONF, etcd_args(enable_v2="true")), CONF, "is gone since etcd 3.6"),
    Case("0611", value("kube_etcd_version", "3.7.0"), "kube_etcd_version", "use 3.7.1 or later", external_etcd),
]

SECRETS = [
    Case(
        "0707",
        lambda w: [w.raw.exposed["w1"].update(ansible_password="0644"), w.set("ansible_password", "hunter2", "w1")],
        "w1 ansible_password (host_vars/w1.yml)",
        "(value not shown) stands in plain text in a file that is readable by others (0644)",
    ),
    Case(
        "0708",
        value("kube_package_key_fingerprint", "DE15 B144"),
        "kube_package_key_fingerprint",
        "40 hexadecimal digits",
    ),
    Case(
        "0708", value("kube_containerd_key_fingerprint", ""), "kube_containerd_key_fingerprint", "40 hexadecimal digits"
    ),
    Case("0709", value(CONF, {"encryptionAlgorithm": "RSA-1024"}), CONF, "is no key algorithm of kubeadm"),
    Case("0710", value(CONF, {"certificateValidityPeriod": "1 year"}), CONF, "is no duration"),
    Case(
        "0710",
        value(CONF, {"certificateValidityPeriod": "200000h"}),
        CONF,
        "is longer than caCertificateValidityPeriod",
    ),
    Case(
        "0711",
        value("kube_registry_mirrors", {"registry.k8s.io": ["https://me:hunter2@mirror.example.com"]}),
        "kube_registry_mirrors",
        "(value not shown) has a URL with a password",
    ),
    Case("0712", value("kube_etcd_archive_checksum", "abc"), "kube_etcd_archive_checksum", "is no checksum"),
]

RUNTIME = [
    Case("0801", value("kube_network_plugin", "manifests"), "kube_network_manifests", "is empty"),
    Case("0802", value("kube_network_manifests", ["/srv/cni.yml"]), "kube_network_manifests", "is not used by"),
    Case("0803", value(CONF, {"proxy": {"disabled": True}}), CONF, "replaces kube-proxy, and flannel cannot"),
    Case("0804", value("kube_network_mtu", 100), "kube_network_mtu", "must be 0 or 576-65535"),
    Case("0804", value("kube_network_mtu", 1000), "kube_network_mtu", "must be 0 or 1280-65535", dual_stack),
    Case(
        "0834",
        value("kube_flannel_interface", "eth1"),
        "kube_flannel_interface",
        "eth1 is no interface with an address on cp1 (has eth0",
    ),
    Case(
        "0805",
        value("kube_network_mtu", 1500),
        "kube_network_mtu",
        "leaves no room for VXLAN on w1 eth0 (MTU 1500): at most 1450",
    ),
    Case(
        "0806",
        both(
            value("kube_flannel_version", "0.14.0"),
        ),
        "kube_flannel_version",
        "flannel '0.14.0' cannot do IPv6 alone",
        ipv6,
    ),
    Case("0807", value("kube_proxy_mode", "ipvs"), "kube_proxy_mode", "use nftables or iptables"),
    Case(
        "0808",
        value(KUBELET, {"cgroupDriver": "cgroupfs"}),
        KUBELET,
        "cgroupDriver 'cgroupfs' differs from containerd's systemd",
    ),
    Case(
        "0809",
        lambda w: w.facts["w1"].update(
            os={"id": "debian", "version_id": "10", "pretty": "Debian GNU/Linux 10 (buster)"}, arch="arm"
        ),
        "w1",
        "Debian GNU/Linux 10 (buster) on arm which is not in the support table",
    ),
    Case("0809", fact("w1", "os", "id", "alpine"), "w1", "set kube_allow_untested_os: true"),
    Case("0809", fact("lb1", "arch", "riscv64"), "lb1", "amd64, arm64", behind_a_vip),
    Case("0810", fact("cp1", "memory_mib", 1024), "cp1 memory", "add Mem to kube_ignore_preflight_errors"),
    Case(
        "0811",
        value("kube_image_repository", "https://Registry/K8s/"),
        "kube_image_repository",
        "write it like 'registry/k8s'",
    ),
    Case("0811", value("kube_image_repository", ""), "kube_image_repository", "is no image reference"),
    Case(
        "0811",
        value("kube_image_repository", "registry.example.com/k8s/"),
        "kube_image_repository",
        "no slash at the end",
    ),
    Case("0811", value("kube_flannel_image", "ghcr.io/Flannel"), "kube_flannel_image", "lower case"),
    Case("0811", value("kube_sandbox_image", "pause image"), "kube_sandbox_image", "is no image reference"),
    Case("0812", fact("cp1", "cpus", 1), "cp1 cores", "add NumCPU to kube_ignore_preflight_errors"),
    Case(
        "0813",
        both(
            value(KUBELET, {"kubeReserved": {"memory": "2Gi"}, "systemReserved": {"memory": "2048Mi"}}),
            fact("w1", "memory_mib", 3891),
        ),
        "w1 kube_kubelet_config",
        "kubeReserved 2048 MiB and systemReserved 2048 MiB are more than the host has, 3891 MiB",
    ),
    Case(
        "0814",
        both(value("kube_swap_off", False), fact("w1", "swap", ["/dev/sda3"])),
        "w1 swap",
        "/dev/sda3 is on, and the kubelet would not start",
    ),
    Case(
        "0815",
        value("kube_apiserver_extra_args", args("etcd-servers")),
        "kube_apiserver_extra_args",
        "is managed by this",
    ),
    Case(
        "0815",
        value("kube_apiserver_extra_args", args("secure-port")),
        "kube_apiserver_extra_args",
        "set kube_api_port",
    ),
    Case(
        "0815",
        value("kube_controller_manager_extra_args", args("cluster-cidr")),
        "kube_controller",
        "set kube_pod_subnet",
    ),
    Case("0815", value("kube_scheduler_extra_args", args("kubeconfig")), "kube_scheduler_extra_args", "remove it"),
    Case(
        "0815",
        value("kube_kubelet_extra_args", args("node-ip"), "w1"),
        "w1 kube_kubelet_extra_args",
        "set kube_node_ip",
    ),
    Case(
        "0816",
        value("kube_kubelet_extra_args", args("pod-infra-container-image")),
        "kube_kubelet_extra_args",
        "since Kubernetes 1.35",
    ),
    Case(
        "0816",
        value("kube_kubelet_extra_args", args("storage-driver-db")),
        "kube_kubelet_extra_args",
        "would not start",
    ),
    Case("0817", fact("w1", "cgroup_version", 1), "w1", "cgroup v1 is refused by Kubernetes 1.37"),
    Case("0818", fact("w1", "epoch", NOW - 11.0), "cp1 and w1", "have clocks at least 8 s apart"),
    Case("0818", fact("w1", "epoch", NOW + 30.0), "w1 and cp1", "have clocks at least 29 s apart"),
    Case("0819", fact("w1", "epoch", NOW - 6.0), "cp1 and w1", "have clocks at least 3 s apart"),
    Case(
        "0820",
        fact("cp1", "ports", {"6443": {"process": "nginx", "pid": 7, "unit": "nginx.service"}}),
        "cp1 port",
        "6443 is in use by nginx. Fix: stop nginx.service",
    ),
    Case(
        "0820",
        fact("w1", "ports", {"10250": {"process": "k3s", "pid": 7, "unit": ""}}),
        "w1 port",
        "10250 is in use by k3s",
    ),
    Case("0820", fact("w1", "ports", {"8443": {"process": "java", "pid": 7}}), "w1 port", "8443 is in use by java"),
    Case("0820", fact("lb1", "ports", {"6443": {"process": "nginx"}}), "lb1 port", "in use by nginx", behind_a_vip),
    Case(
        "0820", fact("etcd1", "ports", {"2379": {"process": "consul"}}), "etcd1 port", "in use by consul", external_etcd
    ),
    Case("0821", fact("w1", "disk", "/var/lib/containerd", "free_mib", 500), "w1 /var/lib/containerd", "500 MiB free"),
    Case("0821", fact("cp1", "disk", "/var/lib/etcd", "free_mib", 200), "cp1 /var/lib/etcd", "less than 1024"),
    Case(
        "0821",
        fact("w1", "disk", "/var/lib/containerd", "available_mib", 7499),
        "w1 /var/lib/containerd",
        "has 7499 of 50000 MiB available, and below 15 % the kubelet evicts pods",
    ),
    Case("0821", fact("cp1", "disk", "/var/lib/kubelet", "available_mib", 4999), "cp1 /var/lib/kubelet", "below 10 %"),
    Case(
        "0821",
        both(
            value("kube_kubelet_config", {"evictionHard": {"nodefs.available": "20.5%"}}),
            fact("w1", "disk", "/var/lib/kubelet", "available_mib", 10249),
        ),
        "w1 /var/lib/kubelet",
        "below 20.5 %",
    ),
    Case("0823", fact("w1", "kubeadm", "unknown_manifests", ["vip.yaml"]), "w1 static pod", "vip.yaml"),
    Case(
        "0825",
        value("kube_registry_mirrors", {"registry.k8s.io": "https://m"}),
        "kube_registry_mirrors",
        "no list of mirror",
    ),
    Case(
        "0825",
        value("kube_registry_mirrors", {"registry.k8s.io": ["mirror:5000"]}),
        "kube_registry_mirrors",
        "no http or https",
    ),
    Case(
        "0825",
        value("kube_registry_mirrors", {"https://ghcr.io": ["https://m"]}),
        "kube_registry_mirrors",
        "is no registry's host",
    ),
    Case(
        "0826",
        value("kube_package_repository", "pkgs.k8s.io/deb"),
        "kube_package_repository",
        "is no http or https URL",
    ),
    Case(
        "0826",
        value("kube_package_key_url", "ftp://pkgs.k8s.io/key"),
        "kube_package_key_url",
        "is no http or https URL",
    ),
    Case(
        "0826",
        value("kube_containerd_repository", {"suite": "x"}),
        "kube_containerd_repository",
        "is no http or https URL",
    ),
    Case(
        "0827",
        value(KUBELET, {"clusterDomain": "other.local"}),
        KUBELET,
        "differs from kube_dns_domain 'cluster.local'",
    ),
    Case(
        "0827",
        value(KUBELET, {"containerRuntimeEndpoint": "unix:///var/run/crio/crio.sock"}),
        KUBELET,
        "is not containerd's",
    ),
    Case("0827", value("kube_proxy_config", {"mode": "nftables"}), "kube_proxy_config", "differs from kube_proxy_mode"),
    Case(
        "0828", value("kube_timeouts", {"kubernetesApiCall": "2m"}), "kube_timeouts", "did you mean kubernetesAPICall?"
    ),
    Case("0828", value("kube_timeouts", {"discovery": 300}), "kube_timeouts", "is no duration"),
    Case("0833", value(LEASES, {"leaseDuraton": "60s"}), LEASES, "did you mean leaseDuration?"),
    Case("0833", value(LEASES, {"leaseDuration": 60}), LEASES, "is no duration"),
    Case("0833", value(LEASES, {"leaseDuration": "0s"}), LEASES, "is no duration"),
    Case("0833", value(LEASES, {"renewDeadline": "15s"}), LEASES, "leaseDuration (15 s) is not longer than"),
    Case(
        "0833",
        value(LEASES, {"leaseDuration": "60s", "renewDeadline": "12s", "retryPeriod": "10s"}),
        LEASES,
        "is not longer than retryPeriod and a fifth (10 s)",
    ),
    Case(
        "0815", value("kube_etcd_config", {"data_dir": "/data"}), "kube_etcd_config", "etcd flag 'data_dir' is managed"
    ),
    Case("0815", value(CONF, etcd_args(wal_dir="/wal")), CONF, "etcd flag 'wal-dir' is managed"),
    Case(
        "0815",
        value("kube_scheduler_extra_args", args("leader-elect-lease-duration")),
        "kube_scheduler_extra_args",
        "set kube_leader_election",
    ),
    Case("0829", value("kube_ignore_preflight_errors", ["all"]), "kube_ignore_preflight_errors", "name the checks"),
    Case("0830", value(CONF, {"featureGates": {"NodeLocalCRISocket": True}}), CONF, "is gone since Kubernetes 1.37"),
    Case("0831", value(CONF, {"networking": {"podSubnet": "10.1.0.0/16"}}), CONF, "remove it and set kube_pod_subnet"),
    Case("0831", value(CONF, {"controlPlaneEndpoint": "x:1"}), CONF, "set kube_api_endpoint"),
    Case("0831", value(CONF, {"etcd": {"local": {"dataDir": "/data"}}}), CONF, "dataDir is not /var/lib/etcd"),
    Case("0831", value(CONF, {"certificatesDir": "/pki"}), CONF, "certificatesDir is not /etc/kubernetes/pki"),
    Case(
        "0832",
        both(value("kube_proxy_mode", "nftables"), fact("w1", "kernel", "5.10.0-30-amd64")),
        "w1 kernel",
        "wants 5.13",
    ),
]

FORM = [
    Case(
        "0901",
        value("kube_pod_subent", "10.1.0.0/16"),
        "kube_pod_subent (group_vars/all/cluster.yml)",
        "did you mean kube_pod_subnet",
    ),
    Case(
        "0901",
        value("kube_apiserver_extraargs", []),
        "kube_apiserver_extraargs",
        "did you mean kube_apiserver_extra_args",
    ),
    Case(
        "0902",
        value("kube_proxy_mode", "iptable"),
        "kube_proxy_mode",
        "is not one of iptables, nftables, ipvs. Fix: write iptables",
    ),
    Case(
        "0902", value("kube_network_plugin", "calico"), "kube_network_plugin", "is not one of flannel, manifests, none"
    ),
    Case(
        "0903",
        value("kube_cert_extra_sans", "a,b"),
        "kube_cert_extra_sans",
        "wants a list of strings, got the string 'a,b'. Fix: write [a, b]",
    ),
    Case("0903", value("kube_cert_extra_sans", {"a": 1}), "kube_cert_extra_sans", "wants a list, got the dict"),
    Case("0903", value("kube_kubelet_config", "maxPods=5"), "kube_kubelet_config", "wants a dict, got the string"),
    Case("0903", value("kube_kubelet_config", ["maxPods"]), "kube_kubelet_config", "wants a dict, got the list"),
    Case(
        "0903", value("kube_apiserver_extra_args", {"v": "4"}), "kube_apiserver_extra_args", "{name: flag, value: text}"
    ),
    Case("0903", value("kube_apiserver_extra_args", [{"v": "4"}]), "kube_apiserver_extra_args", "write each item as"),
    Case("0903", value("kube_apiserver_extra_args", "v=4"), "kube_apiserver_extra_args", "got the string 'v=4'"),
    Case("0903", value("kube_swap_off", "maybe"), "kube_swap_off", "wants true or false, got the string 'maybe'"),
    Case("0903", value("kube_node_cidr_mask", "/24"), "kube_node_cidr_mask", "wants a whole number"),
    Case("0903", value("kube_node_cidr_mask", True), "kube_node_cidr_mask", "got the boolean True"),
    Case("0903", value("kube_cluster_name", ["a"]), "kube_cluster_name", "wants a string, got the list"),
    Case(
        "0903",
        value("kube_node_taints", [{"key": "a", "effect": "Never"}], "w1"),
        "w1 kube_node_taints",
        "an effect of",
    ),
    Case(
        "0904",
        lambda w: w.raw.broken["w1"].update(kube_node_ip="'private_address' is undefined"),
        "w1 kube_node_ip",
        "cannot be worked out: 'private_address' is undefined",
    ),
    Case("0905", lambda w: w.unset(V), V, "is required and is empty"),
    Case("0905", value(V, ""), V, "is required and is empty"),
    Case("0905", value(V, None), V, "is required and is empty"),
    Case("0906", value("kube_api_endpoint", None), "kube_api_endpoint", "is set to nothing (null)"),
    Case("0907", value("kube_pods_subnet", "10.1.0.0/16"), "kube_pods_subnet", "rename it to kube_pod_subnet"),
    Case("0907", value("kube_service_addresses", "10.1.0.0/16"), "kube_service_addresses", "kube_service_subnet"),
    Case("0908", value("kube_oidc_auth", True), "kube_oidc_auth", "has no effect"),
    Case(
        "0909", value(V, "1.36.4", "cp2"), "kube_version (host_vars/cp2.yml)", "is '1.37.1' on cp1 and '1.36.4' on cp2"
    ),
    Case("0909", value("kube_pod_subnet", "10.9.0.0/16", "cp1"), "kube_pod_subnet", "is set on cp1 but not on cp2"),
    Case(
        "0910",
        value("kube_kubeconfig_path", "backup/../../etc"),
        "kube_kubeconfig_path",
        "must be an absolute path without '..'",
    ),
    Case("0910", value("kube_kubeconfig_path", "/srv/../etc/x"), "kube_kubeconfig_path", "without '..'"),
    Case("0910", value("kube_etcd_data_directory", "etcd"), "kube_etcd_data_directory", "must be an absolute path"),
    Case(
        "0911",
        lambda w: [
            w.set("kube_network_plugin", "manifests").set("kube_network_manifests", ["/srv/cni.yml"]),
            w.without_files("/srv/cni.yml"),
        ],
        "kube_network_manifests",
        "'/srv/cni.yml' is not there",
    ),
    Case("0912", value("kube_drain_timeout", 0), "kube_drain_timeout", "0 must be at least 1"),
    Case("0912", value("kube_renew_days", -1), "kube_renew_days", "-1 must be at least 0"),
    *(
        Case("0912", value("kube_upgrade_batch", text), "kube_upgrade_batch", "must be a number of hosts")
        for text in ("0", "all", "0%", "101%", "-1")
    ),
    Case(
        "0913",
        value("kube_apiserver_extra_args", args("--v")),
        "kube_apiserver_extra_args",
        "write 'v', without dashes",
    ),
    Case("0913", value("kube_kubelet_extra_args", args("v=4")), "kube_kubelet_extra_args", "without the value"),
]

LIVING = [
    Case(
        "1007",
        joins("w3", state="complete", role="worker", ca_sha256=OTHER_CA),
        "w3",
        "belongs to another cluster",
        living,
    ),
    Case("1007", joins("w3", state="partial", role="worker", ca_sha256=OTHER_CA), "w3", "reset it first", living),
    Case(
        "1007",
        lambda w: w.facts["w1"]["kubeadm"].update(state="complete", role="worker", ca_sha256=OTHER_CA),
        "w1",
        "of which no control plane is in the inventory",
    ),
    Case(
        "1008",
        lambda w: w.group("kube_control_plane", "cp1", "cp2", "cp3", "w1", "w2"),
        "w1",
        "is already a worker",
        living,
    ),
    Case(
        "1008",
        lambda w: [w.group("kube_control_plane", "cp1", "cp2"), w.group("kube_node", "w1", "cp3")],
        "cp3",
        "is already a control plane",
        living,
    ),
    Case(
        "1010", lambda w: [c["nodes"][4].update(ready=False) for c in clusters(w)], "node w2", "is NotReady", upgrading
    ),
    Case("1011", lambda w: w.facts.pop("w2"), "w2", "no answer, or left out by --limit"),
    Case("1012", lambda w: w.facts.pop("cp2"), "cp2", "a cluster may exist there already"),
    Case(
        "1013",
        lambda w: [c.update(api_ready=False, nodes=[], cluster_configuration=None) for c in clusters(w)],
        "cluster",
        "exists on cp1, cp2, cp3, but no API server answers",
        living,
    ),
    Case(
        "1014",
        both(
            fact("cp1", "kubeadm", {"state": "partial", "role": "control_plane", "reasons": ["admin.conf is missing"]}),
            fact("cp2", "kubeadm", {"state": "partial", "role": "control_plane"}),
        ),
        "cp1, cp2",
        "have parts of a cluster of which no control plane is whole (cp1: admin.conf is missing; cp2: not finished)",
    ),
    Case(
        "1020",
        configured("networking", "podSubnet", "10.200.0.0/16"),
        "kube_pod_subnet",
        "which has 10.200.0.0/16",
        living,
    ),
    Case(
        "1021",
        configured("networking", "serviceSubnet", "10.112.0.0/12"),
        "kube_service_subnet",
        "cannot be changed",
        living,
    ),
    Case("1022", value("kube_dns_domain", "other.local"), "kube_dns_domain", "which has cluster.local", living),
    Case("1023", value("kube_cluster_name", "other"), "kube_cluster_name", "which has kubernetes", living),
    Case("1029", value("kube_node_cidr_mask", 25), "kube_node_cidr_mask", "which has 24", living),
    Case("1024", value("kube_node_name", "worker1", "w1"), "w1 node name", "set kube_node_name: w1", living),
    Case(
        "1025",
        value("kube_image_repository", "registry.example.com/k8s"),
        "kube_image_repository",
        "is registry.k8s.io in the cluster",
        living,
    ),
    Case(
        "1026",
        value("kube_api_port", 7443),
        "kube_api_port",
        "is not the port of the API server that runs on cp1",
        living,
    ),
    Case(
        "1028",
        fact("w1", "kubeadm", "cri_socket", "unix:///var/run/cri-dockerd.sock"),
        "w1 container runtime",
        "is not containerd's, unix:///run/containerd/containerd.sock",
        living,
    ),
    Case("1027", lambda w: next(clusters(w))["nodes"].append(node("w9", "1.37.1")), "cluster", "has w9 which", living),
    Case(
        "1027", lambda w: next(clusters(w))["nodes"].append(node("w9", "1.36.4")), "cluster", "has w9 which", upgrading
    ),
    Case("1030", joins("w3"), "w3", "let cluster.yml join it with kube_version '1.36.4' first", upgrading),
]

CASES = [
    *GROUPS_AND_HOSTS,
    *NAMES_AND_ADDRESSES,
    *RANGES,
    *ENDPOINT,
    *VERSIONS,
    *ETCD,
    *SECRETS,
    *RUNTIME,
    *FORM,
    *LIVING,
]
