# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a host's configuration is changed, and what happens when a part does not bear it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.quorum.kubernetes.plugins.module_utils import gather_config, kubelet
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state as hs
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubeadm_config import KEPT, of_documents
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand, Outcome
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules import kubeadm_config as module
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_host import Host
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_pki import WITH_NAMES

Json = dict[str, Any]

CLUSTER: Json = {
    "kind": "ClusterConfiguration",
    "apiServer": {"certSANs": ["cp1"]},
    "networking": {"podSubnet": "10.244.0.0/16", "serviceSubnet": "10.96.0.0/12", "dnsDomain": "cluster.local"},
}
WRITTEN = of_documents(
    [
        CLUSTER,
        {"kind": "KubeletConfiguration", "maxPods": 100},
        {"kind": "KubeProxyConfiguration", "mode": "iptables"},
    ]
)
KUBELET, PROXY = WRITTEN.kubelet, WRITTEN.proxy
FLAGS = 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.11"\n'


def pod(name: str, *arguments: str) -> Json:
    """A static pod."""
    return {
        "kind": "Pod",
        "metadata": {"annotations": {"kubernetes.io/config.source": "file"}},
        "spec": {"containers": [{"name": name, "command": [name, *arguments]}]},
        "status": {"containerStatuses": [{"name": name, "ready": True}]},
    }


class Fake:
    """A control plane whose kubeadm writes what it is given, and whose kubelet runs what is written."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.host = Host(root)
        self.kept = {"kubeadm-config": CLUSTER, "kubelet-config": KUBELET}
        self.ran: list[list[str]] = []
        self.given: Json = {}
        self.broken, self.restarts = "", 0
        self.clock = FakeClock()
        self.runner = FakeRunner().on("patch --local", self._parse).on("get configmap", self._maps)
        self.runner.on("systemctl restart kubelet.service")
        for name in ("kube-apiserver", "kube-scheduler"):
            self.write_pod(pod(name, f"--bind={name}", "--advertise-address=10.0.0.11"))
        self.host.write(hs.KUBELET_CONFIG, json.dumps(KUBELET)).write(f"{hs.PKI}/apiserver.crt", WITH_NAMES)
        self.host.write(hs.KUBELET_FLAGS, FLAGS)
        command = LongCommand(self.runner, str(root / "run"))
        monkeypatch.setattr(command, "run", self._run)
        monkeypatch.setattr(kubelet, "pods", lambda _disk: [self._seen(name) for name in self.manifests()])
        monkeypatch.setattr(kubelet, "unhealthy", lambda _disk: "status 500" if self.broken == "kubelet" else "")
        monkeypatch.setattr(gather_config, "names_not_shown", lambda *_unused: [])
        self.changer = module.Host(self.runner, self.host.disk, command, 0, self.clock.sleep)

    def manifests(self) -> list[str]:
        """Components with a manifest."""
        return [name for name in module.PHASES if self.host.disk.filled(f"{hs.MANIFESTS}/{name}.yaml")]

    def write_pod(self, manifest: Json) -> None:
        """Write a manifest."""
        name = manifest["spec"]["containers"][0]["name"]
        self.host.write(f"{hs.MANIFESTS}/{name}.yaml", yaml.safe_dump(manifest))

    def change(
        self,
        cluster: Json | None = None,
        node: Json | None = None,
        part: str = "host",
        check: bool = False,
        flags: dict[str, str] | None = None,
    ) -> Json:
        """Run the module."""
        documents = [{**CLUSTER, **(cluster or {})}, {"kind": "KubeletConfiguration", "maxPods": 100, **(node or {})}]
        arguments = [{"name": name, "value": value} for name, value in (flags or {}).items()]
        return self.run(documents, part, check, Kubectl(self.runner), arguments)

    def run(
        self,
        documents: list[Json],
        part: str,
        check: bool = False,
        kubectl: Kubectl | None = None,
        flags: list[Json] | None = None,
    ) -> Json:
        """Run the module with these documents."""
        params = {"documents": documents, "kubelet_extra_args": flags or [], "part": part}
        return module.run(params, check, kubectl, self.changer)

    def _seen(self, name: str) -> Json:
        found: Json = yaml.safe_load(self.host.disk.read(f"{hs.MANIFESTS}/{name}.yaml"))
        status = {"name": name, "ready": name != self.broken, "restartCount": self.restarts}
        found["status"] = {"containerStatuses": [status]}
        return found

    def _parse(self, _argv: list[str], stdin: str | None) -> Result:
        return Result(0, "\n".join(json.dumps(one) for one in yaml.safe_load_all(stdin or "")))

    def _maps(self, _argv: list[str], _stdin: str | None) -> Result:
        items = [{"metadata": {"name": n}, "data": {KEPT[n]: yaml.safe_dump(kept)}} for n, kept in self.kept.items()]
        return Result(0, json.dumps({"items": items}))

    def _run(self, _title: str, argv: list[str], _timeout: float, config: str = "") -> Outcome:
        self.ran.append(argv)
        if argv[0] == "/bin/sh" and config.startswith("KUBELET_KUBEADM_ARGS="):
            self.host.write(hs.KUBELET_FLAGS, config)
            return Outcome("success")
        given = self.given = {one["kind"]: one for one in yaml.safe_load_all(config)} if config else {}
        phase = argv[3:5]
        if phase == ["upload-config", "kubelet"]:
            self.kept["kubelet-config"] = given["KubeletConfiguration"]
        elif phase == ["upload-config", "kubeadm"]:
            self.kept["kubeadm-config"] = given["ClusterConfiguration"]
        elif phase == ["control-plane", "scheduler"]:
            extra = given["ClusterConfiguration"]["scheduler"]["extraArgs"]
            self.write_pod(pod("kube-scheduler", *(f"--{one['name']}={one['value']}" for one in extra)))
        elif "upgrade node phase kubelet-config" in argv[-1]:
            self.host.write(hs.KUBELET_CONFIG, json.dumps(self.kept["kubelet-config"]))
        return Outcome("success")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A control plane that is as the cluster keeps it."""
    return Fake(tmp_path, monkeypatch)


