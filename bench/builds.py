# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two ways to build the same cluster, each measured from outside."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.tools.inventory import Inventory, node_ip, tool
from tests.tools.nodes import ROOT

BUILD_TIMEOUT = 900.0  # seconds for one build
FLANNEL = ROOT / "bench" / "kube-flannel.yml"


@dataclass(frozen=True)
class Cost:
    """What one build took: seconds of the clock; of a playbook also what its callback counted."""

    seconds: float
    counted: dict[str, Any] = field(default_factory=dict)

    @property
    def round_trips(self) -> float:
        """Round trips of the busiest host."""
        return float(max(self.counted.get("round_trips", {"": 0}).values()))

    @property
    def cpu_per_host(self) -> float:
        """CPU-seconds of the controller for each host."""
        return float(self.counted.get("controller_cpu_seconds_per_host", 0.0))

    @property
    def changed(self) -> int:
        """Changes on all hosts together."""
        return sum(self.counted.get("changed", {}).values())


class BuildError(Exception):
    """A build failed; the text carries the end of what it printed."""


def by_playbook(inventory: Path, folder: Path, name: str) -> Cost:
    """Build with cluster.yml, as `make lab` does, and read what its callback counted."""
    counts = folder / f"{name}.json"
    environment = dict(
        os.environ,
        ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
        ANSIBLE_CALLBACKS_ENABLED="quorum.kubernetes.cost",
        QUORUM_COST_FILE=str(counts),
    )
    command = [tool("ansible-playbook"), "-i", str(inventory), str(ROOT / "playbooks" / "cluster.yml")]
    seconds = _timed(command, environment, folder / f"{name}.log")
    return Cost(seconds, json.loads(counts.read_text(encoding="utf-8")))


def by_script(inventory: Inventory, folder: Path, name: str, images: dict[str, list[str]]) -> Cost:
    """Build with the administrator's script."""
    settings = write_settings(inventory, folder, images)
    command = ["bash", str(ROOT / "bench" / "administrator.sh"), str(settings)]
    return Cost(_timed(command, dict(os.environ), folder / f"{name}.log"))


def _timed(command: list[str], environment: dict[str, str], log: Path) -> float:
    begin = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            timeout=BUILD_TIMEOUT, check=False,
        )  # fmt: skip
    seconds = time.monotonic() - begin
    if done.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise BuildError(f"{' '.join(command[:3])}: exit status {done.returncode}: {tail}")
    return seconds


def write_settings(inventory: Inventory, folder: Path, images: dict[str, list[str]]) -> Path:
    """Write what the script reads: shell variables, kubeadm's configuration, and flannel's manifest."""
    variable = inventory.variable
    minor = ".".join(str(variable("kube_version")).split(".")[:2])
    containerd = variable("kube_containerd_repository")
    suite = containerd["suite"].replace("{codename}", "$VERSION_CODENAME")  # the host's shell fills it in
    runtime = variable("kube_containerd_config", {}).get("plugins", {}).get("io.containerd.cri.v1.runtime", {})
    first = inventory.control_planes[0]
    values: dict[str, str | list[str]] = {
        "WORK": str(folder),
        "SSH_ARGS": [*shlex.split(first.ssh_args), "-i", first.key, "-l", first.user],
        "LOAD_BALANCERS": [node_ip(host) for host in inventory.load_balancers],
        "CONTROL_PLANES": [node_ip(host) for host in inventory.control_planes],
        "WORKERS": [node_ip(host) for host in inventory.group("kube_node")],
        "VIP": variable("kube_api_vip"),
        "KUBE_VERSION": str(variable("kube_version")),
        "PACKAGE_REPOSITORY": variable("kube_package_repository").replace("{minor}", minor),
        "PACKAGE_KEY_URL": variable("kube_package_key_url"),
        "CONTAINERD_REPOSITORY": f"{containerd['url']} {suite} {' '.join(containerd['components'])}",
        "CONTAINERD_KEY_URL": variable("kube_containerd_key_url"),
        "CONTAINERD_VERSION": variable("kube_containerd_version"),
        "RESTRICT_OOM_SCORE_ADJ": json.dumps(runtime.get("restrict_oom_score_adj", False)),
        "SANDBOX_IMAGE": next(image for image in images["worker"] if "/pause:" in image),
        "CONTROL_PLANE_IMAGES": " ".join(images["control_plane"]),
        "WORKER_IMAGES": " ".join(images["worker"]),
        "IGNORED": ",".join(variable("kube_ignore_preflight_errors", [])),
        "KUBEADM_CONFIGURATION": str(_write(folder / "kubeadm.yml", kubeadm_configuration(inventory))),
        "FLANNEL_MANIFEST": str(_write(folder / "kube-flannel.yml", flannel_manifest(inventory))),
    }
    lines = [f"{name}={_shell(value)}" for name, value in values.items()]
    mirrors = {registry: urls[0] for registry, urls in variable("kube_registry_mirrors", {}).items()}
    lines += ["declare -A MIRRORS=("]
    lines += [f"  [{shlex.quote(registry)}]={shlex.quote(url)}" for registry, url in mirrors.items()] + [")"]
    return _write(folder / "settings.sh", "\n".join(lines) + "\n")


