# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The containers of kubeadm's static pods on a host, through crictl.

A stopped container of a static pod is started again by the kubelet, with the files as they are then. Unlike moving the
manifest away, an interruption leaves nothing missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import CRI_SOCKET
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, run_checked

Json = dict[str, Any]

NAMESPACE = "kube-system"
NANOSECONDS = 1e9
FIX = "look at the container runtime: journalctl -u containerd"


def parse(text: str) -> list[Json]:
    """The containers in crictl's JSON. Raises QuorumError for something else."""
    try:
        return [one for one in json.loads(text)["containers"] if isinstance(one, dict)]
    except (ValueError, KeyError, TypeError) as error:
        raise QuorumError("E2541", f"crictl's answer cannot be read: {error}", FIX) from error


def started(containers: Sequence[Json], names: Sequence[str]) -> dict[str, float]:
    """When the running container of each of these components was created, in epoch seconds."""
    found: dict[str, float] = {}
    for one in containers:
        name = (one.get("metadata") or {}).get("name", "")
        namespace = (one.get("labels") or {}).get("io.kubernetes.pod.namespace")
        if name in names and namespace == NAMESPACE:
            found[name] = max(found.get(name, 0.0), int(one.get("createdAt", 0)) / NANOSECONDS)
    return found


class Containers:
    """The container runtime of this host."""

    def __init__(self, runner: Runner, socket: str = CRI_SOCKET) -> None:
        self._runner = runner
        self._crictl = ["crictl", "--runtime-endpoint", socket]

    def running(self) -> list[Json]:
        """All containers that run."""
        argv = [*self._crictl, "ps", "--output", "json"]
        return parse(run_checked(self._runner, argv, "E2541", FIX, timeout=60).stdout)

    def stop(self, names: Sequence[str], grace: int) -> None:
        """Stop the containers of these components in this order; each gets `grace` seconds to end by itself."""
        ids = {name: self._ids(name) for name in names}
        for name in names:
            for identifier in ids[name]:
                argv = [*self._crictl, "stop", "--timeout", str(grace), identifier]
                self._runner.run(argv, timeout=grace + 60.0)

    def _ids(self, name: str) -> list[str]:
        return [
            str(one.get("id"))
            for one in self.running()
            if (one.get("metadata") or {}).get("name") == name
            and (one.get("labels") or {}).get("io.kubernetes.pod.namespace") == NAMESPACE
        ]