SCHEDULER = {"scheduler": {"extraArgs": [{"name": "v", "value": "3"}]}}


def test_what_is_as_it_is_wanted_runs_nothing(fake: Fake) -> None:
    assert fake.change()["changed"] is False
    assert fake.ran == []


def test_a_check_run_says_all_of_it_and_runs_nothing(fake: Fake) -> None:
    result = fake.change(SCHEDULER, {"maxPods": 50}, check=True)
    assert result["changed"] is True
    assert result["diff"]["prepared"].splitlines() == [
        "kubelet-config: + maxPods: 50",
        "kube-scheduler: + --v=3",
        "kubelet: + maxPods: 50",
    ]
    assert fake.ran == []


def test_parts_that_differ_are_changed_and_a_second_call_finds_nothing(fake: Fake) -> None:
    assert fake.change(SCHEDULER, {"maxPods": 50})["changed"] is True
    assert [argv[3:5] for argv in fake.ran[:2]] == [["upload-config", "kubelet"], ["control-plane", "scheduler"]]
    assert fake.ran[2][2] == "kubeadm upgrade node phase kubelet-config && systemctl restart kubelet.service"
    assert fake.change(SCHEDULER, {"maxPods": 50})["changed"] is False
    assert fake.change(SCHEDULER, {"maxPods": 50}, part="cluster")["changes"] == {
        "kubeadm-config": ["+ kube-scheduler --v=3"]
    }
    assert fake.change(SCHEDULER, {"maxPods": 50}, part="cluster")["changed"] is False


def test_a_component_that_does_not_come_up_gets_its_old_manifest_back(fake: Fake) -> None:
    before, fake.broken = fake.host.disk.read(f"{hs.MANIFESTS}/kube-scheduler.yaml"), "kube-scheduler"
    with pytest.raises(QuorumError, match=r"E2572 .*kube-scheduler is not ready with its new settings.*put back"):
        fake.change(SCHEDULER)
    assert fake.host.disk.read(f"{hs.MANIFESTS}/kube-scheduler.yaml") == before


def test_a_component_that_ends_again_and_again_is_not_waited_for(fake: Fake) -> None:
    before, fake.broken, fake.restarts = fake.host.disk.read(f"{hs.MANIFESTS}/kube-scheduler.yaml"), "kube-scheduler", 3
    with pytest.raises(QuorumError, match=r"E2574 kube-scheduler ended 3 times with its new settings.*put back"):
        fake.change(SCHEDULER)
    assert fake.host.disk.read(f"{hs.MANIFESTS}/kube-scheduler.yaml") == before


def test_a_kubelet_that_does_not_come_up_gets_its_old_file_back_and_starts_with_it(fake: Fake) -> None:
    fake.broken = "kubelet"
    with pytest.raises(QuorumError, match=r"E2572 .*the kubelet is not well: status 500.*put back"):
        fake.change({}, {"maxPods": 50})
    assert json.loads(fake.host.disk.read(hs.KUBELET_CONFIG)) == KUBELET
    assert fake.kept["kubelet-config"] == KUBELET
    assert sum("restart kubelet.service" in line for line in fake.runner.lines()) == 1


