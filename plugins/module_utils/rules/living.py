# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The living cluster: who belongs to it, what cannot be changed of it, and where it differs from the inventory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.quorum.kubernetes.plugins.module_utils import configuring, plan, versions
from ansible_collections.quorum.kubernetes.plugins.module_utils import endpoint as endpoints
from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import CRI_SOCKET, DUAL_STACK_MASKS, find
from ansible_collections.quorum.kubernetes.plugins.module_utils.facts import (
    COMPLETE,
    CONTROL_PLANE,
    NONE,
    WORKER,
    Facts,
    text,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import parse_networks
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import (
    Rule,
    about,
    flags,
    nested,
    socket_path,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.releases import target
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.scene import BUILD, MAINTAIN, UPGRADE, Scene
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import show

_REBUILD = "build a new cluster with it and move the workloads"


def not_asked(scene: Scene) -> Iterator[Finding]:
    """Without an answer of every control plane nobody knows whether there is a cluster already."""
    silent = [host for host in scene.inventory.hosts if host not in scene.facts]
    if not scene.existing() and scene.purpose != MAINTAIN:
        for host in silent:
            if scene.inventory.is_control_plane(host):
                fix = "make it reachable, or take it out of kube_control_plane; do not leave it out by --limit"
                yield Finding("1012", "", "did not answer,", "and a cluster may exist there already", fix, host)
    for host in silent:
        if scene.existing() or not scene.inventory.is_control_plane(host):
            fix = "make it reachable and run again, unless that is on purpose"
            yield Finding("1011", "", "no answer, or left out by --limit:", "nothing is done there", fix, host)


def somebody_answers(scene: Scene) -> Iterator[Finding]:
    """An existing cluster must be asked before anything joins it."""
    existing = scene.existing()
    if existing and scene.purpose != MAINTAIN and not any(scene.facts[host].api_ready for host in existing):
        wrong = f"exists on {', '.join(existing)}, but no API server answers"
        fix = "look at kubelet and containers there (journalctl -u kubelet, crictl ps -a), or use restore.yml"
        yield Finding("1013", "cluster", "", wrong, fix)


def one_beginning(scene: Scene) -> Iterator[Finding]:
    """A build that broke off leaves one control plane that is not whole; several are the rests of a cluster."""
    begun = plan.begun_control_planes(scene.inventory, scene.facts)
    if len(begun) > 1 and not scene.existing() and scene.purpose != MAINTAIN:
        wrong = f"have parts of a cluster of which no control plane is whole ({_reasons(scene, begun)})"
        fix = "repair one of them, bring the cluster back with restore.yml, or take it apart with reset.yml"
        yield Finding("1014", ", ".join(begun), "", wrong, fix)


def _reasons(scene: Scene, hosts: list[str]) -> str:
    return "; ".join(f"{host}: {', '.join(scene.facts[host].reasons) or 'not finished'}" for host in hosts)


def same_cluster(scene: Scene) -> Iterator[Finding]:
    """Every host with a CA has this cluster's.

    Workers may have lost all their control planes: restore.yml brings those back, and compares the backup's CA itself.
    """
    reference = _reference(scene)
    if reference is None and scene.purpose == MAINTAIN:
        return
    for host, own in scene.found(scene.inventory.nodes):
        if own.state == NONE or not own.ca_sha256 or own.ca_sha256 == (reference.ca_sha256 if reference else ""):
            continue
        if reference is None:
            wrong = f"belongs to a cluster (CA {_short(own.ca_sha256)}) of which no control plane is in the inventory"
            fix = "bring the control planes back with restore.yml, or reset it if that cluster is not needed"
        else:
            ours = _short(reference.ca_sha256)
            wrong = f"belongs to another cluster (CA {_short(own.ca_sha256)} is not {ours})"
            fix = "reset it first (kubeadm reset), if that cluster is not needed"
        yield Finding("1007", "", "", wrong, fix, host)


def _reference(scene: Scene) -> Facts | None:
    """The control plane whose CA counts: one of the cluster, else one with something begun."""
    begun = [own for _host, own in scene.found(scene.inventory.control_planes) if own.ca_sha256]
    return scene.speaker() or (begun[0] if begun else None)


def _short(digest: str) -> str:
    return digest[:15] + "..."


def same_role(scene: Scene) -> Iterator[Finding]:
    """A node keeps its role: kubeadm cannot turn one into the other."""
    for host, own in scene.found(scene.inventory.nodes):
        wanted = CONTROL_PLANE if scene.inventory.is_control_plane(host) else WORKER
        if own.state == COMPLETE and own.role and own.role != wanted:
            wrong = f"is already a {own.role.replace('_', ' ')}"
            fix = f"remove it (remove_node.yml) before adding it as a {wanted.replace('_', ' ')}"
            yield Finding("1008", "", "", wrong, fix, host)


def same_name(scene: Scene) -> Iterator[Finding]:
    """A node's name is in its certificates and its Node object."""
    for host, own in scene.found(scene.inventory.nodes):
        name = scene.inventory.node_name(host)
        if own.state == COMPLETE and own.node_name and own.node_name != name:
            wrong = f"is not the name it has in the cluster, '{own.node_name}'"
            fix = f"set kube_node_name: {own.node_name}, or remove the node and add it again"
            yield Finding("1024", "node name", show(name), wrong, fix, host)


def same_runtime(scene: Scene) -> Iterator[Finding]:
    """The runtime's socket is in the kubelet's settings and the Node; pods of one runtime mean nothing to another."""
    for host, own in scene.found(scene.inventory.nodes):
        if own.state == COMPLETE and own.cri_socket and socket_path(own.cri_socket) != socket_path(CRI_SOCKET):
            wrong = f"is not containerd's, {CRI_SOCKET}, and the runtime of a living node cannot be changed"
            fix = "remove the node (remove_node.yml) and add it again"
            yield Finding("1028", "container runtime", own.cri_socket, wrong, fix, host)


def unchangeable(scene: Scene) -> Iterator[Finding]:
    """What certificates, nodes and services depend on stays as it was when the cluster was made."""
    speaker = scene.speaker()
    configuration = speaker.cluster_configuration if speaker else {}
    if not configuration or scene.purpose == MAINTAIN:
        return
    inventory = scene.inventory
    for code, name, path in (
        ("1020", "kube_pod_subnet", ("networking", "podSubnet")),
        ("1021", "kube_service_subnet", ("networking", "serviceSubnet")),
        ("1022", "kube_dns_domain", ("networking", "dnsDomain")),
        ("1023", "kube_cluster_name", ("clusterName",)),
    ):
        living, asked = str(nested(configuration, *path) or ""), inventory.text(name)
        same = parse_networks(living) == parse_networks(asked) if name.endswith("subnet") else living == asked
        if living and not same:
            wrong = f"cannot be changed on the living cluster, which has {living}"
            yield about(inventory, code, name, wrong, f"write {living} again, or {_REBUILD}")
    yield from _same_masks(scene, configuration)
    yield from _same_endpoint(scene, text(configuration, "controlPlaneEndpoint"))
    external = nested(configuration, "etcd", "external") is not None
    if external != bool(inventory.etcd_hosts):
        kinds = ("external", "local") if external else ("local", "external")
        wrong = f"cannot change between {kinds[0]} and {kinds[1]} etcd on the living cluster"
        fix = "put the etcd hosts back" if external else "take the hosts out of the group"
        yield Finding("0605", "etcd", "", wrong, f"{fix}, or {_REBUILD}")


def _same_masks(scene: Scene, configuration: Mapping[str, object]) -> Iterator[Finding]:
    """How large a node's pod range is: the ranges that nodes have already stay theirs."""
    wanted = find(configuring.documents(scene.inventory, []), "ClusterConfiguration") or {}
    living, asked = (dict(flags(nested(one, "controllerManager", "extraArgs"))) for one in (configuration, wanted))
    for argument, name in {
        "node-cidr-mask-size": "kube_node_cidr_mask",
        DUAL_STACK_MASKS[4]: "kube_node_cidr_mask",
        DUAL_STACK_MASKS[6]: "kube_node_cidr_mask_ipv6",
    }.items():
        if argument in living and argument in asked and living[argument] != asked[argument]:
            wrong = f"cannot be changed on the living cluster, which has {living[argument]}"
            yield about(scene.inventory, "1029", name, wrong, f"write {living[argument]} again, or {_REBUILD}")


def _same_endpoint(scene: Scene, living: str) -> Iterator[Finding]:
    inventory = scene.inventory
    addresses = plan.first_addresses(inventory, scene.facts)
    asked = str(endpoints.decide(inventory, addresses, inventory.control_planes[0]))
    if living and living != asked:
        wrong = f"would move from {living}, which certificates and kubeconfigs name, to {asked}"
        fix = f"set kube_api_endpoint: '{living}' to keep it"
        yield Finding("0412", "API endpoint", "", wrong, fix, file=inventory.origin("kube_api_endpoint"))


def same_port(scene: Scene) -> Iterator[Finding]:
    """The API servers' port is in manifests and kubeconfigs of every control plane."""
    port = str(scene.inventory.number("kube_api_port"))
    for host in scene.existing():
        own = scene.facts[host]
        owner = own.ports.get(port)
        if own.api_ready and own.ports and (owner is None or text(owner, "process") != "kube-apiserver"):
            wrong = f"is not the port of the API server that runs on {host}"
            fix = "write the port again that the cluster was made with"
            yield about(scene.inventory, "1026", "kube_api_port", wrong, fix)


def version(scene: Scene) -> Iterator[Finding]:
    """cluster.yml leaves the version alone; upgrade.yml goes one minor at a time and never back."""
    wanted = target(scene.inventory)
    speaker = scene.speaker()
    current = versions.parse(text(speaker.cluster_configuration, "kubernetesVersion")) if speaker else None
    if wanted is None or current is None or scene.purpose == MAINTAIN:
        return
    behind = _control_plane_versions(scene)
    newest = max(behind.values(), default=current)
    lagging = [f"{name} is at {found}" for name, found in behind.items() if found != newest]
    if lagging and not (scene.purpose == UPGRADE and wanted == newest):
        fix = f"finish the earlier upgrade to {newest} first (upgrade.yml with kube_version '{newest}')"
        yield about(scene.inventory, "0507", "kube_version", f"must wait: {', '.join(lagging)}", fix)
    elif scene.purpose == UPGRADE:
        yield from _upgrade(scene, current, wanted)
    elif wanted != current:
        yield from _not_an_upgrade(scene, current, wanted)


def _control_plane_versions(scene: Scene) -> dict[str, versions.Version]:
    names = {scene.inventory.node_name(host) for host in scene.existing()}
    return {name: found for name, found in _kubelets(scene).items() if name in names}


def _kubelets(scene: Scene) -> dict[str, versions.Version]:
    """Versions of the nodes' kubelets, by node name."""
    speaker = scene.speaker()
    nodes = speaker.cluster_nodes if speaker else []
    read = {text(node, "name"): versions.parse(text(node, "version")) for node in nodes}
    return {name: found for name, found in read.items() if found is not None}


def _not_an_upgrade(scene: Scene, current: versions.Version, wanted: versions.Version) -> Iterator[Finding]:
    joining = [host for host, _own in scene.joining()]
    for host in joining:
        wrong = f"would join with {wanted} but the cluster is {current}"
        fix = f"set kube_version to '{current}', the cluster's, or upgrade the cluster first with upgrade.yml"
        yield Finding("0510", "", "", wrong, fix, host, scene.inventory.origin("kube_version"))
    if joining:
        return
    if wanted < current:
        wrong = f"is older than the cluster, {current}: downgrades are not supported"
        yield about(scene.inventory, "0505", "kube_version", wrong, f"write '{current}'")
    else:
        wrong = f"is newer than the cluster, {current}, and cluster.yml does not upgrade"
        yield about(scene.inventory, "0511", "kube_version", wrong, f"use upgrade.yml, or write '{current}'")


def _upgrade(scene: Scene, current: versions.Version, wanted: versions.Version) -> Iterator[Finding]:
    problem = versions.upgrade_problem(current, wanted)
    if problem:
        code = "0505" if wanted < current else "0504"
        wrong = f"cannot follow the cluster's {current}: {problem}"
        fix = f"write '{current}'" if code == "0505" else f"upgrade to the newest {current.major}.{current.minor + 1}"
        yield about(scene.inventory, code, "kube_version", wrong, fix)
        return
    for name, kubelet in _kubelets(scene).items():
        wrong = versions.kubelet_problem(wanted, kubelet) or ""
        if wrong:
            fix = f"bring the node to {current} first"
            yield Finding("0513", f"node {name}", f"kubelet {kubelet} with API server {wanted}:", wrong, fix)
    if not scene.inventory.etcd_hosts:
        yield from _etcd_step(scene, wanted)


def _etcd_step(scene: Scene, wanted: versions.Version) -> Iterator[Finding]:
    """What kubeadm would do to its own etcd on the way (floors of etcd's upgrade guides)."""
    parts = versions.components(wanted)
    to = versions.etcd_version(parts.etcd) if parts else None
    speaker = scene.speaker()
    members = nested(speaker.cluster or {}, "etcd", "members") if speaker else None
    for member in members if isinstance(members, list) else []:
        running = versions.parse(text(member, "version")) if isinstance(member, dict) else None
        problem = versions.etcd_upgrade_problem(running, to) if running and to else None
        if problem is None or running is None or to is None:
            continue
        one_line = to[:2] == (running.major, running.minor + 1)
        wrong = f"cannot go with Kubernetes {wanted}, which brings {to}: {problem}"
        fix = "go through the Kubernetes versions that bring the etcd in between"
        if one_line:
            wrong = f"goes to {to} with Kubernetes {wanted}; etcd's guide says: {problem}"
            fix = "take a snapshot first (backup.yml); kubeadm itself makes this step"
        yield Finding("0509" if one_line else "0508", f"etcd member {text(member, 'name')}", str(running), wrong, fix)


def ready(scene: Scene) -> Iterator[Finding]:
    """An upgrade begins with every node Ready."""
    speaker = scene.speaker()
    for node in speaker.cluster_nodes if speaker and scene.purpose == UPGRADE else []:
        if node.get("ready") is not True:
            yield Finding("1010", f"node {text(node, 'name')}", "", "is NotReady", "bring it back, or remove it")


def not_joined(scene: Scene) -> Iterator[Finding]:
    """upgrade.yml goes from node to node of the cluster, and joins nothing."""
    speaker = scene.speaker()
    known = {text(node, "name") for node in (speaker.cluster_nodes if speaker else [])}
    if speaker is None or not known or scene.purpose != UPGRADE:
        return
    for host, _own in scene.found(scene.inventory.nodes):
        if scene.inventory.node_name(host) not in known:
            current = text(speaker.cluster_configuration, "kubernetesVersion").lstrip("v")
            fix = f"let cluster.yml join it with kube_version '{current}' first, or take it out of the inventory"
            yield Finding("1030", "", "", "is no node of the cluster that is to be upgraded", fix, host)


def unknown_nodes(scene: Scene) -> Iterator[Finding]:
    """Absence from the inventory removes nothing, but a person should know."""
    speaker = scene.speaker()
    known = {scene.inventory.node_name(host) for host in scene.inventory.nodes}
    known |= {own.node_name for own in scene.facts.values()}
    extra = [
        text(node, "name") for node in (speaker.cluster_nodes if speaker else []) if text(node, "name") not in known
    ]
    if extra and scene.purpose != MAINTAIN:
        fix = "add them to the inventory, or remove them with remove_node.yml"
        yield Finding("1027", "cluster", f"has {', '.join(extra)}", "which the inventory does not have", fix)


def drift(scene: Scene) -> Iterator[Finding]:
    """Settings of the cluster that differ from the inventory's and that a build leaves as they are."""
    speaker = scene.speaker()
    configuration = speaker.cluster_configuration if speaker else {}
    if not configuration or scene.purpose != BUILD:
        return
    inventory = scene.inventory
    living = text(configuration, "imageRepository")
    if living and living != plan.image_repository(inventory):
        fix = "make the inventory say what the cluster has, or change the cluster with kubeadm"
        yield about(inventory, "1025", "kube_image_repository", f"is {living} in the cluster", fix)


RULES = (
    Rule("1012", not_asked),
    Rule("1013", somebody_answers),
    Rule("1014", one_beginning),
    Rule("1007", same_cluster),
    Rule("1008", same_role),
    Rule("1024", same_name),
    Rule("1028", same_runtime),
    Rule("0412", unchangeable),
    Rule("1026", same_port),
    Rule("0511", version),
    Rule("1010", ready),
    Rule("1030", not_joined),
    Rule("1027", unknown_nodes),
    Rule("1025", drift),
)
