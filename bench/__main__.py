# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build the ha topology on fresh, equal nodes by cluster.yml and by a plain script, in turns, and compare.

python -m bench [--pairs 3]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.builds import BuildError, Cost, by_playbook, by_script, images_of_a_cluster, summary
from tests.tools.inventory import read_inventory
from tests.tools.nodes import ROOT

TOPOLOGY = ("--topology", "ha", "--name", "bench")


def lab(verb: str) -> str:
    """Run one of the lab's commands and return what it printed."""
    command = [sys.executable, "-m", "lab", verb, *TOPOLOGY]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=3600, check=True)
    return done.stdout


def fresh() -> Path:
    """New nodes without any trace of an earlier build; the path of their inventory."""
    lab("down")
    lab("up")
    return Path(lab("inventory").strip().splitlines()[-1])


def compare(pairs: int, folder: Path) -> list[str]:
    """Measure `pairs` pairs in alternating order. The script gets the images that the first playbook run fetched."""
    builds: list[Cost] = []
    second: list[Cost] = []
    scripts: list[Cost] = []
    images: dict[str, list[str]] = {}

    def playbook(number: int) -> None:
        inventory = fresh()
        builds.append(by_playbook(inventory, folder, f"playbook-{number}"))
        second.append(by_playbook(inventory, folder, f"second-{number}"))
        images.update(images or images_of_a_cluster(inventory))
        print(f"pair {number}: cluster.yml {builds[-1].seconds:.0f} s, again {second[-1].seconds:.0f} s", flush=True)

    def script(number: int) -> None:
        scripts.append(by_script(read_inventory(fresh()), folder, f"script-{number}", images))
        print(f"pair {number}: plain script {scripts[-1].seconds:.0f} s", flush=True)

    for number in range(1, pairs + 1):
        for build in (playbook, script) if number % 2 else (script, playbook):
            build(number)
    lab("down")
    return summary(builds, second, scripts)


def main() -> int:
    """Compare and print; exit status 1 if a build failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--pairs", type=int, default=int(os.environ.get("QUORUM_BENCH_PAIRS", "3")))
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="quorum-bench-"))
    print(f"logs: {folder}", flush=True)
    try:
        lines = compare(arguments.pairs, folder)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(f"figure: {line}" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
