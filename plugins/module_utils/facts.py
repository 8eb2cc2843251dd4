# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `kubeadm_info` found on one host, as a typed record; missing pieces read as empty, never as an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import IPAddress, parse_address

NONE = "none"
PARTIAL = "partial"
COMPLETE = "complete"
CONTROL_PLANE = "control_plane"
WORKER = "worker"


@dataclass(frozen=True)
class Address:
    """One address of an interface: prefix length in bits, MTU in bytes."""

    interface: str
    address: str
    prefix: int
    mtu: int

    @property
    def ip(self) -> IPAddress | None:
        """The parsed address."""
        return parse_address(self.address)


@dataclass(frozen=True)
class Facts:
    """One host as it is now. Sizes are MiB, times are seconds since the epoch.

    `epoch` is the host's clock when it was looked at, `asked` the controller's when it began to ask (0: not known).
    `waited`: a kubeadm that still ran there was waited for, so that the host was looked at later than the others.
    """

    hostname: str = ""
    machine_id: str = ""
    os_id: str = ""
    os_version: str = ""
    os_name: str = ""
    arch: str = ""
    kernel: str = ""
    cpus: int = 0
    memory_mib: int = 0
    swap: tuple[str, ...] = ()
    cgroup_version: int = 0
    epoch: float = 0.0
    asked: float = 0.0
    waited: bool = False
    addresses: tuple[Address, ...] = ()
    resolved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    resolvers: tuple[str, ...] = ()
    ports: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    disk: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    packages: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    state: str = NONE
    reasons: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    role: str = ""
    ca_sha256: str = ""
    node_name: str = ""
    server: str = ""
    cri_socket: str = ""
    manifests: tuple[str, ...] = ()
    unknown_manifests: tuple[str, ...] = ()
    snapshot_timer: bool = False
    configuration: Mapping[str, object] = field(default_factory=dict)
    cluster: Mapping[str, object] | None = None

    @property
    def api_ready(self) -> bool:
        """Whether this host's own API server answers."""
        return bool(self.cluster and self.cluster.get("api_ready"))

    @property
    def cluster_configuration(self) -> dict[str, object]:
        """kubeadm's ClusterConfiguration as the cluster keeps it; empty when it could not be asked."""
        return mapping(self.cluster or {}, "cluster_configuration")

    @property
    def cluster_nodes(self) -> list[dict[str, object]]:
        """The cluster's Node objects; empty when it could not be asked."""
        return [node for node in _sequence((self.cluster or {}).get("nodes")) if isinstance(node, dict)]

    def interface_of(self, address: str) -> Address | None:
        """The interface's record that carries this address."""
        wanted = parse_address(address)
        for candidate in self.addresses:
            if wanted is not None and candidate.ip == wanted:
                return candidate
        return None


def mapping(data: Mapping[str, object], key: str) -> dict[str, object]:
    """A nested dict, {} when it is missing or something else."""
    value = data.get(key)
    return dict(value) if isinstance(value, Mapping) else {}


def text(data: Mapping[str, object], key: str) -> str:
    """A nested scalar as text, "" when it is missing."""
    value = data.get(key)
    return "" if value is None else str(value)


def _sequence(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def strings(value: object) -> tuple[str, ...]:
    """The items of a list as text, none when it is something else."""
    return tuple(str(item) for item in _sequence(value))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0


def _nested(data: Mapping[str, object], key: str) -> dict[str, dict[str, object]]:
    return {str(name): mapping({"": value}, "") for name, value in mapping(data, key).items()}


def _addresses(value: object) -> tuple[Address, ...]:
    records = (record for record in _sequence(value) if isinstance(record, Mapping))
    return tuple(
        Address(
            text(record, "interface"),
            text(record, "address"),
            int(_number(record.get("prefix"))),
            int(_number(record.get("mtu"))),
        )
        for record in records
    )


def read(info: Mapping[str, object]) -> Facts:
    """The record of one host out of the `host` that kubeadm_info returns."""
    system = mapping(info, "os")
    kubeadm = mapping(info, "kubeadm")
    cluster = info.get("cluster")
    return Facts(
        hostname=text(info, "hostname"),
        machine_id=text(info, "machine_id"),
        os_id=text(system, "id"),
        os_version=text(system, "version_id"),
        os_name=text(system, "pretty"),
        arch=text(info, "arch"),
        kernel=text(info, "kernel"),
        cpus=int(_number(info.get("cpus"))),
        memory_mib=int(_number(info.get("memory_mib"))),
        swap=strings(info.get("swap")),
        cgroup_version=int(_number(info.get("cgroup_version"))),
        epoch=_number(info.get("epoch")),
        asked=_number(info.get("asked")),
        waited=info.get("waited") is True,
        addresses=_addresses(info.get("addresses")),
        resolved={name: strings(found) for name, found in mapping(info, "resolved").items()},
        resolvers=strings(info.get("resolvers")),
        ports=_nested(info, "ports"),
        disk=_nested(info, "disk"),
        packages=_nested(info, "packages"),
        versions={name: text(mapping(info, "versions"), name) for name in mapping(info, "versions")},
        state=text(kubeadm, "state") or NONE,
        reasons=strings(kubeadm.get("reasons")),
        leftovers=strings(kubeadm.get("leftovers")),
        role=role if (role := text(kubeadm, "role")) in (CONTROL_PLANE, WORKER) else "",
        ca_sha256=text(kubeadm, "ca_sha256"),
        node_name=text(kubeadm, "node_name"),
        server=text(kubeadm, "server"),
        cri_socket=text(kubeadm, "cri_socket"),
        manifests=strings(kubeadm.get("manifests")),
        unknown_manifests=strings(kubeadm.get("unknown_manifests")),
        snapshot_timer=info.get("snapshot_timer") is True,
        configuration=mapping(info, "configuration"),
        cluster=cluster if isinstance(cluster, Mapping) else None,
    )
