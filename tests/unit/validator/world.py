"""An inventory with hosts and facts that is right, to be made wrong in one place by a test."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import facts as host_facts
from ansible_collections.quorum.kubernetes.plugins.module_utils import form, judge, kubeadm_config, plan
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, RawInventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.scene import BUILD, Scene

TODAY = date(2026, 11, 29)
NOW = 1_800_000_000.0
CA = "sha256:" + "ab12" * 16
OTHER_CA = "sha256:" + "cd34" * 16
FILE = "group_vars/all/cluster.yml"

ADDRESSES = {
    "cp1": "10.0.0.11",
    "cp2": "10.0.0.12",
    "cp3": "10.0.0.13",
    "w1": "10.0.0.21",
    "w2": "10.0.0.22",
    "lb1": "10.0.0.5",
    "lb2": "10.0.0.6",
    "lb3": "10.0.0.7",
}


@dataclass
class World:
    """Everything the checks look at."""

    raw: RawInventory
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    purpose: str = BUILD
    now: float = NOW
    today: date = TODAY

    def set(self, name: str, value: object, *hosts: str) -> World:
        """Set a variable on the hosts, or on all of them as group_vars/all would."""
        for host in hosts or tuple(self.raw.values):
            target = self.raw.values if name.startswith("kube_") else self.raw.plain
            target[host][name] = value
            self.raw.origins[host][name] = f"host_vars/{host}.yml" if hosts else FILE
        return self

    def unset(self, name: str, *hosts: str) -> World:
        """Remove a variable."""
        for host in hosts or tuple(self.raw.values):
            self.raw.values[host].pop(name, None)
            self.raw.plain[host].pop(name, None)
        return self

    def group(self, name: str, *hosts: str) -> World:
        """Set the members of a group; hosts that are new get an address and facts."""
        self.raw.groups[name] = list(hosts)
        for host in hosts:
            if host not in self.raw.values:
                self.add(host, f"10.0.1.{len(self.raw.values)}")
        return self

    def add(self, host: str, address: str) -> World:
        """Add a host that is in no group yet."""
        self.raw.groups.setdefault("all", []).append(host)
        shared = next(iter(self.raw.values.values()), {})
        self.raw.values[host] = copy.deepcopy({name: shared[name] for name in shared if name == "kube_version"})
        self.raw.plain[host] = {"ansible_host": address}
        self.raw.origins[host] = dict.fromkeys(self.raw.values[host], FILE)
        self.raw.broken[host] = {}
        self.raw.exposed[host] = {}
        self.facts[host] = bare(host, address)
        return self

    def rename(self, old: str, new: str) -> World:
        """Give a host another name in the inventory."""
        for members in self.raw.groups.values():
            members[:] = [new if member == old else member for member in members]
        for part in self._parts():
            part[new] = part.pop(old)
        return self

    def _parts(self) -> tuple[dict[str, Any], ...]:
        return self.raw.values, self.raw.plain, self.raw.origins, self.raw.broken, self.raw.exposed, self.facts

    def on(self, today: date) -> World:
        """Let it be another day."""
        self.today = today
        return self

    def without_files(self, *paths: str) -> World:
        """Let these files of the controller not be there."""
        self.raw.missing_files = frozenset(paths)
        return self

    @property
    def inventory(self) -> Inventory:
        """The inventory as rules see it."""
        return form.inventory_of(self.raw, self.today)

    @property
    def scene(self) -> Scene:
        """What the rules about hosts see."""
        found = {host: host_facts.read(facts) for host, facts in self.facts.items()}
        return Scene(self.inventory, plan.judged(self.inventory, found), self.purpose, self.now)

    def judge(self) -> judge.Report:
        """What is wrong with the inventory, and if nothing stops the run there, with the hosts."""
        report = judge.judge_inventory(self.raw, self.today)
        if report.errors:
            return report
        hosts = judge.judge_hosts(self.scene)
        return judge.Report(report.findings + hosts.findings, report.allowed + hosts.allowed)

    def plan(self) -> dict[str, Any]:
        """The plan."""
        scene = self.scene
        return plan.make(scene.inventory, scene.facts)


Change = Callable[[World], object]


def bare(host: str, address: str) -> dict[str, Any]:
    """What kubeadm_info finds on a fresh host that is good for anything."""
    return {
        "hostname": host,
        "machine_id": f"id-of-{host}",
        "os": {"id": "debian", "version_id": "12", "codename": "bookworm", "pretty": "Debian GNU/Linux 12 (bookworm)"},
        "arch": "amd64",
        "kernel": "6.1.0-40-amd64",
        "cpus": 4,
        "memory_mib": 7900,
        "swap": [],
        "cgroup_version": 2,
        "python": "3.11.2",
        "epoch": NOW - 1.0,
        "asked": NOW - 2.0,
        "addresses": [{"interface": "eth0", "address": address, "prefix": 24, "mtu": 1500}],
        "resolved": {},
        "resolvers": ["10.0.0.2"],
        "ports": {},
        "disk": {
            path: {"free_mib": 40000, "available_mib": 40000, "total_mib": 50000}
            for path in ("/var/lib/etcd", "/var/lib/containerd", "/var/lib/kubelet")
        },
        "packages": {},
        "versions": {"kubeadm": "", "kubelet": "", "containerd": ""},
        "running": [],
        "kubeadm": {
            "state": "none",
            "reasons": [],
            "leftovers": [],
            "role": None,
            "ca_sha256": None,
            "node_name": host,
            "server": "",
            "manifests": [],
            "unknown_manifests": [],
        },
        "cluster": None,
    }


def world(control_planes: int = 3, workers: int = 2, load_balancers: int = 0) -> World:
    """A right inventory with fresh hosts."""
    made = World(RawInventory(groups={"all": [], "ungrouped": []}))
    members = {
        "kube_control_plane": [f"cp{number + 1}" for number in range(control_planes)],
        "kube_node": [f"w{number + 1}" for number in range(workers)],
        "load_balancer": [f"lb{number + 1}" for number in range(load_balancers)],
    }
    for name, hosts in members.items():
        for place, host in enumerate(hosts):
            made.add(host, ADDRESSES.get(host, f"10.0.{len(name)}.{place + 100}"))
        if hosts:
            made.raw.groups[name] = hosts
    return made.set("kube_version", "1.37.1")


def behind_a_vip() -> World:
    """Three control planes behind two load balancers with an address that moves between them."""
    return world(load_balancers=2).set("kube_api_vip", "10.0.0.100")


def living(made: World | None = None, version: str = "1.37.1", etcd: str = "3.7.0") -> World:
    """A world whose cluster stands, as the inventory says."""
    made = made or behind_a_vip()
    inventory = made.inventory
    plan_before = made.plan()
    documents = plan_before["configuration"]
    written = kubeadm_config.of_documents(documents)
    configuration = {
        **written.cluster,
        "kubernetesVersion": f"v{version}",
        "clusterName": inventory.text("kube_cluster_name"),
        "controlPlaneEndpoint": plan_before["endpoint"],
        "imageRepository": "registry.k8s.io",
        "networking": {
            "podSubnet": inventory.text("kube_pod_subnet"),
            "serviceSubnet": inventory.text("kube_service_subnet"),
            "dnsDomain": inventory.text("kube_dns_domain"),
        },
        "etcd": written.cluster["etcd"] if inventory.etcd_hosts else {"local": {"dataDir": "/var/lib/etcd"}},
    }
    nodes = [node(inventory.node_name(host), version) for host in inventory.nodes]
    members = [{"name": inventory.node_name(host), "version": etcd} for host in inventory.control_planes]
    for host in inventory.nodes:
        facts = made.facts[host]
        role = "control_plane" if inventory.is_control_plane(host) else "worker"
        facts["kubeadm"].update(state="complete", role=role, ca_sha256=CA, node_name=inventory.node_name(host))
        facts["versions"] = {"kubeadm": version, "kubelet": version, "containerd": "2.3.7"}
        facts["ports"] = {"10250": {"process": "kubelet", "pid": 1, "unit": "kubelet.service"}}
        facts["configuration"] = running(written, role)
        facts["addresses"].append({"interface": "cni0", "address": "10.244.1.1", "prefix": 24, "mtu": 1450})
        if role == "control_plane":
            facts["ports"]["6443"] = {"process": "kube-apiserver", "pid": 2, "unit": ""}
            facts["cluster"] = {
                "api_ready": True,
                "cluster_configuration": configuration,
                "kubelet_configuration": written.kubelet,
                "proxy_configuration": written.proxy,
                "nodes": nodes,
                "etcd": {"members": members},
            }
    return made


def running(written: kubeadm_config.Configuration, role: str) -> dict[str, Any]:
    """What a host runs with that kubeadm set up by this configuration."""
    names = kubeadm_config.COMPONENTS if role == "control_plane" else ()
    return {
        "components": {name: kubeadm_config.component_settings(written.cluster, name) for name in names},
        "sans": ["kubernetes", *kubeadm_config.certificate_names(written.cluster)],
        "kubelet": written.kubelet,
        "kubelet_flags": ["--node-ip=10.0.0.1"],
    }


def node(name: str, version: str, ready: bool = True) -> dict[str, Any]:
    """A Node in short, as kubeadm_info returns it."""
    return {"name": name, "version": f"v{version}", "ready": ready, "roles": [], "taints": [], "labels": {}}


def clusters(made: World) -> Iterator[dict[str, Any]]:
    """What each control plane says about the living cluster."""
    return (facts["cluster"] for facts in made.facts.values() if facts["cluster"])
