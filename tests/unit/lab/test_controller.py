# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's container sees the clone and the lab's clusters under the names they have on the host."""

from __future__ import annotations

from lab.cache import CACHE
from lab.cli import parser, split_command
from lab.controller import ROOT, run_arguments


def test_a_command_runs_in_the_clone_beside_the_clusters() -> None:
    arguments = run_arguments("image", ["ansible", "--version"])
    line = " ".join(arguments)
    assert arguments[:2] == ["run", "--rm"]
    assert f"--volume {ROOT}:{ROOT} --volume {CACHE}:{CACHE} --workdir {ROOT}" in line
    assert "--network host" in line
    assert arguments[-3:] == ["image", "ansible", "--version"]


def test_the_command_is_what_follows_the_dashes() -> None:
    ours, passed_on = split_command(["controller", "--", "ansible-playbook", "--syntax-check", "x.yml"])
    assert parser().parse_args(ours).verb == "controller"
    assert passed_on == ["ansible-playbook", "--syntax-check", "x.yml"]
