"""kubeadm upgrade runs where something is older than it should be, with the right command, and not twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import upgrading
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand, Outcome
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.kubeadm_upgrade import upgrade
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

Json = dict[str, Any]

COMPONENTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")


class FakeCommand(LongCommand):
    """Long commands that end with these outcomes, and do `work` when they succeed."""

    def __init__(self, host: FakeHost, *outcomes: Outcome) -> None:
        self.config_path = "/run/quorum/run-1.json"
        self.log_path = "/run/quorum/kubeadm.log"
        self.host = host
        self.outcomes = list(outcomes) or [Outcome("success", "")]
        self.ran: list[str] = []
        self.config: Json = {}

    def wait_for_running(self, timeout: float) -> bool:
        """Nothing of an earlier run."""
        return False

    def run(self, title: str, argv: Any, timeout: float, config: str = "") -> Outcome:
        """Record and answer."""
        self.ran.append(" ".join(argv))
        self.config = json.loads(config)
        outcome = self.outcomes.pop(0)
        if outcome.ok:
            self.host.upgraded(apply="apply" in argv)
        return outcome


class FakeHost:
    """A host of a cluster that is at 1.36.3."""

    def __init__(self, root: Path, control_plane: bool = True, configured: str = "1.36.3") -> None:
        self.root = root
        self.control_plane = control_plane
        self.configured = configured
        self.kubelet = "1.36.3"
        self.runner = (
            FakeRunner()
            .on("kubelet --version", lambda _argv, _stdin: Result(0, f"Kubernetes v{self.kubelet}\n"))
            .on("kubeadm version", Result(0, "v1.37.1\n"))
            .on("kubectl get configmap kubeadm-config", self._configmap)
        )
        if control_plane:
            self.write_manifests("1.36.3")

    def write_manifests(self, version: str) -> None:
        """Write the manifests of a version."""
        folder = self.root / "etc/kubernetes/manifests"
        folder.mkdir(parents=True, exist_ok=True)
        for name in COMPONENTS:
            text = f"spec:\n  containers:\n  - command:\n    - {name}\n    image: registry.k8s.io/{name}:v{version}\n"
            folder.joinpath(f"{name}.yaml").write_text(text, encoding="utf-8")

    def upgraded(self, apply: bool) -> None:
        """Do what kubeadm does."""
        if self.control_plane:
            self.write_manifests("1.37.1")
        if apply:
            self.configured = "1.37.1"

    def _configmap(self, _argv: list[str], _stdin: str | None) -> Result:
        text = f"clusterName: kubernetes\nkubernetesVersion: v{self.configured}\n"
        return Result(0, json.dumps({"data": {"ClusterConfiguration": text}}))

    def run(self, command: LongCommand, check_mode: bool = False) -> Json:
        """Run the module."""
        params: Json = {
            "version": "1.37.1",
            "ignore_preflight_errors": ["SystemVerification"],
            "timeouts": {"kubernetesAPICall": "2m0s"},
            "timeout": 60,
        }
        return upgrade(params, check_mode, self.runner, Disk(str(self.root)), command)


def test_check_then_run_then_check_then_run(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    command = FakeCommand(host)
    predicted = host.run(command, check_mode=True)
    assert command.ran == []
    done = host.run(command)
    assert predicted == done
    assert done["reasons"] == [
        *(f"{name} is 1.36.3" for name in COMPONENTS),
        "the cluster's configuration says 1.36.3",
        "the kubelet is 1.36.3",
    ]
    assert command.ran == ["kubeadm upgrade apply --yes --config=/run/quorum/run-1.json"]
    host.kubelet = "1.37.1"
    for check_mode in (True, False):
        assert host.run(command, check_mode) == {"changed": False, "reasons": []}


def test_the_configuration_has_both_commands_and_pulls_nothing(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    command = FakeCommand(host)
    host.run(command)
    common = {"ignorePreflightErrors": ["SystemVerification"], "imagePullPolicy": "IfNotPresent"}
    assert command.config == {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "UpgradeConfiguration",
        "apply": {"kubernetesVersion": "v1.37.1", **common},
        "node": common,
        "timeouts": {"kubernetesAPICall": "2m0s"},
    }


@pytest.mark.parametrize("control_plane", [True, False])
def test_the_other_hosts_follow_the_clusters_configuration(tmp_path: Path, control_plane: bool) -> None:
    host = FakeHost(tmp_path, control_plane, configured="1.37.1")
    command = FakeCommand(host)
    assert host.run(command)["changed"] is True
    assert command.ran == ["kubeadm upgrade node --config=/run/quorum/run-1.json"]


def test_a_host_that_was_interrupted_before_its_kubelet_goes_on(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, configured="1.37.1")
    host.write_manifests("1.37.1")
    assert host.run(FakeCommand(host))["reasons"] == ["the kubelet is 1.36.3"]


def test_a_connection_that_is_cut_is_tried_once_more(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    cut = Outcome("exit-code", "error: failed to get config map: unexpected EOF\n")
    command = FakeCommand(host, cut, Outcome("success", ""))
    host.run(command)
    assert len(command.ran) == 2
    with pytest.raises(QuorumError, match=r"E2561 kubeadm upgrade apply failed: .*unexpected EOF"):
        FakeHost(tmp_path / "b").run(FakeCommand(host, cut, cut))


def test_kubeadms_reason_is_told(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    command = FakeCommand(host, Outcome("exit-code", "error: some fatal thing\n"))
    with pytest.raises(QuorumError, match="E2561 kubeadm upgrade apply failed: some fatal thing"):
        host.run(command)
    assert len(command.ran) == 1


def test_an_older_kubeadm_is_not_used(tmp_path: Path) -> None:
    host = FakeHost(tmp_path)
    host.runner.on("kubeadm version --output=short", Result(0, "v1.36.3\n"))
    with pytest.raises(QuorumError, match=r"E2560 kubeadm here is 1\.36\.3, not 1\.37\.1"):
        host.run(FakeCommand(host))


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("  - image: registry.k8s.io/etcd:3.6.8-0\n", "3.6.8-0"),
        ('    image: "registry.example:5000/kube-apiserver:v1.37.1"\n', "1.37.1"),
        ("kind: Pod\n", ""),
    ],
)
def test_images_are_found_in_manifests(text: str, tag: str) -> None:
    assert upgrading.manifest_tag(text) == tag
