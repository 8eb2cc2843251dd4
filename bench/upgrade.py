# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Upgrade the ha topology by upgrade.yml, and equal nodes by kubeadm's documented procedure; what do clients see?

python -m bench.upgrade [--way upgrade.yml] [--way kubeadm]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lab.sources import DEFAULT_KUBERNETES, RELEASES, release_of
from tests.tools import remote
from tests.tools.inventory import Host, node_name, read_inventory
from tests.tools.life import Life
from tests.tools.nodes import Lab
from tests.tools.watch import Watch

LAB = Lab("ha", "bench-upgrade")
TARGET = release_of(DEFAULT_KUBERNETES)
BEFORE = next(release for release in RELEASES.values() if release.minor < TARGET.minor)
STEP = 1200.0  # seconds; the longest is a control plane's own upgrade

# https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/
INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -q -y --allow-change-held-packages"
KUBEADM = f"""
sed -i 's#:/v{BEFORE.minor}/#:/v{TARGET.minor}/#' /etc/apt/sources.list.d/kubernetes.sources
apt-get update -q
{INSTALL} 'kubeadm={TARGET.kubernetes}-*'
"""
KUBELET = f"""
{INSTALL} 'kubelet={TARGET.kubernetes}-*' 'kubectl={TARGET.kubernetes}-*'
systemctl daemon-reload
systemctl restart kubelet
"""
# As a person does whose command was cut off by an API server that went down.
AGAIN = 'again() { for try in 1 2 3 4 5; do "$@" && return 0; sleep 5; done; return 1; }'
KUBECTL = "again kubectl --kubeconfig /etc/kubernetes/admin.conf"


def by_playbook(life: Life) -> None:
    """As docs/upgrade.md says."""
    outcome, errors = life.run("upgrade.yml", minutes=STEP / 60)
    assert outcome.rc == 0, errors


def by_kubeadm(life: Life) -> None:
    """As kubeadm's documentation says, node after node; the load balancers find out by their checks."""
    first, *others = life.inventory.control_planes
    ignored = ",".join(life.inventory.variable("kube_ignore_preflight_errors", []))
    for host in [first, *others, *life.inventory.group("kube_node")]:
        part = f"apply --yes v{TARGET.kubernetes}" if host == first else "node"
        _do(host, KUBEADM)
        _do(host, f"again kubeadm upgrade {part} --ignore-preflight-errors={ignored}")
        _do(first, f"{KUBECTL} drain {node_name(host)} --ignore-daemonsets --delete-emptydir-data")
        _do(host, KUBELET)
        _do(first, f"{KUBECTL} wait --for=condition=Ready --timeout=300s node/{node_name(host)}")
        _do(first, f"{KUBECTL} uncordon {node_name(host)}")


def _do(host: Host, script: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {host.name}: {script.strip().splitlines()[-1]}", flush=True)
    remote.output(host, f"set -e\n{AGAIN}\n{script}", timeout=STEP)


WAYS: dict[str, Callable[[Life], None]] = {"upgrade.yml": by_playbook, "kubeadm": by_kubeadm}


def measure(way: str, folder: Path) -> str:
    """Build the version before on fresh nodes, upgrade it, and say what clients saw meanwhile."""
    LAB.renew()
    LAB.offer(BEFORE.kubernetes)
    life = Life(LAB, read_inventory(LAB.inventory()), folder)
    life.name_control_planes(*life.every_control_plane)
    life.succeed("cluster.yml")
    life.ask_for(TARGET.kubernetes)
    with Watch(life.config) as watch:
        begin = time.monotonic()
        WAYS[way](life)
        seconds = time.monotonic() - begin
        life.wait_whole()
        seen = watch.seen()
    assert life.versions() == life.wanted_versions()
    return f"{way}: {BEFORE.kubernetes} to {TARGET.kubernetes} in {seconds:.0f} s: {seen}"


def main() -> None:
    """Measure and print. What failed stays as it is, to be looked at."""
    parser = argparse.ArgumentParser(prog="python -m bench.upgrade", description=__doc__)
    parser.add_argument("--way", action="append", choices=WAYS, help="both when none is named")
    ways = parser.parse_args().way or list(WAYS)
    root = Path(tempfile.mkdtemp(prefix="quorum-bench-"))
    print(f"logs: {root}", flush=True)
    for way in ways:
        folder = root / way
        folder.mkdir()
        print(f"figure: {measure(way, folder)}", flush=True)
    LAB.down()


if __name__ == "__main__":
    main()
