# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What crictl says about images. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError


def parse_images(text: str) -> list[str]:
    """Every tag and digest reference in ``crictl images --output json``. Raises QuorumError for other text."""
    try:
        images = json.loads(text)["images"] or []
        return [name for image in images for key in ("repoTags", "repoDigests") for name in image.get(key) or []]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QuorumError("E2423", f"the answer of crictl images cannot be read: {error}") from error


def missing_images(wanted: Iterable[str], present: Iterable[str]) -> list[str]:
    """The wanted references that are not there, each once, in order."""
    there = set(present)
    return [reference for reference in dict.fromkeys(wanted) if reference not in there]
