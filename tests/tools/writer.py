# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write small objects to the API one after another and remember which writes were acknowledged.

Whatever the API said yes to must be there afterwards, no matter what was stopped meanwhile.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from tests.tools.kube_api import ApiError, KubeApi, KubeConfig

PAUSE = 0.2  # seconds between two writes


class Writer:
    """Writes ConfigMaps into a namespace from a thread of its own while the `with` block runs."""

    def __init__(self, config: KubeConfig, namespace: str) -> None:
        self._api = KubeApi(config)
        self._folder = f"/api/v1/namespaces/{namespace}/configmaps"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._begin = time.time_ns()  # in the names, so that no earlier writer's are met
        self.acknowledged: list[str] = []
        self.failed = 0

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=60)

    def lost(self) -> list[str]:
        """Names that were acknowledged and are not there."""
        acknowledged = list(self.acknowledged)  # first, so that none is added after the list was read
        present = {item["metadata"]["name"] for item in self._api.items(self._folder)}
        return [name for name in acknowledged if name not in present]

    def _work(self) -> None:
        number = 0
        while not self._stop.wait(PAUSE):
            number += 1
            name = f"write-{self._begin}-{number}"
            document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
            try:
                self._api.request("POST", self._folder, document, retry_for=0)
            except ApiError:
                self.failed += 1
            else:
                self.acknowledged.append(name)
