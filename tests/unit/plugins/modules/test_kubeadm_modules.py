# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""init, join and reset as modules: what they run, what they leave alone, what they say in check mode."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import cleanup, documents, etcd_client
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state as hs
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand, Outcome
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules import kubeadm_join
from ansible_collections.quorum.kubernetes.plugins.modules.kubeadm_init import initialise
from ansible_collections.quorum.kubernetes.plugins.modules.kubeadm_join import join
from ansible_collections.quorum.kubernetes.plugins.modules.kubeadm_reset import clean
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_host import FIRST_KUBELET_CONF, Host
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_firewall import SAVED
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_pki import EC, PINS, RSA

TOKEN = "abcdef.0123456789abcdef"
SETTINGS: dict[str, Any] = {
    "version": "1.37.1",
    "endpoint": "10.0.0.100:6443",
    "node": {"name": "cp1", "ip": "10.0.0.11", "control_plane": True},
}
INIT = {
    "documents": documents.kubeadm_documents(SETTINGS, "init"),
    "ignore_preflight_errors": ["Swap"],
    "clean": True,
    "timeout": 60,
}
JOIN = {
    "documents": documents.kubeadm_documents(SETTINGS, "join"),
    "token": TOKEN,
    "ca_cert_hashes": [f"sha256:{PINS[EC]}"],
    "certificate_key": "f" * 64,
    "endpoint": "10.0.0.100:6443",
    "ignore_preflight_errors": [],
    "clean": True,
    "forgotten": False,
    "timeout": 60,
}


class FakeLongCommand(LongCommand):
    """Records what would run and answers at once."""

    def __init__(self, outcome: str = "success", log: str = "", running: bool = False) -> None:
        super().__init__(FakeRunner(), "/nonexistent")
        self.outcome = Outcome(outcome, log)
        self.was_running = running
        self.outcomes: list[Outcome] = []
        self.started: list[list[str]] = []
        self.config = ""

    def wait_for_running(self, timeout: float) -> bool:
        return self.was_running

    def run(self, title: str, argv: Any, timeout: float, config: str = "") -> Outcome:
        self.started.append(list(argv))
        self.config = config
        return self.outcomes.pop(0) if self.outcomes else self.outcome


class TestInit:
    def run(
        self, host: Host, check: bool = False, command: FakeLongCommand | None = None, **more: Any
    ) -> dict[str, Any]:
        return initialise({**INIT, **more}, check, FakeRunner(), host.disk, command or FakeLongCommand())

    def test_a_fresh_host(self, tmp_path: Path) -> None:
        command = FakeLongCommand()
        result = self.run(Host(tmp_path), command=command, clean=False)
        assert (result["changed"], result["state"]) == (True, "none")
        assert "--ignore-preflight-errors=Swap &&" in command.started[0][2]
        assert [json.loads(part)["kind"] for part in command.config.split("---\n")] == [
            "InitConfiguration",
            "ClusterConfiguration",
            "KubeletConfiguration",
            "KubeProxyConfiguration",
        ]

    def test_check_mode_starts_nothing_and_shows_the_documents(self, tmp_path: Path) -> None:
        command = FakeLongCommand()
        result = self.run(Host(tmp_path), check=True, command=command)
        assert result["changed"] and not command.started
        assert '"kubernetesVersion": "v1.37.1"' in result["diff"]["after"]
        assert result["cluster"] == {"ca_cert_hash": None}

    def test_a_complete_host_is_left_alone(self, tmp_path: Path) -> None:
        host, command = Host(tmp_path).control_plane(), FakeLongCommand()
        before = host.files()
        result = self.run(host, command=command)
        assert (result["changed"], result["state"]) == (False, "complete")
        assert not command.started and host.files() == before
        assert result["cluster"]["ca_cert_hash"] == f"sha256:{PINS[EC]}"

    def test_one_that_an_earlier_run_has_finished_meanwhile_is_reported(self, tmp_path: Path) -> None:
        command = FakeLongCommand(running=True)
        assert self.run(Host(tmp_path).control_plane(), command=command)["changed"]
        assert not command.started

    def test_an_interrupted_init_goes_on_over_its_data(self, tmp_path: Path) -> None:
        host = Host(tmp_path).control_plane().write(hs.KUBELET_CONF, FIRST_KUBELET_CONF)
        command = FakeLongCommand()
        assert self.run(host, command=command)["state"] == "partial"
        assert "DirAvailable--var-lib-etcd" in command.started[0][2]
        left = host.files()
        assert {
            f"{hs.ETCD_DATA}/member/wal/0.wal",
            f"{hs.PKI}/ca.key",
            f"{hs.PKI}/etcd/ca.key",
            f"{hs.PKI}/sa.key",
        } <= left
        assert f"{hs.PKI}/apiserver.crt" not in left and hs.ADMIN_CONF not in left

    def test_data_without_its_authority_is_never_touched(self, tmp_path: Path) -> None:
        host, command = Host(tmp_path).write(f"{hs.ETCD_DATA}/member/wal/0.wal"), FakeLongCommand()
        with pytest.raises(QuorumError, match="E2112"):
            self.run(host, command=command)
        assert not command.started and host.files() == {f"{hs.ETCD_DATA}/member/wal/0.wal"}

    def test_the_failure_has_kubeadms_reason(self, tmp_path: Path) -> None:
        command = FakeLongCommand(
            "exit-code", "\t[ERROR NumCPU]: the number of available CPUs 1 is less than the required 2\n"
        )
        with pytest.raises(
            QuorumError, match=r"^E2111 kubeadm init failed: the number of available CPUs 1 .*\(NumCPU\)"
        ):
            self.run(Host(tmp_path), command=command)

    def test_documents_of_another_command_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(QuorumError, match="E2151"):
            self.run(Host(tmp_path), documents=JOIN["documents"])


