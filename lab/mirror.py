# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mirror: builds what a release needs and serves it as images, packages and archives."""

from __future__ import annotations

from dataclasses import dataclass

from lab import archives, images, repository
from lab.build import check_go, programs
from lab.cache import CLUSTERS, locked
from lab.debian import DEBIANS, architecture
from lab.oci import Registry
from lab.progress import step
from lab.servers import FILE_SERVER, REGISTRY
from lab.sources import Release, components

#: In the folder of a cluster: what it is made of, as long as it is there.
CONTAINERS_FILE, MACHINES_FILE = "cluster.json", "machines.json"


@dataclass(frozen=True)
class Mirror:
    """Where the mirror listens, the fingerprints of its package keys, and the SHA-256 of etcd's archive."""

    registry_port: int
    files_port: int
    kubernetes_key: str
    containerd_key: str
    etcd_sha256: str


def rest_if_unused() -> None:
    """End the mirror's processes when no cluster is left that uses them; what it serves stays for the next time."""
    with locked("mirror"):
        if not any(list(CLUSTERS.glob(f"*/{name}")) for name in (CONTAINERS_FILE, MACHINES_FILE)):
            REGISTRY.stop()
            FILE_SERVER.stop()


def ensure(release: Release) -> Mirror:
    """Fill the mirror with a release and see that it is served."""
    check_go()
    # Outside the lock: a long build for one cluster is no reason for another to wait.
    for component in components(release):
        programs(component)
    with locked("mirror"), step(f"Mirror with Kubernetes {release.kubernetes}"):
        registry_port, files_port = REGISTRY.ensure(), FILE_SERVER.ensure()
        repository.publish_kubernetes(release, architecture())
        for debian in DEBIANS:
            repository.publish_containerd(debian, architecture())
        images.publish(release, Registry("127.0.0.1", registry_port), architecture())
        return Mirror(
            registry_port=registry_port,
            files_port=files_port,
            kubernetes_key=repository.KUBERNETES_KEY.fingerprint(),
            containerd_key=repository.CONTAINERD_KEY.fingerprint(),
            etcd_sha256=archives.publish_etcd(release, architecture()),
        )
