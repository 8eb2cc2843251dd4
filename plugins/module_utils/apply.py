# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Server-side apply with a real diff, through kubectl."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import FIELD_MANAGER, Kubectl, is_not_found
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result

Json = dict[str, Any]

# kubectl diff: 0 is no difference, 1 is a difference, more is an error.
RC_DIFFERENT = 1

# A kind that another object of the same set has just defined is served a few seconds later.
NOT_SERVED_YET = (
    "no matches for kind",
    "the server could not find the requested resource",
    "ensure crds are installed",
)
SERVE_SECONDS = 30.0
PAUSE_SECONDS = 2.0

_SERVER_SIDE = ["--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}", "-f", "-"]


def stream(objects: Sequence[Json], manifests: Sequence[str]) -> str:
    """Texts of YAML or JSON and objects as one stream for kubectl, in the order given; "" for nothing."""
    parts = [text.strip("\n") for text in manifests if text.strip()]
    if objects:
        parts.append(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))
    return "".join(f"---\n{part}\n" for part in parts)


def difference(kubectl: Kubectl, text: str) -> str:
    """How the cluster would change, in the form of diff(1); "" when it would not.

    Objects in a namespace, or of a kind, that the set itself creates cannot be compared: all of it is new then.
    """
    result = kubectl.run(["diff", *_SERVER_SIDE], stdin=text)
    if result.rc == RC_DIFFERENT and result.stdout:
        return result.stdout
    if result.ok:
        return ""
    if is_not_found(result) or _not_served(result):
        return "+ objects in a namespace or of a kind that does not exist yet\n"
    raise QuorumError("E2201", f"kubectl diff failed: {result.reason()}")


def apply(
    kubectl: Kubectl,
    text: str,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Apply and return what kubectl says, one ``kind/name action`` for each object."""
    deadline = clock() + SERVE_SECONDS
    while True:
        result = kubectl.run(["apply", *_SERVER_SIDE], stdin=text)
        if result.ok:
            return result.stdout.splitlines()
        if not _not_served(result) or clock() + PAUSE_SECONDS > deadline:
            raise QuorumError("E2202", f"kubectl apply failed: {result.reason()}", "correct the objects and run again")
        sleep(PAUSE_SECONDS)


def _not_served(result: Result) -> bool:
    text = result.stderr.lower()
    return any(mark in text for mark in NOT_SERVED_YET)
