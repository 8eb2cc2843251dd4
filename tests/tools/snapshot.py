# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remember what a run that changes nothing must not touch: managed files and the start times of processes.

python -m tests.tools.snapshot --inventory FILE --output FILE
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tests.tools.inventory import Host, read_inventory
from tests.tools.remote import on_all

Snapshot = dict[str, dict[str, Any]]  # host name -> {"files": {path: identity}, "processes": {name: [start, ...]}}

PROCESSES = ("kubelet", "containerd", "haproxy", "keepalived", "etcd", "kube-apiserver")
FOLDERS = (
    "/etc/kubernetes /etc/containerd /etc/haproxy /etc/keepalived /etc/apt /etc/modules-load.d /etc/sysctl.d "
    "/etc/systemd/system /etc/default /etc/cni/net.d /etc/crictl.yaml /etc/fstab /etc/hosts /etc/logrotate.d "
    "/var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /opt/cni/bin /var/lib/dpkg/status "
    "/usr/bin/kubeadm /usr/bin/kubelet /usr/bin/kubectl /usr/bin/containerd /usr/bin/crictl /usr/local/lib"
)

# One line a file: modification time, change time, mode, owner, path. One line a process: name and start in ticks.
SCRIPT = f"""
find {FOLDERS} ! -type d -printf 'F %T@ %C@ %m %u:%g %p\\n' 2>/dev/null
for stat in /proc/[0-9]*/stat; do
  read -r line 2>/dev/null < "$stat" || continue
  name=${{line#*(}}; name=${{name%)*}}
  set -- ${{line##*) }}
  echo "P $name ${{20}}"
done
"""


def parse(text: str) -> dict[str, Any]:
    """Make one host's snapshot of the script's lines."""
    files: dict[str, str] = {}
    processes: dict[str, list[int]] = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "F":
            identity, _, path = rest.partition(" /")
            files["/" + path] = identity
        elif kind == "P":
            name, _, start = rest.rpartition(" ")
            if name in PROCESSES:
                processes.setdefault(name, []).append(int(start))
    return {"files": files, "processes": {name: sorted(starts) for name, starts in processes.items()}}


def take(path: Path) -> Snapshot:
    """The snapshot of all hosts of the inventory at `path`, taken at once."""
    return take_of(list(read_inventory(path).hosts.values()))


def take_of(hosts: list[Host]) -> Snapshot:
    """The snapshot of some hosts, taken at once."""
    return {name: parse(text) for name, text in on_all(hosts, SCRIPT).items()}


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What changed, one line each: files written, made or removed, processes started or stopped."""
    lines = [f"{host}: no longer there" for host in before.keys() - after.keys()]
    for host in sorted(before.keys() & after.keys()):
        for kind, word in (("files", ""), ("processes", "process ")):
            old, new = before[host][kind], after[host][kind]
            changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
            lines += [f"{host}: {word}{key}: {old.get(key, 'absent')} -> {new.get(key, 'absent')}" for key in changed]
    return lines


def main() -> int:
    """Write the snapshot as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inventory", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    snapshot = take(arguments.inventory)
    arguments.output.write_text(json.dumps(snapshot, indent=1), encoding="utf-8")
    for host, found in sorted(snapshot.items()):
        print(f"{host}: {len(found['files'])} files, processes {', '.join(sorted(found['processes'])) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
