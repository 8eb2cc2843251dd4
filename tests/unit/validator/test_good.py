"""Right inventories at the borders are not refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.validator.cases import (
    CONF,
    KUBELET,
    both,
    dual_stack,
    etcd_args,
    etcd_runs,
    external_etcd,
    fact,
    interface,
    ipv6,
    joins,
    node_versions,
    upgrading,
    value,
    with_endpoint,
)
from ansible_collections.quorum.kubernetes.tests.unit.validator.world import (
    Change,
    World,
    bare,
    behind_a_vip,
    clusters,
    living,
    world,
)

LONG = "n" + "a" * 61 + "z"


def changed(right: Callable[[], World], *changes: Change) -> World:
    """A world with changes that keep it right."""
    made = right()
    for change in changes:
        change(made)
    return made


def one_node() -> World:
    """One host that is everything."""
    made = world(1, 0)
    return made.group("kube_node", "cp1")


def through_nat() -> World:
    """Machines behind one forwarding address, told apart by their ports, as Vagrant's are."""
    made = world()
    for port, (host, facts) in enumerate(made.facts.items()):
        made.set("ansible_host", "127.0.0.1", host).set("ansible_port", 2200 + port, host)
        made.set("kube_node_ip", facts["addresses"][0]["address"], host)
    return made


def vip6() -> World:
    """A virtual address of IPv6."""
    made = ipv6()
    made.group("load_balancer", "lb1", "lb2").set("kube_api_vip", "fd00::100")
    for number, host in enumerate(("lb1", "lb2")):
        address = f"fd00::{number + 50}"
        made.set("ansible_host", address, host)
        made.facts[host] = bare(host, address)
        made.facts[host]["addresses"][0]["prefix"] = 64
    return made


def partly_built() -> World:
    """The first control plane stands, the second was interrupted, the rest is fresh."""
    made = living()
    for host in ("cp2", "cp3", "w1", "w2"):
        fresh = bare(host, made.facts[host]["addresses"][0]["address"])
        made.facts[host] = fresh
    made.facts["cp2"]["kubeadm"].update(
        state="partial", role="control_plane", ca_sha256=made.facts["cp1"]["kubeadm"]["ca_sha256"]
    )
    made.facts["cp2"]["ports"] = {"2379": {"process": "etcd"}, "10250": {"process": "kubelet"}}
    made.facts["cp2"]["addresses"].append({"interface": "cni0", "address": "10.244.2.1", "prefix": 24, "mtu": 1450})
    for cluster in clusters(made):
        cluster["nodes"] = cluster["nodes"][:1]
    return made


def lab() -> World:
    """What a lab of containers on cgroup v1 forces, by ordinary settings."""
    made = world(load_balancers=1)
    made.set(KUBELET, {"failCgroupV1": False, "featureGates": {"KubeletInUserNamespace": True}})
    made.set("kube_ignore_preflight_errors", ["SystemVerification"])
    made.set("kube_proxy_config", {"conntrack": {"maxPerCore": 0, "min": 0}})
    made.set("kube_registry_mirrors", {"registry.k8s.io": ["http://10.77.0.1:5680"]})
    made.set("kube_package_repository", "http://10.77.0.1:5681/core:/stable:/v{minor}/deb/")
    for facts in made.facts.values():
        facts.update(cgroup_version=1, swap=["/dev/sda2"])
    return made


