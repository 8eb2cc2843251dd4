# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which kubelets are silent, by the leases that living ones renew.

A node counts as Ready for some 50 seconds after its host has died (node-monitor-grace-period of the controller
manager). A lease lasts 40 seconds by default, and a living kubelet renews it after a quarter of that.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any, Callable

from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl

NAMESPACE = "kube-node-lease"
POLL_SECONDS = 2.0


def silent(
    kubectl: Kubectl,
    nodes: Collection[str],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> set[str]:
    """Those of the nodes whose kubelet renews nothing for as long as its lease lasts; it takes that long to know.

    A node without a lease is not among them: nothing says that it is dead.
    """
    first = _leases(kubectl) if nodes else {}
    waiting = {name for name in nodes if name in first}
    begin = clock()
    dead: set[str] = set()
    while waiting:
        sleep(POLL_SECONDS)
        now = _leases(kubectl)
        waiting = {name for name in waiting if now.get(name) == first[name]}
        dead |= {name for name in waiting if clock() - begin >= first[name]["leaseDurationSeconds"]}
        waiting -= dead
    return dead


def _leases(kubectl: Kubectl) -> dict[str, dict[str, Any]]:
    """What the leases say, by node."""
    return {lease["metadata"]["name"]: lease["spec"] for lease in kubectl.list("leases", NAMESPACE)}
