# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether ``kubeadm upgrade`` has anything to do on a host, and with which command; pure.

``kubeadm upgrade`` may run again over what it has finished: it compares manifests and leaves equal ones alone
(kubernetes/cmd/kubeadm/app/phases/upgrade/staticpods.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import API_VERSION
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import API_SERVER, COMPONENTS
from ansible_collections.quorum.kubernetes.plugins.module_utils.upgrade_plan import tag

Json = dict[str, Any]

APPLY = "apply"
NODE = "node"

_IMAGE = re.compile(r"^\s*(?:-\s+)?image:\s*[\"']?([^\s\"']+)", re.MULTILINE)

# What kubeadm says when its own connection was cut by an API server that goes down, and the next try succeeds.
PASSING = ("unexpected eof", "connection refused", "connection reset", "context deadline exceeded", "timed out")


@dataclass(frozen=True)
class Seen:
    """What a host has: tags of its manifests by component, its kubelet's version, and the version in the cluster's
    configuration ("" on a worker, which cannot ask)."""

    manifests: Mapping[str, str]
    kubelet: str
    configured: str = ""

    @property
    def control_plane(self) -> bool:
        """Whether it has an API server."""
        return API_SERVER in self.manifests


def manifest_tag(text: str) -> str:
    """The tag of the first image in a static pod's manifest, "" without one."""
    found = _IMAGE.search(text)
    return tag(found.group(1)) if found else ""


def reasons(seen: Seen, version: str) -> list[str]:
    """Why kubeadm upgrade has to run, in sentences; none when it has done all of its work here.

    The kubelet is upgraded after kubeadm, so that an older one says that kubeadm may not have finished.
    """
    found = [
        f"{name} is {seen.manifests[name]}"
        for name in COMPONENTS
        if name in seen.manifests and seen.manifests[name] != version
    ]
    if seen.control_plane and seen.configured != version:
        found.append(f"the cluster's configuration says {seen.configured or 'nothing'}")
    if seen.kubelet != version:
        found.append(f"the kubelet is {seen.kubelet or 'not there'}")
    return found


def command(seen: Seen, version: str, config_path: str) -> list[str]:
    """``upgrade apply`` for the first control plane, which also changes the cluster's configuration, else ``node``."""
    if seen.control_plane and seen.configured != version:
        return ["kubeadm", "upgrade", APPLY, "--yes", f"--config={config_path}"]
    return ["kubeadm", "upgrade", NODE, f"--config={config_path}"]


def configuration(version: str, ignore: Sequence[str], timeouts: Mapping[str, str]) -> Json:
    """The UpgradeConfiguration for either command. Images are there already, so that none is pulled."""
    common: Json = {"ignorePreflightErrors": list(ignore), "imagePullPolicy": "IfNotPresent"}
    document: Json = {
        "apiVersion": API_VERSION,
        "kind": "UpgradeConfiguration",
        APPLY: {"kubernetesVersion": f"v{version}", **common},
        NODE: common,
    }
    if timeouts:
        document["timeouts"] = dict(timeouts)
    return document


def passes(reason: str) -> bool:
    """Whether a failure is one that the next try does not meet."""
    return any(words in reason.lower() for words in PASSING)
