# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Kubernetes could leave on a host, to compare the host before a cluster with the same host after it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.tools.inventory import Host, read_inventory
from tests.tools.remote import on_all

# What prepared the host stays: packages and what they made, repositories, the container runtime, settings, backups.
# So does what the system itself writes all the time.
KEPT = (
    "/etc/(alternatives|apt|containerd|crictl.yaml|modules-load.d|rc[0-9S].d|sysctl.d|ssl|systemd/system)|/run/(adduser|"
    "containerd|haproxy|nri|quorum|systemd|xtables.lock)|/usr/local/bin/etcdutl|/var/(backups|cache|tmp)|/var/lib/(apt|dpkg|"
    "haproxy|systemd|ucf)|/var/log/(alternatives.log|apt|dpkg.log|journal)"
)

# Where packages go too, only settings of the kernel stay, and what the system itself writes.
KEPT_WITHOUT_PACKAGES = (
    "/etc/(modules-load.d|sysctl.d)/90-kubernetes.conf|/run/(adduser|quorum|systemd|xtables.lock)|/var/(backups|cache|tmp)|"
    "/var/lib/(apt|dpkg|systemd|ucf)|/var/log/(alternatives.log|apt|dpkg.log|journal)"
)

# Of the packet filter the rules and chains of users: chains of the kernel have a policy, and counters move.
SCRIPT = r"""
ip -o link show | awk -F': ' '{sub(/@.*/, "", $2); print "interface " $2}'
ip route show | sed 's/^/route /'
ip -6 route show | grep -v fe80 | sed 's/^/route /'
for family in iptables ip6tables; do
  $family-save 2>/dev/null | grep -E '^-A|^:.* - ' | sed "s/ \[.*//; s/^/$family /"
done
nft list ruleset 2>/dev/null | grep -vE '^(table|}|\s*(chain|type|})|\s*$)' | sed 's/^\s*/nftables /'
tail -n +4 /proc/net/ip_vs 2>/dev/null | sed 's/^/ipvs /'
awk '{print "mount " $5}' /proc/self/mountinfo
find /sys/fs/cgroup -type d -path '*kube*' -printf 'cgroup %p\n'
find /etc /opt /root /run /srv /usr/local /var /var/lib/etcd /var/lib/kubelet -xdev ! -type d 2>/dev/null \
  | grep -vE '^(KEPT)' | sort -u > /tmp/quorum-files
cat /var/lib/dpkg/info/*.list | sort -u | comm -23 /tmp/quorum-files - | sed 's/^/file /'
rm /tmp/quorum-files
"""

# A package of which only the configuration is left is there too. libip4tc2 comes with iptables, and Debian 13's
# libsystemd-shared suggests it: for apt it is then not there for iptables alone.
PACKAGES = r"""
dpkg-query --show --showformat='package ${Package} ${db:Status-Status}\n' | grep -v '^package libip4tc2 '
find /var/lib/containerd -xdev ! -type d -printf 'file %p\n' 2>/dev/null || true
"""

Traces = dict[str, frozenset[str]]


def take(hosts: list[Host]) -> Traces:
    """What is there now, by host name, without what reset.yml leaves."""
    return _take(hosts, SCRIPT.replace("KEPT", KEPT))


def take_with_packages(hosts: list[Host]) -> Traces:
    """What is there now, by host name, packages and images too."""
    return _take(hosts, SCRIPT.replace("KEPT", KEPT_WITHOUT_PACKAGES) + PACKAGES)


def _take(hosts: list[Host], script: str) -> Traces:
    return {name: frozenset(text.splitlines()) for name, text in on_all(hosts, script).items()}


def differences(before: Traces, after: Traces) -> dict[str, list[str]]:
    """What the hosts in `after` have (+) or lack (-) compared with before; hosts without a difference are left out."""
    found = {
        host: [f"+ {line}" for line in lines - before[host]] + [f"- {line}" for line in before[host] - lines]
        for host, lines in after.items()
    }
    return {host: sorted(lines) for host, lines in found.items() if lines}


def main() -> int:
    """Write what all hosts of an inventory have, packages too, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inventory", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    taken = take_with_packages(list(read_inventory(arguments.inventory).hosts.values()))
    arguments.output.write_text(json.dumps({host: sorted(lines) for host, lines in taken.items()}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
