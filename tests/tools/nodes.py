# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stop, kill and start nodes of the lab, and find the cluster's inventory, through the lab's own command."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class LabError(Exception):
    """The lab's command failed; the text carries its last lines."""


@dataclass(frozen=True)
class Lab:
    """One lab cluster, by its topology and name."""

    topology: str
    name: str

    def node(self, action: str, node: str, *, timeout: float = 180) -> float:
        """stop, kill, start, restart or replace a node and return the seconds it took."""
        begin = time.monotonic()
        self._run("node", action, node, timeout=timeout)
        return time.monotonic() - begin

    def renew(self) -> None:
        """Remove the nodes and make new ones of the same names."""
        self.down()
        self._run("up", timeout=900)

    def down(self) -> None:
        """Remove the nodes."""
        self._run("down", timeout=180)

    def offer(self, kubernetes: str) -> None:
        """Fill the mirror with this version and let the inventory ask for it."""
        self._run("up", "--kubernetes", kubernetes, timeout=2700)

    def inventory(self) -> Path:
        """The inventory that the lab wrote."""
        return Path(self._run("inventory", timeout=60).strip().splitlines()[-1])

    def _run(self, verb: str, *rest: str, timeout: float) -> str:
        command = [sys.executable, "-m", "lab", verb, *rest, "--topology", self.topology, "--name", self.name]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
        if done.returncode:
            raise LabError(f"{' '.join(command[2:])}: {(done.stdout + done.stderr).strip()[-600:]}")
        return done.stdout
