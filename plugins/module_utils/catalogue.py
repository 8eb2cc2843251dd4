# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every code that the check of the inventory can print: how severe it is, what it means, and what allows it.

Codes are stable: a code that is no longer used is not given to something else. docs/errors.md is made from this.
"""

from __future__ import annotations

from typing import NamedTuple

ERROR = "E"
WARNING = "W"


class Entry(NamedTuple):
    """One code. `override` is the boolean variable that allows it on purpose, "" when nothing does."""

    severity: str
    meaning: str
    override: str = ""


GROUPS: dict[str, str] = {
    "01": "Groups and hosts",
    "02": "Names and addresses",
    "03": "Ranges",
    "04": "Endpoint and load balancer",
    "05": "Versions",
    "06": "etcd",
    "07": "Secrets and certificates",
    "08": "Network, runtime and operating system",
    "09": "Form",
    "10": "The living cluster",
}
"""The first two digits of a code and what it is about."""


def _error(meaning: str, override: str = "") -> Entry:
    return Entry(ERROR, meaning, override)


def _warning(meaning: str) -> Entry:
    return Entry(WARNING, meaning)


CATALOGUE: dict[str, Entry] = {
    # Groups and hosts
    "0101": _error("The group kube_control_plane is missing or empty; without it there is no cluster."),
    "0102": _warning("An even number of control planes tolerates no more failures than one less, and costs more."),
    "0103": _error(
        "More than seven control planes: every etcd member more makes each write slower, and etcd advises at most 7.",
        "kube_allow_many_control_planes",
    ),
    "0104": _warning("No host is in kube_node, so that ordinary pods have nowhere to run."),
    "0110": _error("haproxy and the API server would bind the same port of the same host."),
    "0111": _error("The local load balancer's port is taken by something else on the node."),
    "0112": _error("Several load balancer hosts need one address that moves between them."),
    "0113": _error("The controller itself under a loopback name is no address other nodes could reach."),
    "0116": _error("A group's name is close to one that means something, and its hosts would be left out."),
    "0117": _error("Two names of the inventory are the same machine."),
    # Names and addresses
    "0201": _error("Names of nodes are lower case (RFC 1123)."),
    "0202": _error("Names of nodes have only the letters a-z, digits, - and . (RFC 1123)."),
    "0203": _error("Each label of a node's name is 1-63 characters and begins and ends with a letter or digit."),
    "0204": _error("Two hosts would register the same Node."),
    "0206": _error("The cluster's name is used in file names and contexts and must be plain."),
    "0207": _error("The node address is on none of the host's interfaces."),
    "0208": _error("The node address is of a kind that other nodes cannot reach."),
    "0209": _error("Something that must be an IP address is none."),
    "0210": _error("A host has no or several addresses to choose from, and none was chosen."),
    "0211": _error("Two hosts have the same node address."),
    "0212": _error("The cluster's DNS domain is no DNS name."),
    "0213": _error("A label has a form that the API server refuses, or a prefix a node may not set."),
    "0214": _error("A taint has a form that the API server refuses."),
    "0215": _error("A node has at most one address of each family."),
    "0216": _warning("Two machines have the same host name: logs and metrics cannot tell them apart."),
    "0217": _warning("Two machines have the same machine id, as clones do: DHCP and some pod networks confuse them."),
    # Ranges
    "0301": _error("A range is not written as network/length."),
    "0302": _error("A range is missing, or there are more than two."),
    "0303": _error("Pod and service ranges must not overlap."),
    "0304": _error("A host's own address lies in the pod or service range: traffic to it would go astray."),
    "0306": _error("A host's name server lies in the pod or service range.", "kube_allow_resolver_in_ranges"),
    "0307": _error("The service range is smaller or larger than Kubernetes accepts."),
    "0308": _error("The range of a node must be smaller than the pod range, by at most 16 bits."),
    "0309": _error("The pod range has fewer node ranges than there are nodes."),
    "0310": _error("More pods are asked for on a node than its range has addresses."),
    "0311": _error("Dual stack wants one IPv4 and one IPv6 range."),
    "0312": _error("Pod and service ranges must be of the same families."),
    "0313": _error("A node has no address of a family that the pod range has."),
    "0314": _error("The cluster's DNS must have a service address that is not the first one, or a link-local one."),
    "0315": _error("The range is set aside for something else (loopback, multicast, link-local)."),
    "0316": _error("An interface of a host lies in the pod or service range.", "kube_allow_interfaces_in_ranges"),
    "0317": _warning("The kubelet's default of 110 pods is more than the node's range has addresses."),
    # Endpoint and load balancer
    "0401": _error("The endpoint is not host:port."),
    "0402": _error("A virtual address needs hosts that carry it."),
    "0403": _error("A port is outside 1-65535."),
    "0404": _error("The virtual address is no address that a host can carry."),
    "0405": _error("A host cannot resolve the endpoint's name."),
    "0406": _error("The endpoint's name means different addresses on different hosts."),
    "0407": _error(
        "The endpoint is one control plane's own address: the cluster is gone for clients when that host is.",
        "kube_allow_single_endpoint",
    ),
    "0408": _error("The virtual address is already a host's own address."),
    "0409": _error(
        "The virtual address is in no subnet of the interface that should carry it.",
        "kube_allow_vip_outside_subnet",
    ),
    "0410": _error("The VRRP id is outside 1-255."),
    "0411": _error("The endpoint is a loopback address, which means another machine on every host."),
    "0412": _error("The endpoint of a living cluster stands in all its certificates and kubeconfigs."),
    "0413": _error("A name for the API server's certificate is neither an address nor a DNS name."),
    "0414": _warning("Endpoint and virtual address are both given and are different addresses."),
    "0415": _error("A port is one that a component of Kubernetes uses on every node."),
    "0416": _error("The interface for the virtual address is not on the host."),
    "0417": _warning("A port lies in the range from which Kubernetes gives ports to services."),
    # Versions
    "0502": _error("A Kubernetes version has three numbers."),
    "0503": _error("This collection was not tested with that Kubernetes.", "kube_allow_untested_version"),
    "0504": _error("Kubernetes is upgraded one minor at a time."),
    "0505": _error("Kubernetes cannot go back to an older version."),
    "0506": _warning("That Kubernetes gets no fixes any more."),
    "0507": _error("Control planes are at different versions: an earlier upgrade is not finished."),
    "0508": _error("etcd and Kubernetes do not go together, or etcd must be upgraded in between."),
    "0509": _warning("kubeadm moves etcd further than etcd's own upgrade guide allows from this patch."),
    "0510": _error("A node would join with another version than the cluster has."),
    "0511": _error("cluster.yml does not upgrade."),
    "0512": _error("That containerd is too old for that Kubernetes.", "kube_allow_untested_containerd"),
    "0513": _error("A kubelet is too new or too old for the API server."),
    "0514": _warning("That containerd gets no fixes any more."),
    "0515": _error("A version has a form that names no release."),
    # etcd
    "0601": _error("More than seven etcd members.", "kube_allow_many_control_planes"),
    "0602": _warning("An even number of etcd members tolerates no more failures than one less."),
    "0603": _error("External etcd runs on hosts of its own."),
    "0604": _error("etcd's quota must be 2-8 GiB and fit on the disk twice."),
    "0605": _error("A living cluster cannot change between its own and an external etcd."),
    "0607": _error("etcd's election timeout must be at least five times the heartbeat."),
    "0610": _error("A flag of etcd that the version deployed no longer knows."),
    "0611": _warning("That etcd has a known flaw that a later patch mends."),
    "0612": _error("How much history etcd keeps is a duration or a number of hours."),
    "0613": _error("When etcd is saved is a calendar event as systemd.time(7) has them."),
    # Secrets and certificates
    "0707": _warning("A secret stands in plain text in a file that everybody may read."),
    "0708": _error("A key's fingerprint is 40 hexadecimal digits."),
    "0709": _error("kubeadm does not know the key algorithm."),
    "0710": _error("A certificate's lifetime is no duration, or outlives its CA."),
    "0712": _error("A checksum is sha256: and 64 hexadecimal digits."),
    "0711": _warning("A URL carries a password in plain text."),
    # Network, runtime and operating system
    "0801": _error("Your own pod network needs manifests."),
    "0802": _warning("Manifests are given, but another pod network is chosen."),
    "0803": _error("kube-proxy is off, and the pod network cannot replace it."),
    "0804": _error("The MTU is impossible."),
    "0805": _error("The MTU leaves no room for the tunnel on a host's interface."),
    "0806": _error("That flannel cannot do what the ranges ask for."),
    "0807": _warning("kube-proxy's ipvs mode is on its way out of Kubernetes."),
    "0808": _error("kubelet and containerd must use the same cgroup driver."),
    "0809": _error("The operating system or architecture is not in the support table.", "kube_allow_untested_os"),
    "0810": _error("A control plane has less memory than kubeadm asks for."),
    "0811": _error("An image repository or image has a form that no registry serves."),
    "0812": _error("A control plane has fewer cores than kubeadm asks for."),
    "0813": _error("The kubelet would reserve more memory than the host has."),
    "0814": _error("Swap is on, and the kubelet would refuse to start."),
    "0815": _error("A flag that this collection or kubeadm manages itself."),
    "0816": _error("A flag that the version deployed no longer knows: the component would not start."),
    "0817": _error("The host uses cgroup v1, on which the kubelet of this version refuses to start."),
    "0818": _error("Clocks are too far apart: certificates and leases would fail.", "kube_allow_time_difference"),
    "0819": _warning("Clocks are drifting apart."),
    "0820": _error("A port that Kubernetes needs is in use.", "kube_allow_ports_in_use"),
    "0821": _error("A file system is too full.", "kube_allow_small_disk"),
    "0823": _warning("The kubelet of a host runs static pods that are not kubeadm's."),
    "0825": _error("A registry mirror is not host -> list of URLs."),
    "0826": _error("A URL of a repository is none."),
    "0827": _error("A setting of the kubelet or kube-proxy contradicts its own variable."),
    "0828": _error("A timeout is unknown to kubeadm or no duration."),
    "0829": _warning("All of kubeadm's own checks are switched off."),
    "0830": _error("A kubeadm feature gate that is gone."),
    "0831": _error("A setting of kubeadm that has a variable of its own, or a directory that cannot be another."),
    "0832": _error("The kernel is too old for kube-proxy's nftables mode."),
    "0833": _error("A time of the leader election is unknown or no duration, or the times contradict each other."),
    "0834": _error("The interface for the pod network is not on a node."),
    # Form
    "0901": _error("A kube_* variable that does not exist and looks like one that does."),
    "0902": _error("A value that is not one of the choices."),
    "0903": _error("A value of the wrong type."),
    "0904": _error("A value cannot be worked out."),
    "0905": _error("A required variable is empty."),
    "0906": _error("A variable is set to nothing."),
    "0907": _error("A variable of another collection, or of an older name."),
    "0908": _warning("A kube_* variable that does not exist."),
    "0909": _error("A value that must be the same everywhere differs between hosts."),
    "0910": _error("A path is not absolute, or has '..' in it."),
    "0911": _error("A file that is named is not there."),
    "0912": _error("A number is below what makes sense."),
    "0913": _error("A flag's name is written with dashes in front, or has an impossible form."),
    "0999": _error("A check itself broke off: this is a defect of the collection."),
    # The living cluster
    "1007": _error("The host belongs to another cluster."),
    "1008": _error("The host is in the cluster under another role."),
    "1010": _error("A node is not Ready.", "kube_allow_not_ready"),
    "1011": _warning("A host was not asked, so that nothing is known of it and nothing done to it."),
    "1012": _error("It is not known whether a cluster exists already."),
    "1013": _error("The cluster exists, but none of its API servers answers."),
    "1014": _error("Several control planes have parts of a cluster, and none is whole: its data may be there."),
    "1020": _error("The pod range of a living cluster cannot be changed."),
    "1021": _error("The service range of a living cluster cannot be changed."),
    "1022": _error("The DNS domain of a living cluster cannot be changed."),
    "1023": _error("The name of a living cluster cannot be changed."),
    "1024": _error("A node cannot be renamed."),
    "1025": _warning("The cluster has other settings than the inventory; cluster.yml does not change them."),
    "1026": _error("The API server's port of a living cluster cannot be changed."),
    "1027": _warning("The cluster has nodes that the inventory does not have; they are left alone."),
    "1028": _error("The container runtime of a living node cannot be changed."),
    "1029": _error("The size of a node's pod range cannot be changed on a living cluster."),
    "1030": _error("A host is not part of the cluster that is to be upgraded."),
}
"""Entries by code."""

OVERRIDES: dict[str, str] = {}
"""Each boolean variable that allows something, with what it allows."""
for _code, _entry in CATALOGUE.items():
    if _entry.override:
        OVERRIDES.setdefault(_entry.override, _entry.meaning)
