# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person wants to know about all hosts after something failed, before the nodes are gone.

python -m tests.tools.diagnosis --inventory FILE
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.tools.inventory import Host, InventoryError, read_inventory
from tests.tools.remote import RemoteError, run

SCRIPT = """
exec 2>&1
systemctl list-units --failed --plain --no-legend
uptime
for unit in kubelet containerd haproxy keepalived etcd; do
  systemctl cat "$unit" >/dev/null 2>&1 || continue
  echo "-- $unit: $(systemctl is-active "$unit")"
  journalctl -q --no-pager -o cat -u "$unit" -n 8 | cut -c1-300
done
if [ -x /usr/bin/crictl ] && [ -S /run/containerd/containerd.sock ]; then
  echo '-- containers'
  timeout 20 crictl ps -a | cut -c1-160
fi
if [ -r /etc/kubernetes/admin.conf ] && [ -x /usr/bin/kubectl ]; then
  echo '-- cluster'
  export KUBECONFIG=/etc/kubernetes/admin.conf
  timeout 20 kubectl get nodes -o wide
  timeout 20 kubectl get pods -A -o wide | grep -v ' Running '
  timeout 20 kubectl get events -A --field-selector type=Warning --sort-by=.lastTimestamp | tail -n 12 | cut -c1-300
fi
true
"""


def diagnose(path: Path) -> str:
    """The script's output of all hosts of an inventory, one after the other; hosts that do not answer are named."""

    def ask(host: Host) -> str:
        try:
            return run(host, SCRIPT, timeout=120).stdout
        except RemoteError as error:
            return f"no answer: {error}\n"

    try:
        hosts = list(read_inventory(path).hosts.values())
    except InventoryError as error:
        return f"no diagnosis: {error}"
    with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
        answers = list(pool.map(ask, hosts))
    return "\n".join(f"===== {host.name}\n{text}" for host, text in zip(hosts, answers, strict=True))


def main() -> int:
    """Print the diagnosis. It never fails: something else has failed already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inventory", type=Path, required=True)
    print(diagnose(parser.parse_args().inventory))
    return 0


if __name__ == "__main__":
    sys.exit(main())
