# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the rules about hosts and the living cluster look at: the inventory beside what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.quorum.kubernetes.plugins.module_utils import plan
from ansible_collections.quorum.kubernetes.plugins.module_utils.facts import COMPLETE, Facts
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory

BUILD = "build"
UPGRADE = "upgrade"
MAINTAIN = "maintain"


@dataclass(frozen=True)
class Scene:
    """The inventory, what was found on hosts that answered, what the playbook is for, and the controller's clock."""

    inventory: Inventory
    facts: Mapping[str, Facts]
    purpose: str = BUILD
    now: float = 0.0

    def found(self, hosts: Iterable[str]) -> Iterator[tuple[str, Facts]]:
        """Those of the hosts that answered, with what was found."""
        return ((host, self.facts[host]) for host in hosts if host in self.facts)

    def joining(self) -> Iterator[tuple[str, Facts]]:
        """Nodes that are to become part of the cluster in this run."""
        return ((host, own) for host, own in self.found(self.inventory.nodes) if own.state != COMPLETE)

    def addresses(self, host: str) -> list[str]:
        """The host's node addresses."""
        return plan.node_addresses(self.inventory, host, self.facts.get(host))

    def existing(self) -> list[str]:
        """Control planes that are part of a cluster, those whose API answers first."""
        return plan.existing_control_planes(self.inventory, self.facts)

    def speaker(self) -> Facts | None:
        """What was found on the control plane that speaks for the cluster; None when no cluster exists."""
        existing = self.existing()
        return self.facts[existing[0]] if existing else None

    def ignores(self, host: str, check: str) -> bool:
        """Whether the user lets kubeadm ignore this preflight check on the host."""
        ignored = {name.lower() for name in self.inventory.strings("kube_ignore_preflight_errors", host)}
        return bool(ignored & {check.lower(), "all"})
