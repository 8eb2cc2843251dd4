"""Time and memory of the check of the inventory: `python tests/bench/bench_inventory.py`.

The whole `ansible-playbook` process counts, from its start to its end, because that is what a person waits for. The
limits are compared with its CPU time, which on an idle machine is its duration and which a busy one does not change.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMITS_S = {50: 2.0, 1000: 20.0}

PLAYBOOK = """\
- name: Check the inventory
  hosts: all
  gather_facts: false
  tasks:
    - name: Name everything that is wrong with the inventory
      quorum.kubernetes.validate_inventory:
      run_once: true
"""

VARIABLES = """\
kube_version: "1.37.1"
kube_api_vip: 10.0.0.100
kube_pod_subnet: 10.128.0.0/10
kube_service_subnet: 10.96.0.0/12
kube_cert_extra_sans: [api.example.com]
kube_registry_mirrors:
  registry.k8s.io: ["https://mirror.example.com"]
kube_kubeconfig_path: "{{ inventory_dir }}/{{ kube_cluster_name | default('kubernetes') }}.kubeconfig"
kube_node_labels:
  example.com/site: "{{ site | default('north') }}"
"""


def write_inventory(folder: Path, hosts: int) -> Path:
    """Write an inventory of so many hosts: three control planes, two load balancers, the rest workers."""
    names = [f"node{number:04}" for number in range(hosts)]
    lines = [f"{name} ansible_host=10.0.{number // 250}.{number % 250 + 1}" for number, name in enumerate(names)]
    parts = {"kube_control_plane": names[:3], "load_balancer": names[3:5], "kube_node": names[5:]}
    groups = [line for group, members in parts.items() for line in (f"[{group}]", *members)]
    inventory = folder / "inventory.ini"
    # node0099 would be the virtual address
    inventory.write_text("\n".join([*lines, *groups, ""]).replace("10.0.0.100", "10.0.7.100"), encoding="utf-8")
    variables = folder / "group_vars" / "all"
    variables.mkdir(parents=True)
    (variables / "cluster.yml").write_text(VARIABLES, encoding="utf-8")
    (folder / "check.yml").write_text(PLAYBOOK, encoding="utf-8")
    return inventory


def measure(hosts: int) -> tuple[float, float, float, int]:
    """Check an inventory of so many hosts once: seconds, CPU seconds, peak memory in MiB, exit status."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inventory = write_inventory(folder, hosts)
        argv = ["ansible-playbook", "-i", str(inventory), str(folder / "check.yml")]
        started = time.monotonic()
        process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(process.pid, 0)
        elapsed = time.monotonic() - started
        return elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def main() -> int:
    """Measure each size, print figures, and say whether the limits hold."""
    held = True
    for hosts, limit in LIMITS_S.items():
        elapsed, cpu, memory, status = measure(hosts)
        held = held and status == 0 and cpu < limit
        figures = f"{cpu:.2f} CPU-s (limit {limit:.0f}), {elapsed:.2f} s on this machine now, {memory:.0f} MiB"
        print(f"figure: inventory of {hosts} hosts checked in {figures}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
