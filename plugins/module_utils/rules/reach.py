# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses and names as the hosts have them: node addresses, the endpoint's name, the virtual address, the ranges."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.quorum.kubernetes.plugins.module_utils import plan
from ansible_collections.quorum.kubernetes.plugins.module_utils.cleanup import BRIDGE
from ansible_collections.quorum.kubernetes.plugins.module_utils.facts import PARTIAL
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import in_subnet, parse_address
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.endpoints import user_endpoint
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.ranges import RANGES, networks
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.scene import MAINTAIN, Scene

_OVERHEAD = {4: 50, 6: 70}  # of VXLAN, bytes
# flanneld gives these the address they should have; a plain `kubeadm reset` leaves them.
_FLANNEL_INTERFACES = ("flannel.1", "flannel-v6.1")
_POD_INTERFACES = ("cni", "flannel", "cali", "vxlan.calico", "tunl", "cilium", "lxc", "weave", "kube-", "veth")


def on_an_interface(scene: Scene) -> Iterator[Finding]:
    """The node address is one that the host has."""
    for host, own in scene.found(scene.inventory.hosts):
        has = ", ".join(address.address for address in own.addresses)
        for text in scene.inventory.declared_addresses(host):
            if has and own.interface_of(text) is None:
                name = "kube_node_ip" if scene.inventory.text("kube_node_ip", host) else "ansible_host"
                fix = "correct kube_node_ip" if name == "kube_node_ip" else "set kube_node_ip to its own address"
                wrong = f"is on no interface (has {has})"
                yield about(scene.inventory, "0207", name, wrong, fix, host=host, seen=text)


def known(scene: Scene) -> Iterator[Finding]:
    """Every host has one node address to go by, also one that was not asked if others are told to connect to it."""
    inventory = scene.inventory
    served = {*inventory.control_planes, *inventory.load_balancers, *inventory.etcd_hosts}
    for host in inventory.hosts:
        own = scene.facts.get(host)
        # A removal or a maintenance tells nobody where another host is.
        if scene.addresses(host) or (own is None and (scene.purpose == MAINTAIN or host not in served)):
            continue
        has = ", ".join(address.address for address in own.addresses) or "none" if own else ""
        wrong = f"its addresses are {has}" if own else "it was not asked"
        fix = "set kube_node_ip to the one other nodes reach it by"
        yield Finding("0210", "node address", "", f"cannot be told: {wrong}", fix, host)


def same_found(scene: Scene) -> Iterator[Finding]:
    """No two hosts turned out to have one node address (the declared ones are compared without facts)."""
    seen: dict[str, str] = {}
    for host in scene.inventory.hosts:
        for text in scene.addresses(host):
            other = seen.setdefault(text, host)
            if other != host and not (
                scene.inventory.declared_addresses(host) and scene.inventory.declared_addresses(other)
            ):
                wrong = f"is the address of {other} too"
                yield Finding("0211", "node address", text, wrong, "give each host its own address", host)


def families(scene: Scene) -> Iterator[Finding]:
    """A node has an address of every family that pods have."""
    wanted = {network.version for network in scene.inventory.pod_networks()}
    for host, _own in scene.found(scene.inventory.nodes):
        has = {address.version for text in scene.addresses(host) if (address := parse_address(text))}
        for family in sorted(wanted - has) if has else ():
            wrong = f"has no IPv{family} address but kube_pod_subnet has an IPv{family} range"
            fix = f"give it one, or name it: kube_node_ip: address,address; or leave the IPv{family} range out"
            yield Finding("0313", "", "", wrong, fix, host)


def interfaces(scene: Scene) -> Iterator[Finding]:
    """No other interface of a node lies in a range; those of the pod network do once it runs."""
    inventory = scene.inventory
    ranges = [(name, network) for name in RANGES for network in networks(inventory, name)]
    for host, own in scene.joining():
        mine = [parse_address(text) for text in scene.addresses(host)]
        for address in own.addresses:
            if address.ip is None or (own.state == PARTIAL and address.interface.startswith(_POD_INTERFACES)):
                continue
            taken_over = inventory.text("kube_network_plugin") == "flannel" and address.interface in _FLANNEL_INTERFACES
            for name, network in ranges:
                if address.ip not in network or (taken_over and name == "kube_pod_subnet"):
                    continue
                code = "0304" if address.ip in mine else "0316"
                if code == "0304" and inventory.declared_addresses(host):
                    continue
                seen = f"interface {address.interface} {address.address}/{address.prefix}"
                fix = f"choose another {name}, or remove the interface"
                if address.interface == BRIDGE:  # the bridge plugin refuses one with the address of another node range
                    fix = f"remove what an earlier cluster left (ip link delete {BRIDGE}), or choose another {name}"
                yield Finding(code, "", seen, f"lies in {name} {network}", fix, host)


