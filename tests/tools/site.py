# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cluster under check: run playbooks on it, write to it, lose parts of it, and wait until it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from tests.tools import remote
from tests.tools.etcd import disagreement
from tests.tools.inventory import Host, Inventory, kubeconfig_path, node_name
from tests.tools.kube_api import KubeApi, KubeConfig, nodes_missing, read_kubeconfig
from tests.tools.playbook import Outcome, PlaybookRun
from tests.tools.waiting import wait_until
from tests.tools.writer import Writer

MINUTE = 60.0
WHOLE = 300.0  # seconds until a cluster must be whole again after a playbook or the return of a host
WRITING = 180.0  # seconds for some writes; the API may be busy with what has just changed

# What a machine that is set up anew does not have any more.
LOSE_ETCD = """
systemctl stop etcd
systemctl disable --now --quiet quorum-etcd-snapshot.timer
rm -rf /var/lib/etcd/* /etc/etcd /usr/local/bin/etcd* /etc/systemd/system/etcd.service /var/backups/kubernetes
rm -f /usr/local/lib/quorum-etcd-snapshot.pyz /etc/systemd/system/quorum-etcd-snapshot.*
"""
LOSE_CONTROL_PLANE = """
systemctl stop kubelet
crictl pods --quiet | xargs --no-run-if-empty crictl rmp --force >/dev/null 2>&1
awk '$2 ~ "^/var/lib/kubelet/" {print $2}' /proc/mounts | sort -r | xargs --no-run-if-empty umount --lazy
for link in flannel.1 cni0; do ip link delete "$link" 2>/dev/null || true; done
rm -rf /etc/kubernetes /etc/etcd /var/lib/etcd/* /var/lib/kubelet/* /etc/cni/net.d/* /var/backups/kubernetes
"""


class Site:
    """`name` begins the names of the logs, which lie in `folder`."""

    def __init__(self, name: str, inventory: Inventory, folder: Path) -> None:
        self.name, self.inventory, self.folder = name, inventory, folder
        self.logs: list[Path] = []

    @cached_property
    def config(self) -> KubeConfig:
        """The administrator's kubeconfig, which cluster.yml fetched; needed only once the cluster is built."""
        return read_kubeconfig(kubeconfig_path(self.inventory))

    @cached_property
    def api(self) -> KubeApi:
        """The API as the administrator reaches it."""
        return KubeApi(self.config)

    def start(self, playbook: str, *arguments: str, more: Mapping[str, str] = MappingProxyType({})) -> PlaybookRun:
        """Start a playbook, one of the collection's or one at a path of its own; `more` is for its environment."""
        log = self.folder / f"{self.name}-{len(self.logs):02d}-{Path(playbook).name}.log"
        self.logs.append(log)
        return PlaybookRun(self.inventory.path, playbook, log, *arguments, more=more)

    def run(self, playbook: str, *arguments: str, minutes: float = 12) -> tuple[Outcome, str]:
        """Run a playbook to its end; how it ended, and its errors if it failed."""
        with self.start(playbook, *arguments) as run:
            outcome = run.wait(minutes * MINUTE)
            return outcome, "" if outcome.rc == 0 else run.tail()

    def succeed(self, playbook: str, *arguments: str) -> Outcome:
        """Run a playbook, which must succeed, and wait until the whole cluster is there."""
        outcome, errors = self.run(playbook, *arguments)
        assert errors == ""
        self.wait_whole()
        return outcome

    def last_log(self) -> str:
        """What the last run printed."""
        return self.logs[-1].read_text(encoding="utf-8", errors="replace")

    def log_texts(self) -> dict[str, str]:
        """What all runs printed, by the names of their logs."""
        return {log.name: log.read_text(encoding="utf-8", errors="replace") for log in self.logs}

    def wait_whole(self) -> float:
        """Wait until all nodes are Ready and all members of etcd agree; the seconds that took."""
        return wait_until(self._missing, timeout=WHOLE, what="the whole cluster", interval=2)

    def _missing(self) -> str:
        wanted = [node_name(host) for host in self.inventory.kubernetes_hosts]
        return nodes_missing(self.api.items("/api/v1/nodes"), wanted) or disagreement(self.inventory)

    def make_namespace(self, name: str) -> str:
        """Make a namespace for writes, or leave it; its name. Two writers need two."""
        document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        self.api.apply(f"/api/v1/namespaces/{name}", document)
        return name

    def writer(self, namespace: str) -> Writer:
        """A writer in a namespace of its own."""
        return Writer(self.config, self.make_namespace(namespace))

    def written(self, namespace: str) -> set[str]:
        """The objects in a namespace that a Writer made."""
        found = {str(item["metadata"]["name"]) for item in self.api.items(f"/api/v1/namespaces/{namespace}/configmaps")}
        return {name for name in found if name.startswith("write-")}


def wait_acknowledged(writer: Writer, count: int) -> None:
    """Wait until the API has acknowledged so many more writes."""
    wanted = len(writer.acknowledged) + count

    def missing() -> str:
        now = len(writer.acknowledged)
        return "" if now >= wanted else f"{now} of {wanted} writes"

    wait_until(missing, timeout=WRITING, what=f"{count} more writes")


def lose(inventory: Inventory, hosts: list[Host]) -> None:
    """Make of hosts with a member of etcd what new machines would be."""
    external = bool(inventory.group("etcd"))
    remote.on_all(hosts, LOSE_ETCD if external else LOSE_CONTROL_PLANE, timeout=6 * MINUTE)


def lose_control_planes(inventory: Inventory) -> None:
    """Make of all control planes what new machines would be; external etcd lives on."""
    remote.on_all(inventory.control_planes, LOSE_CONTROL_PLANE, timeout=6 * MINUTE)
