# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One cluster from its first to its last day: which hosts its inventory names now, and what must come of its runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.sources import release_of
from tests.tools.inventory import Host, Inventory, node_name, part
from tests.tools.nodes import Lab
from tests.tools.playbook import Outcome, changed_tasks
from tests.tools.site import Site
from tests.tools.watch import Seen, Watch


class Life(Site):
    """The cluster. Its hosts are some of the lab's, and other ones later."""

    def __init__(self, lab: Lab, whole: Inventory, folder: Path) -> None:
        super().__init__("life", whole, folder)
        self.lab, self._whole = lab, whole

    @property
    def every_control_plane(self) -> list[str]:
        """The lab's machines for control planes, whether the inventory names them now or not."""
        return [host.name for host in self._whole.control_planes]

    def name_control_planes(self, *names: str) -> None:
        """Let the inventory name these control planes and no other, as a user edits it."""
        others = set(self.every_control_plane) - set(names)
        self.inventory = part(self._whole, set(self._whole.hosts) - others)

    def ask_for(self, kubernetes: str) -> None:
        """Fill the mirror with this version and let the inventory ask for it, as a user edits kube_version."""
        self.lab.offer(kubernetes)
        self.name_control_planes(*(host.name for host in self.inventory.control_planes))

    def host(self, name: str) -> Host:
        """A host of the lab, whether the inventory names it now or not."""
        return self._whole.hosts[name]

    def refused(self, code: str, playbook: str, *arguments: str) -> float:
        """Run a playbook, which must stop with this code before anything is changed; the seconds that took."""
        outcome, _errors = self.run(playbook, *arguments)
        assert outcome.rc != 0
        assert f"{code} " in self.last_log()
        assert outcome.changed == {}
        return outcome.seconds

    def watched(self, playbook: str, *arguments: str) -> tuple[Outcome, Seen]:
        """Run a playbook, which must succeed; what came of it, and what clients saw meanwhile."""
        with Watch(self.config) as watch:
            return self.succeed(playbook, *arguments), watch.seen()

    def unchanged(self, playbook: str, *arguments: str) -> None:
        """Run a playbook that must have nothing to do."""
        outcome, errors = self.run(playbook, *arguments)
        assert errors == ""
        assert outcome.changed == {}, changed_tasks(self.last_log())
        assert set(outcome.recap) >= {host.name for host in self.inventory.kubernetes_hosts}

    def versions(self) -> dict[str, str]:
        """What kubelets and static pods run, by node and component."""
        found = {
            item["metadata"]["name"]: item["status"]["nodeInfo"]["kubeletVersion"]
            for item in self.api.items("/api/v1/nodes")
        }
        for pod in self.api.items("/api/v1/namespaces/kube-system/pods?labelSelector=tier%3Dcontrol-plane"):
            found[pod["metadata"]["name"]] = pod["spec"]["containers"][0]["image"].rpartition(":")[2]
        return found

    def wanted_versions(self) -> dict[str, str]:
        """What `versions` says of a whole cluster of the inventory's hosts and version, and of no other host."""
        release = release_of(str(self.inventory.variable("kube_version")))
        kubernetes = f"v{release.kubernetes}"
        found = {node_name(host): kubernetes for host in self.inventory.kubernetes_hosts}
        for name in map(node_name, self.inventory.control_planes):
            for component in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
                found[f"{component}-{name}"] = kubernetes
            found[f"etcd-{name}"] = release.etcd_image_tag
        return found

    def unwanted_versions(self) -> str:
        """In what `versions` and `wanted_versions` differ."""
        return ", ".join(sorted(map(" ".join, self.versions().items() ^ self.wanted_versions().items())))

    def movable_pods(self, host: Host) -> list[str]:
        """Pods of a worker that a drain has to move: all but those of a DaemonSet."""
        found = self.api.items(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{node_name(host)}")
        kinds = {
            pod["metadata"]["name"]: {owner["kind"] for owner in pod["metadata"].get("ownerReferences", ())}
            for pod in found
        }
        return [name for name, owners in kinds.items() if "DaemonSet" not in owners]

    def node(self, host: Host) -> dict[str, Any]:
        """A host's Node object."""
        found: dict[str, Any] = self.api.get(f"/api/v1/nodes/{node_name(host)}")
        return found
