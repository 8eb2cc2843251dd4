# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run cluster.yml, in check mode or for real, and say what it reported and what it really did to the hosts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools import objects, snapshot
from tests.tools.inventory import Inventory, kubeconfig_path
from tests.tools.kube_api import KubeApi, read_kubeconfig
from tests.tools.playbook import Change, Outcome, PlaybookRun, parse_changes, parse_codes

RUN_TIMEOUT = 600.0  # seconds for one whole run


@dataclass(frozen=True)
class Ran:
    """One run: how it ended, the (host, task) pairs that reported a change, the hosts' differences, the findings.

    `printed` is what a person wants to see of a failed run. `touched` has one line a file or process of a host, as
    tests.tools.snapshot writes them; `written` one line an object of Kubernetes, as tests.tools.objects does.
    """

    outcome: Outcome
    changes: frozenset[Change]
    touched: tuple[str, ...]
    written: tuple[str, ...]
    codes: frozenset[str]
    printed: str


class Rehearsal:
    """Runs cluster.yml on one inventory and keeps the logs as rehearsal-NN.log."""

    def __init__(self, inventory: Inventory, folder: Path) -> None:
        self._inventory = inventory
        self._folder = folder
        self._number = 0

    @property
    def logs(self) -> dict[str, str]:
        """What the runs printed, by the name of the log."""
        return {
            f"rehearsal-{number:02d}.log": self._log(number).read_text(encoding="utf-8", errors="replace")
            for number in range(1, self._number + 1)
        }

    def check(self, **variables: Any) -> Ran:
        """`--check --diff`, with these extra variables."""
        return self._run(["--check", "--diff"], variables)

    def real(self, *arguments: str, **variables: Any) -> Ran:
        """The real run, with these arguments and extra variables."""
        return self._run(list(arguments), variables)

    def _run(self, arguments: list[str], variables: dict[str, Any]) -> Ran:
        self._number += 1
        extra = self._folder / f"rehearsal-{self._number:02d}.json"
        extra.write_text(json.dumps(variables), encoding="utf-8")
        before, kept = snapshot.take(self._inventory.path), self._objects()
        log = self._log(self._number)
        with PlaybookRun(self._inventory.path, "cluster.yml", log, *arguments, "-e", f"@{extra}") as run:
            outcome = run.wait(RUN_TIMEOUT)
            text, printed = run.text(), run.tail()
        touched = snapshot.differences(before, snapshot.take(self._inventory.path))
        written = objects.differences(kept, self._objects())
        return Ran(outcome, parse_changes(text), tuple(touched), tuple(written), parse_codes(text), printed)

    def _objects(self) -> objects.Objects:
        """What the cluster keeps; nothing while there is none, and none has a kubeconfig before it is built."""
        path = kubeconfig_path(self._inventory)
        return objects.take(KubeApi(read_kubeconfig(path))) if path.exists() else {}

    def _log(self, number: int) -> Path:
        return self._folder / f"rehearsal-{number:02d}.log"
