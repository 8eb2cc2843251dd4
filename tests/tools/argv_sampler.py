# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write down every argument vector that appears in /proc, on this machine and in the containers that run on it.

    python -m tests.tools.argv_sampler start|stop --folder DIR

The lab's nodes are containers of this machine, so its /proc shows the processes of all nodes. A process is looked at
every 20 ms during its first second, because it gets its final arguments only after fork and exec. Each distinct
vector is written once, as one JSON list a line, as soon as it is seen.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

from tests.tools.nodes import ROOT

INTERVAL = 0.02  # seconds between two looks
YOUNG = 1.0  # seconds during which a process may still change its arguments
LIMIT = 3600.0  # seconds after which a forgotten sampler ends
SAMPLES = "argv.jsonl"
PID_FILE = "argv.pid"


class Sampler:
    """Remembers which processes are old and which vectors were written."""

    def __init__(self, output: TextIO, proc: Path = Path("/proc")) -> None:
        self._output = output
        self._proc = str(proc)
        self._settled: dict[str, float] = {}
        self._written: set[tuple[str, ...]] = set()

    def look(self, now: float) -> None:
        """One pass over /proc at time `now` (seconds, monotonic)."""
        present = {entry for entry in os.listdir(self._proc) if entry.isdigit()}
        for gone in self._settled.keys() - present:
            del self._settled[gone]
        for pid in present:
            if now <= self._settled.setdefault(pid, now + YOUNG):
                self._read(pid)

    def _read(self, pid: str) -> None:
        try:
            with open(f"{self._proc}/{pid}/cmdline", "rb") as file:
                raw = file.read()
        except OSError:
            return  # the process ended meanwhile
        vector = tuple(part.decode(errors="replace") for part in raw.rstrip(b"\0").split(b"\0"))
        if raw and vector not in self._written:
            self._written.add(vector)
            self._output.write(json.dumps(vector) + "\n")
            self._output.flush()


def read_samples(path: Path) -> list[list[str]]:
    """The argument vectors a sampler wrote."""
    samples: list[list[str]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return samples


def sample(folder: Path) -> None:
    """Sample into `folder` until LIMIT is over or somebody ends the process."""
    end = time.monotonic() + LIMIT
    with (folder / SAMPLES).open("w", encoding="utf-8") as output:
        sampler = Sampler(output)
        while (now := time.monotonic()) < end:
            sampler.look(now)
            time.sleep(INTERVAL)


def start(folder: Path) -> None:
    """Start a sampler in the background; one that runs there already is stopped first."""
    stop(folder)
    command = [sys.executable, "-m", "tests.tools.argv_sampler", "sample", "--folder", str(folder)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    (folder / PID_FILE).write_text(str(process.pid), encoding="utf-8")


def stop(folder: Path) -> None:
    """End the sampler that was started for `folder`, if it still runs."""
    pid_file = folder / PID_FILE
    if not pid_file.is_file():
        return
    pid = int(pid_file.read_text(encoding="utf-8"))
    pid_file.unlink()
    try:
        vector = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return
    if b"argv_sampler" in vector:  # the number may belong to somebody else by now
        os.kill(pid, signal.SIGTERM)


def main() -> int:
    """Start, stop or be the sampler."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("start", "stop", "sample"))
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    {"start": start, "stop": stop, "sample": sample}[arguments.verb](arguments.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
