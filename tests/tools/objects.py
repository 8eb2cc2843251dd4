# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything a cluster keeps, as fingerprints of what was asked for: what a run that changes nothing must not touch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from tests.tools.kube_api import KubeApi

Objects = dict[str, str]  # "deployments kube-system/coredns" -> fingerprint

# What the cluster writes by itself all the time; of a lease only that it is there counts.
_EVENTS = "events"
_LEASES = "leases"
_BOOKKEEPING = ("resourceVersion", "managedFields", "generation")


def take(api: KubeApi) -> Objects:
    """Fingerprints of all objects of all kinds that can be listed."""
    return {
        f"{kind} {_name(item)}": fingerprint(kind, item)
        for path, kind in _kinds(api)
        for item in api.items(f"{path}/{kind}")
    }


def fingerprint(kind: str, item: dict[str, Any]) -> str:
    """A digest of what somebody wants of an object; its status and the server's bookkeeping do not count."""
    kept = {key: value for key, value in item.items() if key != "status" and not (kind == _LEASES and key == "spec")}
    kept["metadata"] = {key: value for key, value in item["metadata"].items() if key not in _BOOKKEEPING}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]


def differences(before: Objects, after: Objects) -> list[str]:
    """What changed, one line an object."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [f"{name}: {before.get(name, 'absent')} -> {after.get(name, 'absent')}" for name in names]


def _kinds(api: KubeApi) -> Iterator[tuple[str, str]]:
    """Path of the group and version, and plural name, of each kind that can be listed."""
    groups = [group["preferredVersion"]["groupVersion"] for group in api.get("/apis")["groups"]]
    for path in ("/api/v1", *(f"/apis/{group}" for group in groups)):
        for resource in api.get(path)["resources"]:
            name = resource["name"]
            if "watch" in resource["verbs"] and "/" not in name and name != _EVENTS:
                yield path, name


def _name(item: dict[str, Any]) -> str:
    metadata = item["metadata"]
    return "/".join(filter(None, (metadata.get("namespace", ""), metadata["name"])))
