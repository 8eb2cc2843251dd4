# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long the check of a large inventory takes, and how much memory, as a user meets it: a whole ansible-playbook.

python -m bench.validator [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tools.collection_link import ROOT, ensure_link

LIMITS = {50: 2.0, 1000: 20.0}  # hosts -> seconds that one run may take

PLAYBOOK = """\
- name: Check the inventory
  hosts: all:localhost
  gather_facts: false
  tasks:
    - name: Check every variable and group
      ansible.builtin.import_role:
        name: quorum.kubernetes.preflight
        tasks_from: inventory
"""

# About a dozen decisions, as the sample inventory's, some of them templates that each host works out for itself.
VARIABLES = """\
kube_version: "1.37.1"
kube_cluster_name: "{{ site }}-{{ stage }}"
kube_api_vip: 10.0.255.1
kube_pod_subnet: 11.0.0.0/8
kube_service_subnet: 10.96.0.0/12
kube_cert_extra_sans: ["api.{{ site }}.example.com"]
kube_image_repository: "{{ registry }}/k8s"
kube_registry_mirrors: {docker.io: ["https://{{ registry }}"], registry.k8s.io: ["https://{{ registry }}"]}
kube_kubelet_config: {maxPods: 200, systemReserved: {memory: 1Gi}}
kube_node_labels: {site: "{{ site }}", rack: "{{ rack | default('none') }}"}
kube_api_vip_router_id: 7
site: north
stage: production
registry: registry.example.com
"""


@dataclass(frozen=True)
class Cost:
    """One run: seconds on the clock, seconds of processors, MiB of the largest process, and what it printed."""

    seconds: float
    cpu: float
    mib: float
    rc: int
    output: str


def write_inventory(folder: Path, hosts: int) -> Path:
    """A right inventory with this many hosts: two load balancers, five control planes, workers."""
    lines = ["[load_balancer]", *(f"lb{number} ansible_host=10.0.255.{number + 1}" for number in (1, 2))]
    lines += ["[kube_control_plane]", *(f"cp{number} ansible_host=10.0.254.{number}" for number in range(1, 6))]
    lines += ["[kube_node]"]
    lines += [f"w{n} ansible_host=10.0.{n // 200}.{n % 200 + 1} rack=r{n // 40}" for n in range(1, hosts - 6)]
    inventory = folder / "inventory.ini"
    inventory.write_text("\n".join(lines) + "\n", encoding="utf-8")
    variables = folder / "group_vars" / "all" / "cluster.yml"
    variables.parent.mkdir(parents=True, exist_ok=True)
    variables.write_text(VARIABLES, encoding="utf-8")
    return inventory


def measure(folder: Path, hosts: int) -> Cost:
    """Run the check alone on an inventory with this many hosts."""
    inventory = write_inventory(folder, hosts)
    playbook = folder / "check.yml"
    playbook.write_text(PLAYBOOK, encoding="utf-8")
    ensure_link()
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), str(playbook)]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    with (folder / "output").open("w+", encoding="utf-8") as output:
        begin = time.monotonic()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        # wait4 tells what this process used with those it waited for; those of other runs do not count.
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read()
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, printed)


def main() -> int:
    """Measure each size, print the figures, and say whether a limit does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each size; the fastest counts")
    runs = parser.parse_args().runs
    good = True
    for hosts, limit in LIMITS.items():
        with tempfile.TemporaryDirectory() as name:
            costs = [measure(Path(name), hosts) for _ in range(runs)]
        best = min(costs, key=lambda cost: cost.seconds)
        fine = best.rc == 0 and best.seconds < limit
        good = good and fine
        print(
            f"{hosts:5} hosts: {best.seconds:5.1f} s (limit {limit:g} s), {best.cpu:.1f} s of processors,"
            f" {best.mib:.0f} MiB, exit status {best.rc}: {'holds' if fine else 'DOES NOT HOLD'}",
            flush=True,
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