GOOD: dict[str, Callable[[], World]] = {
    "one node": one_node,
    "one control plane and workers": lambda: world(1, 2),
    "one control plane and one worker": lambda: world(1, 1),
    "three control planes with a local load balancer": world,
    "five control planes": lambda: world(5, 2),
    "seven control planes": lambda: world(7, 2),
    "nine control planes, allowed": lambda: world(9, 2).set("kube_allow_many_control_planes", True),
    "one load balancer": lambda: world(load_balancers=1),
    "two load balancers with an address": behind_a_vip,
    "three load balancers with an address": lambda: world(load_balancers=3).set("kube_api_vip", "10.0.0.100"),
    "one load balancer with an address": lambda: world(load_balancers=1).set("kube_api_vip", "10.0.0.100"),
    "load balancer on a control plane with another port": lambda: (
        world().group("load_balancer", "cp1").set("kube_load_balancer_port", 8443)
    ),
    "load balancer on a worker with the same port": lambda: world().group("load_balancer", "w1"),
    "control planes that take pods": lambda: world().group("kube_node", "cp1", "cp2", "cp3", "w1"),
    "an endpoint by name": with_endpoint,
    "an endpoint by address": lambda: world().set("kube_api_endpoint", "10.0.0.200:6443"),
    "an IPv6 endpoint in brackets": lambda: ipv6().set("kube_api_endpoint", "[fd00::aaaa]:6443"),
    "an endpoint by name in front of load balancers": lambda: changed(
        with_endpoint, lambda made: made.group("load_balancer", "lb1", "lb2")
    ),
    "one control plane's own name as the endpoint": lambda: world(1).set("kube_api_endpoint", "10.0.0.11:6443"),
    "one of three as the endpoint, allowed": lambda: (
        world().set("kube_api_endpoint", "10.0.0.11:6443").set("kube_allow_single_endpoint", True)
    ),
    "as much disk as the kubelet wants at least": lambda: changed(
        world,
        fact("w1", "disk", "/var/lib/containerd", "available_mib", 7500),
        fact("w1", "disk", "/var/lib/kubelet", "available_mib", 5000),
    ),
    "a fuller disk where limits in bytes take the place of all of the kubelet's own": lambda: changed(
        world,
        value(KUBELET, {"evictionHard": {"imagefs.available": "3Gi"}}),
        fact("w1", "disk", "/var/lib/containerd", "available_mib", 4096),
        fact("w1", "disk", "/var/lib/kubelet", "available_mib", 4096),
    ),
    "a VIP outside, allowed": lambda: (
        behind_a_vip().set("kube_api_vip", "10.9.0.5").set("kube_allow_vip_outside_subnet", True)
    ),
    "highest port": lambda: world().set("kube_api_port", 65535),
    "lowest port": lambda: world().set("kube_api_port", 1),
    "port written as text": lambda: world().set("kube_api_port", "6443"),
    "boolean written as text": lambda: world().set("kube_swap_off", "false"),
    "router id 255": lambda: behind_a_vip().set("kube_api_vip_router_id", 255),
    "router id 1": lambda: behind_a_vip().set("kube_api_vip_router_id", 1),
    "service range /12": lambda: world().set("kube_service_subnet", "10.96.0.0/12"),
    "service range /28": lambda: world().set("kube_service_subnet", "10.96.0.0/28"),
    "pod range /8 with /24 for nodes": lambda: world().set("kube_pod_subnet", "11.0.0.0/8"),
    "pod range just large enough": lambda: world(3, 1).set("kube_pod_subnet", "10.244.0.0/22"),
    "node range /25": lambda: world().set("kube_node_cidr_mask", 25),
    "a DNS cache on every node": lambda: world().set(KUBELET, {"clusterDNS": ["169.254.20.10"]}),
    "most pods of a /24": lambda: world().set(KUBELET, {"maxPods": 254}),
    "neighbouring ranges": lambda: (
        world().set("kube_pod_subnet", "10.112.0.0/16").set("kube_service_subnet", "10.96.0.0/12")
    ),
    "dual stack": dual_stack,
    "dual stack with both addresses named": lambda: changed(
        dual_stack, value("kube_node_ip", "10.0.0.11,fd00::1", "cp1")
    ),
    "dual stack, IPv6 first": lambda: changed(
        dual_stack,
        value("kube_pod_subnet", "fd00:10:244::/56,10.244.0.0/16"),
        value("kube_service_subnet", "fd00:10:96::/112,10.96.0.0/12"),
    ),
    "dual stack pods with IPv4 services": lambda: changed(dual_stack, value("kube_service_subnet", "10.96.0.0/12")),
    "blanks behind the comma": lambda: changed(dual_stack, value("kube_pod_subnet", "10.244.0.0/16, fd00:10:244::/56")),
    "IPv6 only": ipv6,
    "IPv6 service range /108": lambda: ipv6().set("kube_service_subnet", "fd00:10:96::/108"),
    "IPv6 service range /124": lambda: ipv6().set("kube_service_subnet", "fd00:10:96::/124"),
    "IPv6 pod range /48": lambda: ipv6().set("kube_pod_subnet", "fd00:10:244::/48"),
    "IPv6 virtual address": vip6,
    "names of 63 characters": lambda: changed(world, lambda made: made.rename("w1", LONG)),
    "a name of one character": lambda: changed(world, lambda made: made.rename("w1", "w")),
    "a name that begins with a digit": lambda: changed(world, lambda made: made.rename("w1", "1w")),
    "fully qualified names": lambda: changed(world, lambda made: made.rename("w1", "w1.rack-2.example.com")),
    "an inventory name in upper case with a node name": lambda: changed(
        world, lambda made: made.rename("w1", "W_1"), value("kube_node_name", "w1", "W_1")
    ),
    "hosts by name only": lambda: changed(
        world, lambda made: made.unset("ansible_host"), fact("w1", "resolved", {"w1": ["10.0.0.21"]})
    ),
    "several addresses, told by the name": lambda: changed(
        world,
        lambda made: made.unset("ansible_host", "w1"),
        interface("w1", "eth1", "192.168.9.9", 24),
        fact("w1", "resolved", {"w1": ["192.168.9.9"]}),
    ),
    "machines behind one forwarding address": through_nat,
    "a host run locally": lambda: world().set("ansible_connection", "local", "cp1"),
    "a group of hosts that are none of ours": lambda: changed(
        world, lambda made: made.group("databases", "db1", "db2")
    ),
    "a child group with a name like ours": lambda: changed(
        world, lambda made: made.raw.groups.update(kube_nodes=["w1"])
    ),
    "workers as a group of its own beside kube_node": lambda: changed(
        world, lambda made: made.group("workers", "celery1")
    ),
    "a group that looks like ours, named as the user's own": lambda: changed(
        world, lambda made: made.group("kube_nodes", "x1"), value("kube_own_groups", ["kube_nodes"])
    ),
    "own variables": lambda: (
        world().set("kube_pod_subnets_seen", 3).set("kube_own_variables", ["kube_pod_subnets_seen"])
    ),
    "settings of a role": lambda: world().set("kube_packages_hold", True),
    "external etcd of three": external_etcd,
    "external etcd of one": lambda: behind_a_vip().group("etcd", "etcd1").set("kube_etcd_version", "3.6.14"),
    "external etcd on a load balancer": lambda: behind_a_vip().group("etcd", "lb1").set("kube_etcd_version", "3.6.14"),
    "external etcd with an even number of control planes": lambda: changed(
        external_etcd, lambda made: made.group("kube_control_plane", "cp1", "cp2")
    ),
    "etcd quota of 8 GiB": lambda: world().set(CONF, etcd_args(quota_backend_bytes=str(8 << 30))),
    "etcd election of five heartbeats": lambda: world().set(
        CONF, etcd_args(heartbeat_interval="200", election_timeout="1000")
    ),
    "the oldest supported Kubernetes": lambda: world().set("kube_version", "1.35.0"),
    "a Kubernetes of the future, allowed": lambda: (
        world().set("kube_version", "1.40.0").set("kube_allow_untested_version", True)
    ),
    "a mirror of its own for each site": lambda: (
        world()
        .set("kube_registry_mirrors", {"registry.k8s.io": ["https://north.example.com"]}, "cp1", "cp2", "cp3")
        .set("kube_registry_mirrors", {"registry.k8s.io": ["https://south.example.com"]}, "w1", "w2")
    ),
    "any containerd": lambda: world().set("kube_containerd_version", "*"),
    "an exact containerd package": lambda: world().set("kube_containerd_version", "2.3.4-1~debian.12~bookworm"),
    "the next containerd": lambda: world().set("kube_containerd_version", "2.4.*"),
    "own pod network": lambda: (
        world().set("kube_network_plugin", "manifests").set("kube_network_manifests", ["/srv/cilium.yml"])
    ),
    "no kube-proxy with an own pod network": lambda: (
        world()
        .set("kube_network_plugin", "manifests")
        .set("kube_network_manifests", ["/srv/cilium.yml"])
        .set(CONF, {"proxy": {"disabled": True}})
    ),
    "no pod network": lambda: world().set("kube_network_plugin", "none"),
    "largest MTU": lambda: world().set("kube_network_mtu", 1450),
    "nftables": lambda: world().set("kube_proxy_mode", "nftables"),
    "a registry with a port and a path": lambda: world().set(
        "kube_image_repository", "registry.example.com:5000/k8s_x/a-b"
    ),
    "an image by digest": lambda: world().set("kube_sandbox_image", "registry.k8s.io/pause:3.10.2@sha256:" + "0" * 64),
    "wildcard and addresses in the certificate": lambda: world().set(
        "kube_cert_extra_sans", ["*.example.com", "203.0.113.7", "2001:db8::7", "API.example.com"]
    ),
    "labels and taints of all forms": lambda: (
        world()
        .set(
            "kube_node_labels",
            {"example.com/gpu": "a100", "disk": "", "rack": 3, "node-role.kubernetes.io/edge": ""},
            "w1",
        )
        .set(
            "kube_node_taints",
            [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"}],
        )
    ),
    "flags that kubeadm leaves alone": lambda: world().set(
        "kube_apiserver_extra_args", [{"name": "v", "value": 4}, {"name": "audit-log-path", "value": "-"}]
    ),
    "flags of the control plane set for its group only": lambda: world().set(
        "kube_apiserver_extra_args", [{"name": "v", "value": "4"}], "cp1", "cp2", "cp3"
    ),
    "the address of the load balancers set for their group only": lambda: changed(
        behind_a_vip, lambda made: made.unset("kube_api_vip"), value("kube_api_vip", "10.0.0.100", "lb1", "lb2")
    ),
    "timeouts": lambda: world().set("kube_timeouts", {"kubernetesAPICall": "2m30s", "tlsBootstrap": "1h"}),
    "flannel on an interface that all nodes have": lambda: world().set("kube_flannel_interface", "eth0"),
    "leases of a slow machine": lambda: world().set(
        "kube_leader_election", {"leaseDuration": "2m", "renewDeadline": "80s", "retryPeriod": "16s"}
    ),
    "a longer lease alone": lambda: world().set("kube_leader_election", {"leaseDuration": "30s"}),
    "keys of ECDSA": lambda: world().set(CONF, {"encryptionAlgorithm": "ECDSA-P256"}),
    "certificates of ten years": lambda: world().set(CONF, {"certificateValidityPeriod": "87600h"}),
    "swap that the kubelet may use": lambda: changed(
        world,
        value("kube_swap_off", False),
        value(KUBELET, {"failSwapOn": False}),
        fact("w1", "swap", ["/dev/sda3"]),
    ),
    "swap that is turned off": lambda: changed(world, fact("w1", "swap", ["/dev/sda3"])),
    "small control plane, allowed": lambda: changed(
        world,
        value("kube_ignore_preflight_errors", ["Mem", "NumCPU"]),
        fact("cp1", "memory_mib", 900),
        fact("cp1", "cpus", 1),
    ),
    "smallest control plane": lambda: changed(world, fact("cp1", "memory_mib", 1700), fact("cp1", "cpus", 2)),
    "small worker": lambda: changed(world, fact("w1", "memory_mib", 900), fact("w1", "cpus", 1)),
    "Ubuntu 24.04 on arm64": lambda: changed(
        world, fact("w1", "os", {"id": "ubuntu", "version_id": "24.04"}), fact("w1", "arch", "arm64")
    ),
    "a system of the user's choice, allowed": lambda: changed(
        world, fact("w1", "os", {"id": "gentoo", "version_id": "2.17"}), value("kube_allow_untested_os", True)
    ),
    "a lab on cgroup v1": lab,
    "clocks two seconds apart": lambda: changed(world, fact("w1", "epoch", 1_800_000_000.0 - 3.5)),
    "clocks that took long to ask": lambda: changed(world, fact("w1", "asked", 1_800_000_000.0 - 60)),
    "a proxy's own port on a load balancer": lambda: changed(
        behind_a_vip, fact("lb1", "ports", {"6443": {"process": "haproxy"}})
    ),
    "the virtual address on its holder": lambda: changed(behind_a_vip, interface("lb1", "eth0", "10.0.0.100", 32)),
    "flannel's interfaces, left by a plain kubeadm reset": lambda: changed(
        dual_stack,
        interface("w1", "flannel.1", "10.244.3.0", 32),
        interface("w1", "flannel-v6.1", "fd00:10:244:3::", 128),
    ),
    "containerd's socket under kubeadm's own name for it": lambda: changed(
        living, fact("w1", "kubeadm", "cri_socket", "unix:///var/run/containerd/containerd.sock")
    ),
    "docker beside the ranges": lambda: changed(world, interface("w1", "docker0", "172.17.0.1", 16)),
    "a finished cluster": living,
    "a finished cluster of one node": lambda: living(one_node()),
    "a finished cluster with local load balancers": lambda: living(world()),
    "a finished cluster with external etcd": lambda: living(external_etcd()),
    "a finished cluster of two families": lambda: living(dual_stack()),
    "a finished cluster on cgroup v1": lambda: living(lab()),
    "a cluster being built": partly_built,
    "a new worker": lambda: changed(living, joins("w9")),
    "an upgrade of a patch": lambda: upgrading("1.36.5", "1.36.4"),
    "an upgrade of a minor": upgrading,
    "an upgrade begun before": lambda: changed(upgrading, node_versions(cp1="1.37.1")),
    "kubelets three minors behind": lambda: changed(upgrading, node_versions(w1="1.34.0")),
    "an upgrade from etcd's floor": lambda: changed(upgrading, etcd_runs("3.6.11")),
    "looking after a cluster whose API is gone": lambda: changed(
        living,
        lambda made: [
            cluster.update(api_ready=False, nodes=[], cluster_configuration=None) for cluster in clusters(made)
        ],
        lambda made: setattr(made, "purpose", "maintain"),
    ),
    "the old endpoint kept": lambda: changed(
        living, both(lambda made: made.unset("kube_api_vip"), value("kube_api_endpoint", "10.0.0.100:6443"))
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_right_inventory_is_accepted(name: str) -> None:
    assert GOOD[name]().judge().lines == []


def test_there_are_enough() -> None:
    assert len(GOOD) >= 40


def test_what_is_allowed_is_listed() -> None:
    report = GOOD["one of three as the endpoint, allowed"]().judge()
    assert report.allowed_lines == [
        "0407 kube_api_endpoint (group_vars/all/cluster.yml) is allowed by kube_allow_single_endpoint"
    ]