def kubeadm_configuration(inventory: Inventory) -> str:
    """kubeadm's documents as JSON, which is YAML too."""
    variable = inventory.variable
    first = inventory.control_planes[0]
    documents: list[dict[str, Any]] = [
        {
            "kind": "InitConfiguration",
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "localAPIEndpoint": {"advertiseAddress": node_ip(first)},
        },
        {
            "kind": "ClusterConfiguration",
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kubernetesVersion": f"v{variable('kube_version')}",
            "controlPlaneEndpoint": f"{variable('kube_api_vip')}:6443",
            "networking": {"podSubnet": variable("kube_pod_subnet", "10.244.0.0/16")},
        },
        {
            "kind": "KubeletConfiguration",
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "cgroupDriver": "systemd",
            **variable("kube_kubelet_config", {}),
        },
        {
            "kind": "KubeProxyConfiguration",
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            **variable("kube_proxy_config", {}),
        },
    ]
    return "\n---\n".join(json.dumps(document, indent=1) for document in documents) + "\n"


def flannel_manifest(inventory: Inventory) -> str:
    """flannel's manifest with the site's images and the pod network."""
    text = FLANNEL.read_text(encoding="utf-8")
    for name, default in (
        ("kube_flannel_image", ""),
        ("kube_flannel_cni_plugin_image", ""),
        ("kube_pod_subnet", "10.244.0.0/16"),
    ):
        text = text.replace(f"@{name}@", str(inventory.variable(name, default)))
    return text


def summary(builds: list[Cost], seconds: list[Cost], scripts: list[Cost]) -> list[str]:
    """The medians as lines for people."""
    ours, theirs = median(cost.seconds for cost in builds), median(cost.seconds for cost in scripts)
    return [
        f"build: cluster.yml {ours:.0f} s, plain script {theirs:.0f} s, ratio {ours / theirs:.2f} "
        f"(medians of {len(builds)} pairs)",
        f"build: {median(cost.round_trips for cost in builds):.0f} round trips on the busiest host, "
        f"{median(cost.cpu_per_host for cost in builds):.2f} CPU-seconds of the controller a host",
        f"second run: {median(cost.seconds for cost in seconds):.0f} s, "
        f"{median(cost.round_trips for cost in seconds):.0f} round trips on the busiest host, "
        f"{median(cost.cpu_per_host for cost in seconds):.2f} CPU-seconds of the controller a host, "
        f"{max(cost.changed for cost in seconds)} changes",
    ]


def images_of_a_cluster(inventory: Path) -> dict[str, list[str]]:
    """The images that this build used, by kind of node, asked of a node of each kind with the CRI."""
    command = [sys.executable, "-m", "lab", "exec", "--topology", "ha", "--name", inventory.parent.name]
    found: dict[str, list[str]] = {}
    for kind, node in (("control_plane", "cp1"), ("worker", "w1")):
        done = subprocess.run(
            [*command, node, "--", "crictl", "images", "-o", "json"], cwd=ROOT, capture_output=True, text=True,
            timeout=60, check=True,
        )  # fmt: skip
        listed = json.loads(done.stdout)["images"]
        found[kind] = sorted(tag for image in listed for tag in image["repoTags"])
    return found


def _shell(value: str | list[str]) -> str:
    return shlex.quote(value) if isinstance(value, str) else f"({' '.join(map(shlex.quote, value))})"


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
