# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line is understood as documented."""

from __future__ import annotations

import subprocess
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from lab import cluster
from lab.cli import cluster_name, main, parser, split_command
from lab.errors import LabError
from lab.inventory import Cluster
from lab.sources import RELEASES
from lab.topology import TOPOLOGIES


def test_what_follows_the_dashes_is_passed_on() -> None:
    ours, passed_on = split_command(["exec", "--topology", "ha", "cp1", "--", "sh", "-c", "exit 3", "--", "x"])
    assert ours == ["exec", "--topology", "ha", "cp1"]
    assert passed_on == ["sh", "-c", "exit 3", "--", "x"]


def test_nothing_to_pass_on() -> None:
    assert split_command(["status"]) == (["status"], [])


def test_name_defaults_to_the_topology() -> None:
    assert cluster_name(parser().parse_args(["up", "--topology", "ha"])) == "ha"
    assert cluster_name(parser().parse_args(["down", "--topology", "ha", "--name", "mine"])) == "mine"


@pytest.mark.parametrize("name", ["UPPER", "-x", "a/b", "a" * 40])
def test_names_that_podman_would_not_take(name: str) -> None:
    with pytest.raises(LabError):
        cluster_name(parser().parse_args(["down", f"--name={name}"]))


def test_a_cluster_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 1
    assert "what to do: " in capsys.readouterr().err


def test_kubernetes_version_is_one_the_lab_can_build() -> None:
    assert parser().parse_args(["mirror", "--kubernetes", "1.36.3"]).kubernetes == "1.36.3"
    with pytest.raises(SystemExit):
        parser().parse_args(["mirror", "--kubernetes", "1.2.3"])


def test_operating_system_is_one_the_lab_can_make() -> None:
    assert parser().parse_args(["up", "--topology", "ha"]).os == "debian12"
    assert parser().parse_args(["up", "--topology", "ha", "--os", "mixed"]).os == "mixed"
    with pytest.raises(SystemExit):
        parser().parse_args(["up", "--topology", "ha", "--os", "plan9"])


def test_a_name_keeps_the_operating_systems_it_was_brought_up_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "CLUSTERS", tmp_path)
    monkeypatch.setattr(cluster.build, "check_go", lambda: None)
    monkeypatch.setattr(cluster.system, "ensure", lambda: None)
    monkeypatch.setattr(cluster.nodeimage, "ensure", lambda debian: debian.codename)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "cluster.json").write_text('{"topology": "small", "os": "mixed", "kubernetes": "1.37.1"}')
    with pytest.raises(LabError, match="the cluster demo is there with os mixed"):
        cluster.up(TOPOLOGIES["small"], "demo", RELEASES["1.37.1"], "debian12")


def test_power_takes_an_action_and_a_node() -> None:
    options = parser().parse_args(["node", "kill", "cp1", "--topology", "ha"])
    assert (options.action, options.node) == ("kill", "cp1")


def test_a_failure_always_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise LabError("something broke")

    monkeypatch.setattr(cluster, "status", fail)
    assert main(["status"]) == 1
    told = capsys.readouterr().err
    assert "error: something broke" in told
    assert "what to do: Run the same command again" in told


def test_kubectl_says_how_to_build_a_cluster_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machines = Cluster("demo", TOPOLOGIES["ha"], IPv4Network("10.77.4.0/24"))
    asked: list[tuple[str, ...]] = []

    def answer(*arguments: str) -> subprocess.CompletedProcess[str]:
        asked.append(arguments)
        return subprocess.CompletedProcess(arguments, 1, "", "")

    monkeypatch.setattr(cluster, "load", lambda _name: machines)
    monkeypatch.setattr(cluster, "try_podman", answer)
    monkeypatch.setattr(Cluster, "folder", Path("/nonexistent"))
    assert main(["kubectl", "--name", "demo", "--", "get", "nodes"]) == 1
    assert asked == [("exec", "quorum-demo-cp1", "test", "-e", "/etc/kubernetes/admin.conf")]
    assert "there is no Kubernetes on cp1 yet" in capsys.readouterr().err