class TestJoin:
    def run(
        self, host: Host, check: bool = False, command: FakeLongCommand | None = None, **more: Any
    ) -> dict[str, Any]:
        runner = FakeRunner().on("kubeadm version")
        return join({**JOIN, **more}, check, runner, host.disk, command or FakeLongCommand())

    def test_a_fresh_host_joins_pinned_and_with_its_secrets_in_the_file_alone(self, tmp_path: Path) -> None:
        command = FakeLongCommand()
        result = self.run(Host(tmp_path), command=command, ignore_preflight_errors=["Swap", "Mem"])
        sent = json.loads(command.config)
        assert sent["discovery"]["bootstrapToken"]["caCertHashes"] == JOIN["ca_cert_hashes"]
        assert sent["controlPlane"]["certificateKey"] == "f" * 64
        assert command.started == [
            ["kubeadm", "join", f"--config={command.config_path}", "--ignore-preflight-errors=Swap,Mem"]
        ]
        assert TOKEN not in json.dumps([result, command.started]) and "f" * 64 not in json.dumps(result)

    def test_without_a_pin_nothing_starts(self, tmp_path: Path) -> None:
        command = FakeLongCommand()
        with pytest.raises(QuorumError, match="E2152"):
            self.run(Host(tmp_path), command=command, ca_cert_hashes=[])
        assert not command.started

    def test_check_mode_needs_no_secrets(self, tmp_path: Path) -> None:
        command = FakeLongCommand()
        assert self.run(Host(tmp_path), True, command, token="", ca_cert_hashes=[], certificate_key="")["changed"]
        assert not command.started

    def test_a_complete_worker_is_left_alone(self, tmp_path: Path) -> None:
        host, command = Host(tmp_path).worker(), FakeLongCommand()
        assert self.run(host, command=command)["changed"] is False
        assert not command.started

    def test_a_join_that_ended_early_only_loses_its_bootstrap_file(self, tmp_path: Path) -> None:
        host, command = Host(tmp_path).worker().write(hs.BOOTSTRAP_CONF), FakeLongCommand()
        assert self.run(host, True, command)["removed"] == [hs.BOOTSTRAP_CONF]
        assert hs.BOOTSTRAP_CONF in host.files()
        assert self.run(host, command=command)["changed"]
        assert hs.BOOTSTRAP_CONF not in host.files() and not command.started
        assert self.run(host, command=command)["changed"] is False

    def test_cleaning_must_be_allowed(self, tmp_path: Path) -> None:
        with pytest.raises(QuorumError, match="E2110"):
            self.run(Host(tmp_path).write(hs.BOOTSTRAP_CONF), clean=False)

    def test_an_interrupted_join_is_cleaned_and_done_again(self, tmp_path: Path) -> None:
        host, command = Host(tmp_path).write(hs.BOOTSTRAP_CONF).write(hs.CA_CERTIFICATE), FakeLongCommand()
        result = self.run(host, command=command)
        assert [argv[1] for argv in command.started] == ["reset", "join"]
        assert result["removed"] == [f"contents of {hs.PKI}", hs.BOOTSTRAP_CONF]
        assert host.files() == set()

    def test_a_cluster_that_still_believes_in_the_old_host_is_waited_for(self, tmp_path: Path) -> None:
        refusal = Outcome(
            "exit-code", 'error: a Node with name "cp1" and status "Ready" already exists in the cluster.\n'
        )
        clock, command = FakeClock(), FakeLongCommand()
        command.outcomes = [refusal, Outcome("success"), refusal, Outcome("success"), Outcome("success")]
        kubeadm_join.run(JOIN, FakeRunner().on("kubeadm version"), Host(tmp_path).disk, command, clock, clock.sleep)
        assert [argv[1] for argv in command.started] == ["join", "reset", "join", "reset", "join"]
        command.outcomes, command.outcome = [], refusal
        with pytest.raises(QuorumError, match=r'E2111 kubeadm join failed: a Node with name "cp1"'):
            kubeadm_join.run(JOIN, FakeRunner(), Host(tmp_path).disk, command, clock, clock.sleep)
        assert 120 < sum(clock.slept) < 150

    def test_a_worker_whose_node_object_is_gone_joins_again(self, tmp_path: Path) -> None:
        gone = Result(1, "", 'Error from server (NotFound): nodes "w1" not found')
        runner = FakeRunner().on("kubectl --kubeconfig /etc/kubernetes/kubelet.conf get node", gone)
        command = FakeLongCommand()
        result = join({**JOIN}, False, runner.on("kubeadm version"), Host(tmp_path).worker().disk, command)
        assert result["reasons"] == ["the cluster has no Node object of this host"]
        assert [argv[1] for argv in command.started] == ["reset", "join"]

    def test_a_control_plane_that_etcd_has_forgotten_joins_again(self, tmp_path: Path) -> None:
        host, command = Host(tmp_path).control_plane(), FakeLongCommand()
        assert self.run(host, command=command)["changed"] is False
        result = self.run(host, command=command, forgotten=True)
        assert (result["state"], result["reasons"]) == (hs.PARTIAL, ["etcd has no member of this host"])
        assert [argv[1] for argv in command.started] == ["reset", "join"]

    @pytest.mark.parametrize("ca", [None, RSA], ids=["unknown", "another"])
    def test_the_data_of_another_clusters_etcd_is_never_removed(self, tmp_path: Path, ca: str | None) -> None:
        host, command = Host(tmp_path).write(f"{hs.ETCD_DATA}/member/wal/0.wal"), FakeLongCommand()
        if ca:
            host.write(hs.CA_CERTIFICATE, ca)
        before = host.files()
        for more in ({}, {"ca_cert_hashes": []}):
            with pytest.raises(QuorumError, match=r"E2114 /var/lib/etcd holds the data of an etcd that is not known"):
                self.run(host, command=command, **more)
        with pytest.raises(QuorumError, match="E2114"):
            self.run(host, True, command)
        assert self.run(host, True, command, ca_cert_hashes=[])["changed"], "check mode may have no pin"
        assert not command.started and host.files() == before

    def test_what_a_killed_join_of_this_cluster_left_is_cleaned(self, tmp_path: Path) -> None:
        host, command = Host(tmp_path).write(f"{hs.ETCD_DATA}/member/wal/0.wal"), FakeLongCommand()
        host.write(hs.CA_CERTIFICATE, EC).write(f"{hs.MANIFESTS}/etcd.yaml")
        self.run(host, command=command)
        assert [argv[1] for argv in command.started] == ["reset", "join"]
        assert host.files() == set()

    def test_a_voter_is_never_cleaned(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        members = [
            {"name": "cp1", "peer_urls": ["https://10.0.0.11:2380"], "is_learner": False},
            {"name": "cp2", "peer_urls": ["https://10.0.0.12:2380"], "is_learner": False},
        ]
        monkeypatch.setattr(etcd_client, "describe", lambda *_unused, **_also: {"members": members})
        host, command = Host(tmp_path).control_plane(), FakeLongCommand()
        (tmp_path / hs.ADMIN_CONF.lstrip("/")).unlink()
        before = host.files()
        with pytest.raises(QuorumError, match=r"E2113 etcd on this host is a voter of a cluster of 2 members"):
            self.run(host, command=command)
        assert not command.started and host.files() == before
        members[0]["is_learner"] = True
        self.run(host, command=command)
        assert [argv[1] for argv in command.started] == ["reset", "join"]


LINKS = json.dumps(
    [
        {"ifname": "lo"},
        {"ifname": "eth0"},
        {"ifname": "cni0"},
        {"ifname": "flannel.1"},
        {"ifname": "veth1", "master": "cni0"},
        {"ifname": "veth9", "master": "docker0"},
    ]
)


class TestReset:
    PARAMS: ClassVar[dict[str, Any]] = {"leave_cluster": False, "timeout": 60}

    def host(self, root: Path) -> Host:
        host = Host(root).worker()
        for path in (
            "/etc/cni/net.d/10-flannel.conflist",
            "/etc/cni/net.d/87-podman.conflist",
            "/var/lib/cni/results/a",
        ):
            host.write(path)
        host.write("/etc/kubernetes/audit-policy.yaml")
        return host

    def runner(self) -> FakeRunner:
        runner = FakeRunner().on("kubeadm version").on("ip link delete").on("iptables-restore").on("nft delete")
        runner.on("ip -json link", Result(0, LINKS)).on("iptables-save", Result(0, SAVED)).on("ip6tables-save")
        return runner.on("nft list tables", Result(0, "table ip kube-proxy\ntable inet mine\n"))

    def test_check_mode_lists_and_touches_nothing(self, tmp_path: Path) -> None:
        host, runner, command = self.host(tmp_path), self.runner(), FakeLongCommand()
        before = host.files()
        result = clean(self.PARAMS, True, runner, host.disk, command)
        assert result["removed"] == [
            "contents of /etc/kubernetes/pki",
            "contents of /var/lib/kubelet",
            "contents of /var/lib/cni",
            "/etc/kubernetes/kubelet.conf",
            "/etc/cni/net.d/10-flannel.conflist",
            "interface veth1",
            "interface cni0",
            "interface flannel.1",
            "chain iptables filter/FLANNEL-FWD",
            "chain iptables filter/KUBE-FIREWALL",
            "chain iptables filter/KUBE-FORWARD",
            "chain iptables nat/KUBE-POSTROUTING",
            "nftables table ip kube-proxy",
        ]
        assert host.files() == before and not command.started
        assert not [line for line in runner.lines() if "delete" in line or "restore" in line]

    def test_a_reset_leaves_what_belongs_to_others(self, tmp_path: Path) -> None:
        host, runner, command = self.host(tmp_path), self.runner(), FakeLongCommand()
        assert clean(self.PARAMS, False, runner, host.disk, command)["changed"]
        assert command.started == [cleanup.command()]
        assert host.files() == {"/etc/cni/net.d/87-podman.conflist", "/etc/kubernetes/audit-policy.yaml"}
        lines = runner.lines()
        assert "iptables-restore --noflush" in lines
        assert "ip link delete cni0" in lines and "nft delete table ip kube-proxy" in lines
        assert not [line for line in lines if "veth9" in line or "mine" in line or "etcd" in line]

    def test_a_clean_host_is_no_change(self, tmp_path: Path) -> None:
        command = FakeLongCommand()
        assert clean(self.PARAMS, False, FakeRunner(), Host(tmp_path).disk, command) == {
            "changed": False,
            "removed": [],
            "diff": {"before": "", "after": ""},
        }
        assert not command.started

    def test_kubeadm_is_kept_away_from_the_cluster_and_from_etcd(self) -> None:
        assert "--skip-phases=remove-etcd-member" in cleanup.command()
        assert "--kubeconfig=/nonexistent" in cleanup.command()

    def test_it_works_without_kubeadm(self, tmp_path: Path) -> None:
        host, runner, command = self.host(tmp_path), FakeRunner(), FakeLongCommand()
        clean(self.PARAMS, False, runner, host.disk, command)
        assert not command.started
        assert "systemctl stop kubelet.service" in runner.lines()
        assert any(line.endswith("rmp --all --force") for line in runner.lines())

    def test_mounts_go_before_their_directories_and_deepest_first(self, tmp_path: Path) -> None:
        host = self.host(tmp_path)
        host.write(
            "/proc/self/mounts", "t /var/lib/kubelet/a t rw 0 0\nt /var/lib/kubelet/a/b\\040c t rw 0 0\nt /x t rw 0 0\n"
        )
        runner = FakeRunner().on("umount")
        clean(self.PARAMS, False, runner, host.disk, FakeLongCommand())
        mounts = [call.argv[1] for call in runner.calls if call.argv[0] == "umount"]
        assert mounts == ["/var/lib/kubelet/a/b c", "/var/lib/kubelet/a"]

    def test_control_groups_of_pods_go_from_every_hierarchy(self, tmp_path: Path) -> None:
        groups = tmp_path / "sys/fs/cgroup"
        for path in ("kubepods.slice/a.slice", "memory/kubepods.slice/a.slice/b.scope", "memory/system.slice"):
            (groups / path).mkdir(parents=True)
        runner = self.runner()
        result = clean(self.PARAMS, False, runner, Host(tmp_path).disk, FakeLongCommand())
        assert "control group /sys/fs/cgroup/memory/kubepods.slice" in result["removed"]
        assert "systemctl stop kubepods.slice" in runner.lines()
        assert sorted(str(path.relative_to(groups)) for path in groups.rglob("*")) == ["memory", "memory/system.slice"]

    def test_logs_of_pods_go(self, tmp_path: Path) -> None:
        host = self.host(tmp_path).write("/var/log/pods/kube-system_etcd/etcd/0.log")
        clean(self.PARAMS, False, self.runner(), host.disk, FakeLongCommand())
        assert "/var/log/pods/kube-system_etcd/etcd/0.log" not in host.files()

    def test_a_failed_kubeadm_reset_stops_before_anything_else_goes(self, tmp_path: Path) -> None:
        host = self.host(tmp_path)
        before = host.files()
        with pytest.raises(QuorumError, match="E2115 kubeadm reset failed: boom"):
            clean(self.PARAMS, False, self.runner(), host.disk, FakeLongCommand("exit-code", "error: boom\n"))
        assert host.files() == before

    def test_the_data_of_etcd_goes_before_what_tells_whose_it_is(self, tmp_path: Path) -> None:
        host = self.host(tmp_path).write(f"{hs.ETCD_DATA}/member/wal/0.wal")
        runner = self.runner().on("crictl pods --label component=etcd", Result(0, "abc\n"))
        with pytest.raises(QuorumError, match="E2115"):
            clean(self.PARAMS, False, runner, host.disk, FakeLongCommand("exit-code", "error: killed\n"))
        assert hs.CA_CERTIFICATE in host.files() and f"{hs.ETCD_DATA}/member/wal/0.wal" not in host.files()
        stops = [line for line in runner.lines() if "stop" in line or "rmp" in line]
        assert stops[0] == "systemctl stop kubelet.service" and stops[1].endswith("rmp --force abc")

    def test_data_of_an_etcd_service_stays(self, tmp_path: Path) -> None:
        host = self.host(tmp_path).write(f"{hs.ETCD_DATA}/member/wal/0.wal").write("/etc/systemd/system/etcd.service")
        clean(self.PARAMS, False, self.runner(), host.disk, FakeLongCommand())
        assert f"{hs.ETCD_DATA}/member/wal/0.wal" in host.files()
