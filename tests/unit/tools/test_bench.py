# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the benchmark hands to the plain script, and how it sums up."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from bench.builds import Cost, flannel_manifest, kubeadm_configuration, summary, write_settings
from tests.tools.inventory import Inventory, parse_inventory
from tests.tools.nodes import ROOT

VARIABLES: dict[str, Any] = {
    "ansible_user": "admin",
    "ansible_ssh_private_key_file": "/keys/it's mine",
    "ansible_ssh_common_args": "-o StrictHostKeyChecking=no",
    "kube_version": "1.37.1",
    "kube_api_vip": "192.0.2.10",
    "kube_package_repository": "http://mirror/v{minor}/deb/",
    "kube_package_key_url": "http://mirror/Release.key",
    "kube_containerd_version": "2.3.*",
    "kube_containerd_repository": {"url": "http://mirror/debian", "suite": "{codename}", "components": ["stable"]},
    "kube_containerd_key_url": "http://mirror/containerd.key",
    "kube_registry_mirrors": {"registry.k8s.io": ["http://mirror:5000"]},
    "kube_kubelet_config": {"failCgroupV1": False},
    "kube_ignore_preflight_errors": ["SystemVerification"],
    "kube_flannel_image": "mirror/flannel:v1",
    "kube_flannel_cni_plugin_image": "mirror/cni:v1",
}
IMAGES = {"control_plane": ["a/kube-apiserver:v1", "a/pause:3.10"], "worker": ["a/pause:3.10"]}


def _inventory() -> Inventory:
    groups = {"load_balancer": ["lb1", "lb2"], "kube_control_plane": ["cp1", "cp2", "cp3"], "kube_node": ["w1"]}
    names = [name for members in groups.values() for name in members]
    hostvars = {name: {**VARIABLES, "ansible_host": f"192.0.2.{n}"} for n, name in enumerate(names, 11)}
    listing = {"_meta": {"hostvars": hostvars}, **{group: {"hosts": members} for group, members in groups.items()}}
    return parse_inventory(Path("inventory.ini"), listing)


def test_settings_are_what_the_shell_reads_back(tmp_path: Path) -> None:
    settings = write_settings(_inventory(), tmp_path, IMAGES)
    script = (
        f'source {settings}; printf "%s\\n" "${{SSH_ARGS[@]}}" "${{CONTROL_PLANES[*]}}" "$SANDBOX_IMAGE" '
        '"$PACKAGE_REPOSITORY" "$CONTAINERD_REPOSITORY" "${MIRRORS[registry.k8s.io]}"'
    )
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=10, check=True)
    assert done.stdout.splitlines() == [
        "-o", "StrictHostKeyChecking=no", "-i", "/keys/it's mine", "-l", "admin",
        "192.0.2.13 192.0.2.14 192.0.2.15",
        "a/pause:3.10",
        "http://mirror/v1.37/deb/",
        "http://mirror/debian $VERSION_CODENAME stable",
        "http://mirror:5000",
    ]  # fmt: skip


def test_kubeadm_gets_the_same_settings_as_from_the_collection() -> None:
    init, cluster, kubelet, _proxy = [json.loads(part) for part in kubeadm_configuration(_inventory()).split("\n---\n")]
    assert init["localAPIEndpoint"]["advertiseAddress"] == "192.0.2.13"
    assert cluster["controlPlaneEndpoint"] == "192.0.2.10:6443"
    assert cluster["kubernetesVersion"] == "v1.37.1"
    assert kubelet["failCgroupV1"] is False


def test_every_place_in_flannel_s_manifest_is_filled() -> None:
    text = flannel_manifest(_inventory())
    assert "@" not in text.partition("---")[2]
    assert "mirror/flannel:v1" in text


def test_script_is_sound_shell() -> None:
    subprocess.run(["bash", "-n", str(ROOT / "bench" / "administrator.sh")], timeout=10, check=True)


def test_summary_shows_medians() -> None:
    counted = {"round_trips": {"cp1": 20, "w1": 12}, "controller_cpu_seconds_per_host": 3.5, "changed": {"cp1": 0}}
    builds = [Cost(seconds, counted) for seconds in (90, 120, 100)]
    lines = summary(builds, [Cost(15, counted)], [Cost(seconds) for seconds in (100, 80, 90)])
    assert lines[0] == "build: cluster.yml 100 s, plain script 90 s, ratio 1.11 (medians of 3 pairs)"
    assert "20 round trips on the busiest host, 3.50 CPU-seconds" in lines[1]
    assert lines[2].endswith("0 changes")
