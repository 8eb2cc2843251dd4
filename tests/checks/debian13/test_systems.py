# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cluster stands on two releases of Debian, and each node's packages were made for its own."""

from __future__ import annotations

import testinfra.host

from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory, node_name
from tests.tools.kube_api import KubeApi


def test_the_control_plane_runs_debian_13_and_the_worker_debian_12(
    inventory: Inventory, api: KubeApi, figure: Figure
) -> None:
    info = {node["metadata"]["name"]: node["status"]["nodeInfo"] for node in api.items("/api/v1/nodes")}
    images = {name: about["osImage"] for name, about in info.items()}
    figure(", ".join(f"{name} on {image}" for name, image in sorted(images.items())))
    control_planes = [images[node_name(host)] for host in inventory.control_planes]
    workers = [images[node_name(host)] for host in inventory.group("kube_node")]
    assert (control_planes, workers) == (["Debian GNU/Linux 13 (trixie)"], ["Debian GNU/Linux 12 (bookworm)"])


def test_containerd_comes_from_the_suite_of_the_hosts_release(
    kubernetes_host: Host, system: testinfra.host.Host
) -> None:
    codename = system.check_output(". /etc/os-release && echo $VERSION_CODENAME")
    assert system.check_output("dpkg-query --show --showformat='${Version}' containerd.io").endswith(f"~{codename}")


def test_apt_accepts_the_signature_of_every_repository(kubernetes_host: Host, system: testinfra.host.Host) -> None:
    # Debian 13's apt verifies with Sequoia, whose policy refuses what GnuPG still takes; a warning announces a refusal.
    done = system.run("apt-get update --error-on=any 2>&1")
    assert (done.rc, [line for line in done.stdout.splitlines() if line.startswith(("W:", "E:"))]) == (0, [])
