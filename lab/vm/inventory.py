# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands beside the inventory that the Vagrantfile writes: the mirror, and more time for emulated machines."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path

from lab import yaml
from lab.cache import write_file
from lab.inventory import site
from lab.mirror import Mirror
from lab.sources import Release
from lab.topology import GATEWAY_HOST, address


def variables(network: IPv4Network, release: Release, mirror: Mirror, *, emulated: bool) -> dict[str, object]:
    """Return group_vars/all/lab.yml: a machine needs the mirror and nothing else, an emulated one needs time."""
    return {
        **site(address(network, GATEWAY_HOST), release, mirror),
        **(_what_emulation_forces() if emulated else {}),
    }


def _what_emulation_forces() -> Mapping[str, object]:
    """Return what a processor that is ten times slower needs: longer timeouts and leases, and keys that cost less."""
    return {
        "kube_timeouts": {
            "controlPlaneComponentHealthCheck": "15m",
            "kubeletHealthCheck": "10m",
            "kubernetesAPICall": "10m",
            "etcdAPICall": "10m",
            "tlsBootstrap": "15m",
            "discovery": "15m",
        },
        "kube_leader_election": {"leaseDuration": "3m", "renewDeadline": "2m", "retryPeriod": "20s"},
        "kube_controller_manager_extra_args": [{"name": "node-monitor-grace-period", "value": "4m0s"}],
        "kube_kubelet_config": {"runtimeRequestTimeout": "15m"},
        "kube_cluster_configuration": {"encryptionAlgorithm": "ECDSA-P256"},
        "control_plane_timeout": 3000,
        "control_plane_gate_timeout": 1800,
        "handover_timeout": 1800,
        "etcd_timeout": 900,
        "ansible_timeout": 120,
    }


def write(folder: Path, network: IPv4Network, release: Release, mirror: Mirror, *, emulated: bool) -> None:
    """Write them beside the inventory."""
    text = yaml.dump(variables(network, release, mirror, emulated=emulated))
    write_file(folder / "group_vars" / "all" / "lab.yml", f"---\n# Written by `python -m lab.vm up`.\n{text}")
