# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Small files from the network."""

from __future__ import annotations

import urllib.error

from ansible.module_utils.urls import open_url
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

DOWNLOAD_TIMEOUT = 30
DOWNLOAD_ATTEMPTS = 3


def download(url: str) -> bytes:
    """Fetch a small file. Raises QuorumError after DOWNLOAD_ATTEMPTS failures."""
    reason = ""
    for _attempt in range(DOWNLOAD_ATTEMPTS):
        try:
            with open_url(url, timeout=DOWNLOAD_TIMEOUT) as answer:
                return bytes(answer.read())
        except (OSError, urllib.error.URLError, ValueError) as error:
            reason = str(error)
    raise QuorumError("E2413", f"{url} cannot be downloaded: {reason}", "check the address, the network and the proxy")