def resolvers(scene: Scene) -> Iterator[Finding]:
    """Name servers are reached outside the cluster's ranges."""
    ranges = [(name, network) for name in RANGES for network in networks(scene.inventory, name)]
    for host, own in scene.joining():
        for text in own.resolvers:
            address = parse_address(text)
            for name, network in ranges:
                if address is not None and address in network:
                    wrong = f"lies in {name} {network}: its DNS would stop"
                    fix = f"choose another {name}, or another name server"
                    yield Finding("0306", "", f"resolver {text}", wrong, fix, host)


def endpoint_name(scene: Scene) -> Iterator[Finding]:
    """The endpoint's name means the same everywhere."""
    endpoint = user_endpoint(scene.inventory)
    if endpoint is None or parse_address(endpoint.host) is not None:
        return
    reference: tuple[str, tuple[str, ...]] | None = None
    for host, own in scene.found(scene.inventory.nodes):
        answers = own.resolved.get(endpoint.host)
        if answers is None:
            continue
        if not answers:
            fix = "enter it in DNS, or in /etc/hosts of every node"
            yield Finding("0405", "", "", f"cannot resolve {endpoint.host}", fix, host)
            continue
        reference = reference or (host, answers)
        if not set(answers) & set(reference[1]):
            wrong = f"is {reference[1][0]} on {reference[0]} but {answers[0]} on {host}"
            fix = "make DNS or /etc/hosts agree"
            yield about(scene.inventory, "0406", "kube_api_endpoint", wrong, fix, seen=endpoint.host)


def virtual_address(scene: Scene) -> Iterator[Finding]:
    """The virtual address belongs to a subnet of the interface that is to carry it."""
    inventory = scene.inventory
    vip = parse_address(inventory.text("kube_api_vip"))
    for host, own in scene.found(inventory.load_balancers) if vip is not None else ():
        node_address = next(iter(scene.addresses(host)), "")
        interface, _prefix = plan.vip_interface(inventory, host, node_address, own)
        subnets = [address for address in own.addresses if address.interface == interface and address.ip != vip]
        if not interface:
            continue
        if not subnets:
            present = ", ".join(dict.fromkeys(address.interface for address in own.addresses)) or "none"
            fix = "name one that it has, or leave it out"
            wrong = f"is no interface with an address (has {present})"
            yield about(inventory, "0416", "kube_api_vip_interface", wrong, fix, host=host, seen=interface)
        elif not any(in_subnet(str(vip), address.address, address.prefix) for address in subnets):
            listed = ", ".join(f"{address.address}/{address.prefix}" for address in subnets)
            wrong = f"is in no subnet of interface {interface} ({listed})"
            fix = "choose a free address of that subnet, or another kube_api_vip_interface"
            yield Finding("0409", "kube_api_vip", str(vip), wrong, fix, host, inventory.origin("kube_api_vip"))


def pod_interface(scene: Scene) -> Iterator[Finding]:
    """flanneld ends on a node that lacks the interface."""
    inventory = scene.inventory
    name = inventory.text("kube_flannel_interface")
    for host, own in scene.found(inventory.nodes) if name else ():
        present = dict.fromkeys(address.interface for address in own.addresses)
        if name not in present:
            wrong = f"is no interface with an address on {host} (has {', '.join(present) or 'none'})"
            fix = "name one that all nodes have, or leave it out"
            yield about(inventory, "0834", "kube_flannel_interface", wrong, fix, seen=name)


def mtu(scene: Scene) -> Iterator[Finding]:
    """Pods' packets and the tunnel's header fit through the interface with the node address."""
    inventory = scene.inventory
    size = inventory.number("kube_network_mtu")
    if not size or inventory.text("kube_network_plugin") != "flannel":
        return
    for host, own in scene.found(inventory.nodes):
        carrier = own.interface_of(next(iter(scene.addresses(host)), ""))
        if carrier is None or carrier.ip is None or not carrier.mtu:
            continue
        largest = carrier.mtu - _OVERHEAD[carrier.ip.version]
        if size > largest:
            wrong = f"leaves no room for VXLAN on {host} {carrier.interface} (MTU {carrier.mtu}): at most {largest}"
            yield about(inventory, "0805", "kube_network_mtu", wrong, f"write {largest}, or 0 to let flannel find it")


RULES = (
    Rule("0207", on_an_interface),
    Rule("0210", known),
    Rule("0211", same_found),
    Rule("0313", families),
    Rule("0316", interfaces),
    Rule("0306", resolvers),
    Rule("0405", endpoint_name),
    Rule("0409", virtual_address),
    Rule("0834", pod_interface),
    Rule("0805", mtu),
)