def test_flags_of_the_kubelet_are_written_and_a_second_call_finds_nothing(fake: Fake) -> None:
    assert fake.change(flags={"v": "4"})["changes"] == {"kubeadm-flags.env": ["+ --v=4"]}
    assert fake.host.disk.read(hs.KUBELET_FLAGS) == 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.11 --v=4"\n'
    (script,) = (argv[2] for argv in fake.ran)
    assert script.startswith("cp ")
    assert script.endswith(f"{hs.KUBELET_FLAGS} && systemctl restart kubelet.service")
    assert fake.change(flags={"v": "4"})["changed"] is False
    assert fake.change()["changes"] == {"kubeadm-flags.env": ["- --v=4"]}
    assert fake.host.disk.read(hs.KUBELET_FLAGS) == FLAGS


def test_a_kubelet_that_does_not_bear_a_flag_gets_its_old_ones_back(fake: Fake) -> None:
    fake.broken = "kubelet"
    with pytest.raises(QuorumError, match=r"E2572 .*the kubelet is not well: status 500.*put back"):
        fake.change(flags={"v": "x"})
    assert fake.host.disk.read(hs.KUBELET_FLAGS) == FLAGS
    assert sum("restart kubelet.service" in line for line in fake.runner.lines()) == 1


def test_a_setting_of_the_kubelet_that_is_taken_out_is_gone_from_cluster_and_host(fake: Fake) -> None:
    wanted = [CLUSTER, {"kind": "KubeletConfiguration"}]
    result = fake.run(wanted, "host", kubectl=Kubectl(fake.runner))
    assert result["changes"] == {"kubelet-config": ["- maxPods: 100"], "kubelet": ["- maxPods: 100"]}
    assert "maxPods" not in json.loads(fake.host.disk.read(hs.KUBELET_CONFIG))
    assert fake.run(wanted, "host", kubectl=Kubectl(fake.runner))["changed"] is False


def test_a_certificate_is_made_beside_the_one_that_is_used(fake: Fake) -> None:
    assert fake.change({"apiServer": {"certSANs": ["new.example.com"]}})["changes"] == {
        "apiserver.crt": ["- cp1", "+ new.example.com"]
    }
    script = fake.ran[0][2]
    assert script.index("phase certs apiserver") < script.index("apiserver.key") < script.index("apiserver.crt")
    assert f" rm {hs.PKI}" not in script


def test_kube_proxy_is_written_and_started_again_by_one_command(fake: Fake) -> None:
    fake.kept["kube-proxy"] = PROXY
    wanted = [CLUSTER, KUBELET, {"kind": "KubeProxyConfiguration", "mode": "nftables"}]
    result = fake.run(wanted, "cluster", kubectl=Kubectl(fake.runner))
    assert result["changes"] == {"kube-proxy": ['+ mode: "nftables"']}
    (script,) = (argv[2] for argv in fake.ran)
    assert [step.split()[-2:] for step in script.split(" && ")][1] == ["restart", "daemonset/kube-proxy"]
    assert fake.given["KubeProxyConfiguration"] == {**PROXY, "mode": "nftables"}


def test_a_cluster_without_kube_proxy_gets_none(fake: Fake) -> None:
    wanted = [CLUSTER, KUBELET, {"kind": "KubeProxyConfiguration", "mode": "nftables"}]
    result = fake.run(wanted, "cluster", kubectl=Kubectl(fake.runner))
    assert (result["changed"], fake.ran) == (False, [])


def test_a_worker_asks_for_nothing_that_only_a_control_plane_knows(fake: Fake) -> None:
    for name in fake.manifests():
        fake.host.disk.remove(f"{hs.MANIFESTS}/{name}.yaml")
    wanted = [CLUSTER, {"kind": "KubeletConfiguration", "maxPods": 50}]
    result = fake.run(wanted, "host", check=True)
    assert result["changes"] == {"kubelet": ["+ maxPods: 50"]}


def test_a_phase_that_fails_is_said_with_kubeadms_reason(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Outcome("exit-code", "error execution phase control-plane/scheduler: no space left\n")
    monkeypatch.setattr(fake.changer._command, "run", lambda *_unused, **_more: failed)
    with pytest.raises(QuorumError, match=r"E2571 kubeadm init phase control-plane scheduler failed.*no space left"):
        fake.change(SCHEDULER)
