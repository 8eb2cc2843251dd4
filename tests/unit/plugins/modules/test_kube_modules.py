# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tokens, certificate keys, objects, nodes, gates and locks as modules."""

from __future__ import annotations

import base64
import json
import os
import stat
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    apply,
    health,
    kubelet,
    run_lock,
    static_pods,
    tokens,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state as hs
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules import (
    kube_apply,
    kube_health,
    kube_lock,
    kube_node,
    kubeadm_certificate_key,
    kubeadm_token,
)
from ansible_collections.quorum.kubernetes.plugins.plugin_utils import run_identity
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_host import Host
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_health import coredns, node, pod
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_pki import EC, PINS

TOGETHER = (node("a"), node("b"), coredns(), pod("p", "a"), pod("q", "a"))


def kubectl_of(runner: FakeRunner) -> Kubectl:
    clock = FakeClock()
    return Kubectl(runner, retry_seconds=0, clock=clock, sleep=clock.sleep)


def items(*objects: dict[str, Any]) -> Result:
    return Result(0, json.dumps({"items": list(objects)}))


class TestToken:
    PARAMS: ClassVar[dict[str, Any]] = {"state": "present", "ttl": "30m", "description": "run-7", "token_id": None}

    def create(self, root: Path, runner: FakeRunner, check: bool = False, **more: Any) -> dict[str, Any]:
        disk = Host(root).write(hs.CA_CERTIFICATE, EC).disk
        return kubeadm_token.create(kubectl_of(runner), disk, {**self.PARAMS, **more}, check, now=1795917197.9)

    def test_a_token_is_stored_through_standard_input_and_returned_with_the_pin(self, tmp_path: Path) -> None:
        runner = FakeRunner().on("apply --server-side")
        result = self.create(tmp_path, runner)
        token_id, secret = result["token"].split(".")
        stored = json.loads(runner.calls[0].stdin or "")
        assert stored["metadata"] == {"name": f"bootstrap-token-{token_id}", "namespace": "kube-system"}
        assert stored["stringData"] == {
            "token-id": token_id,
            "token-secret": secret,
            "expiration": "2026-11-29T02:23:17Z",
            "description": "quorum.kubernetes run-7",
            "usage-bootstrap-authentication": "true",
            "usage-bootstrap-signing": "true",
            "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
        }
        assert secret not in " ".join(runner.lines())
        assert (result["token_id"], result["ca_cert_hash"]) == (token_id, f"sha256:{PINS[EC]}")

    def test_tokens_are_random_and_of_kubeadms_form(self) -> None:
        made = {tokens.new_token() for _number in range(50)}
        assert len(made) == 50
        assert all(len(a) == 6 and len(b) == 16 and set(a + b) <= set(tokens.ALPHABET) for a, b in made)

    def test_check_mode_makes_none(self, tmp_path: Path) -> None:
        runner = FakeRunner()
        assert "token" not in self.create(tmp_path, runner, check=True)
        assert runner.calls == []

    @pytest.mark.parametrize("ttl", ["31m", "0s", "24h", "1801s", "", "-5m"])
    def test_no_token_lives_longer_than_half_an_hour(self, tmp_path: Path, ttl: str) -> None:
        with pytest.raises(QuorumError, match=r"E2153"):
            self.create(tmp_path, FakeRunner(), ttl=ttl)

    def test_cleanup_finds_ours_by_description_without_reading_secrets(self) -> None:
        def line(name: str, description: str) -> str:
            return f"bootstrap-token-{name}\t{base64.b64encode(description.encode()).decode()}\n"

        listed = (
            line("aaaaaa", "quorum.kubernetes run-1")
            + line("bbbbbb", "quorum.kubernetes init")
            + line("cccccc", "Proxy for managing TTL for the kubeadm-certs secret")
            + line("dddddd", "of an administrator: quorum.kubernetes")
            + "bootstrap-token-eeeeee\t\n"
        )
        runner = FakeRunner().on("get secrets", Result(0, listed)).on("delete")
        runner.on("get secret kubeadm-certs", Result(0, "secret/kubeadm-certs\n"))
        params = dict(self.PARAMS, state="cleanup")
        result = kubeadm_token.delete(kubectl_of(runner), params, False)
        assert result == {"changed": True, "deleted": ["aaaaaa", "bbbbbb", "cccccc"]}
        deleted = [line for line in runner.lines() if " delete " in line]
        assert "bootstrap-token-aaaaaa bootstrap-token-bbbbbb bootstrap-token-cccccc" in deleted[0]
        assert "secret kubeadm-certs" in deleted[1]
        assert not [line for line in runner.lines() if "-o json " in line or line.endswith("-o json")]

    @pytest.mark.parametrize(("state", "changed"), [("cleanup", True), ("absent", False)])
    def test_without_a_cluster_check_mode_expects_the_token_of_init(
        self, tmp_path: Path, state: str, changed: bool
    ) -> None:
        params = dict(self.PARAMS, state=state, kubeconfig=str(tmp_path / "admin.conf"))
        result = kubeadm_token.delete(kubectl_of(FakeRunner()), params, True)
        assert result == {"changed": changed, "deleted": []}

    def test_cleanup_of_a_tidy_cluster_changes_nothing(self) -> None:
        runner = FakeRunner().on("get secrets", Result(0)).on("get secret kubeadm-certs", Result(0))
        result = kubeadm_token.delete(kubectl_of(runner), dict(self.PARAMS, state="cleanup"), False)
        assert result == {"changed": False, "deleted": []}

    @pytest.mark.parametrize(
        ("token_id", "known", "deleted"), [("abcdef", True, ["abcdef"]), ("abcdef", False, []), ("", True, [])]
    )
    def test_absent(self, token_id: str, known: bool, deleted: list[str]) -> None:
        runner = FakeRunner().on("get secret", Result(0, "secret/x\n" if known else "")).on("delete")
        params = dict(self.PARAMS, state="absent", token_id=token_id)
        assert kubeadm_token.delete(kubectl_of(runner), params, False)["deleted"] == deleted


class TestCertificateKey:
    def test_the_key_goes_by_a_private_file_with_the_clusters_own_configuration(self, tmp_path: Path) -> None:
        seen: dict[str, Any] = {}

        def upload(argv: list[str], stdin: str | None) -> Result:
            path = next(word for word in argv if word.startswith("--config=")).partition("=")[2]
            seen.update(text=Path(path).read_text(), mode=stat.S_IMODE(os.stat(path).st_mode), path=path)
            return Result(0)

        stored = json.dumps({"data": {"ClusterConfiguration": "kind: ClusterConfiguration\n"}})
        runner = FakeRunner().on("get configmap kubeadm-config", Result(0, stored)).on("kubeadm init phase", upload)
        disk = Host(tmp_path / "root").control_plane().disk
        key = kubeadm_certificate_key.upload(runner, kubectl_of(runner), disk, "/k", str(tmp_path / "run"))
        first, second = seen["text"].split("---\n")
        assert json.loads(first)["certificateKey"] == key
        assert json.loads(first)["localAPIEndpoint"] == {"advertiseAddress": "10.0.0.11", "bindPort": 6443}
        assert second == "kind: ClusterConfiguration\n"
        assert seen["mode"] == 0o600 and not os.path.exists(seen["path"])
        assert key not in " ".join(runner.lines()) and len(key) == 64

    def test_a_failure_does_not_tell_the_key(self, tmp_path: Path) -> None:
        stored = json.dumps({"data": {"ClusterConfiguration": "x: 1\n"}})
        runner = FakeRunner().on("get configmap", Result(0, stored))
        runner.on("kubeadm", Result(1, "", "error: cannot use " + "a" * 64))
        with pytest.raises(QuorumError, match=r"E2156 .*cannot use <hidden>"):
            kubeadm_certificate_key.upload(runner, kubectl_of(runner), Host(tmp_path).disk, "/k", str(tmp_path))

    def test_a_cluster_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        missing = Result(1, "", 'Error from server (NotFound): configmaps "kubeadm-config" not found')
        runner = FakeRunner().on("get configmap", missing)
        with pytest.raises(QuorumError, match=r"E2155"):
            kubeadm_certificate_key.upload(runner, kubectl_of(runner), Host(tmp_path).disk, "/k", str(tmp_path))


class TestApply:
    OBJECT: ClassVar[dict[str, Any]] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}

    def run(self, runner: FakeRunner, kubeconfig: Path, check: bool = False, **more: Any) -> dict[str, Any]:
        params = {"objects": [self.OBJECT], "manifests": [], "kubeconfig": str(kubeconfig), **more}
        return kube_apply.converge(params, check, kubectl_of(runner))

    def test_the_stream_keeps_the_order_and_ends_with_the_objects(self) -> None:
        text = apply.stream([self.OBJECT], ["a: 1\n\n", "  \n", "b: 2"])
        assert text.split("---\n")[1:3] == ["a: 1\n", "b: 2\n"]
        assert json.loads(text.split("---\n")[3]) == {"apiVersion": "v1", "kind": "List", "items": [self.OBJECT]}

    def test_without_a_difference_nothing_is_applied(self, tmp_path: Path) -> None:
        runner = FakeRunner().on("diff --server-side")
        assert self.run(runner, tmp_path)["changed"] is False
        assert not [line for line in runner.lines() if " apply " in line]

    def test_a_difference_is_shown_and_applied(self, tmp_path: Path) -> None:
        runner = (
            FakeRunner().on("diff", Result(1, "+kind: Namespace\n")).on("apply", Result(0, "namespace/a applied\n"))
        )
        result = self.run(runner, tmp_path)
        assert result == {
            "changed": True,
            "diff": {"prepared": "+kind: Namespace\n"},
            "applied": ["namespace/a applied"],
        }
        assert all(
            "--field-manager=quorum.kubernetes" in line and "--force-conflicts" in line for line in runner.lines()
        )

    def test_check_mode_asks_only(self, tmp_path: Path) -> None:
        runner = FakeRunner().on("diff", Result(1, "+x\n"))
        assert self.run(runner, tmp_path, check=True)["changed"]
        assert len(runner.calls) == 1

    def test_check_mode_without_a_cluster_would_create_all(self, tmp_path: Path) -> None:
        runner = FakeRunner()
        assert self.run(runner, tmp_path / "none", check=True)["changed"]
        assert runner.calls == []

    def test_nothing_to_apply(self, tmp_path: Path) -> None:
        assert self.run(FakeRunner(), tmp_path, objects=[]) == {"changed": False}

    def test_objects_in_a_namespace_that_comes_with_them_are_new(self, tmp_path: Path) -> None:
        answer = Result(1, "", 'Error from server (NotFound): namespaces "a" not found')
        runner = FakeRunner().on("diff", answer).on("apply")
        assert self.run(runner, tmp_path)["changed"]

    def test_other_failures_of_the_comparison_stop(self, tmp_path: Path) -> None:
        with pytest.raises(QuorumError, match=r"E2201 .*forbidden"):
            self.run(FakeRunner().on("diff", Result(2, "", "error: forbidden")), tmp_path)

    def test_a_kind_that_is_served_a_moment_later_is_tried_again(self) -> None:
        clock = FakeClock()
        early = Result(1, "", 'error: resource mapping not found: no matches for kind "IPPool" in version "x/v1"')
        runner = FakeRunner().on("apply", early, early, Result(0, "ippool/a applied\n"))
        assert apply.apply(kubectl_of(runner), "x", clock, clock.sleep) == ["ippool/a applied"]
        with pytest.raises(QuorumError, match=r"E2202"):
            apply.apply(kubectl_of(FakeRunner().on("apply", early)), "x", clock, clock.sleep)


class TestNode:
    def run(self, runner: FakeRunner, kubeconfig: Path, check: bool = False, *wanted: dict[str, Any]) -> dict[str, Any]:
        return kube_node.converge({"nodes": list(wanted), "kubeconfig": str(kubeconfig)}, check, kubectl_of(runner))

    def test_all_nodes_are_read_once_and_only_changed_ones_written(self, tmp_path: Path) -> None:
        runner = FakeRunner().on("get nodes", items(node("a"), node("b"))).on("patch")
        result = self.run(runner, tmp_path, False, {"name": "a", "labels": {"x": "1"}}, {"name": "b"})
        assert result["changed_nodes"] == ["a"]
        assert result["diff"] == {"before": "", "after": "a label x=1\n"}
        assert len(runner.calls) == 2 and "patch node a --type=merge" in runner.lines()[1]

    def test_a_faster_writer_makes_it_look_again(self, tmp_path: Path) -> None:
        conflict = Result(1, "", "Error from server (Conflict): the object has been modified")
        runner = FakeRunner().on("get nodes", items(node("a"))).on("patch", conflict, Result(0))
        runner.on("get node a", Result(0, json.dumps(node("a"))))
        assert self.run(runner, tmp_path, False, {"name": "a", "labels": {"x": "1"}})["changed"]
        assert len([line for line in runner.lines() if " patch " in line]) == 2

    def test_an_absent_node_is_an_error_and_in_check_mode_a_change(self, tmp_path: Path) -> None:
        runner = FakeRunner().on("get nodes", items())
        with pytest.raises(QuorumError, match=r"E2222 the cluster has no node a"):
            self.run(runner, tmp_path, False, {"name": "a"})
        assert self.run(runner, tmp_path, True, {"name": "a"})["changed_nodes"] == ["a"]
        assert self.run(FakeRunner(), tmp_path / "none", True, {"name": "a"})["changed"]


class TestHealth:
    PARAMS: ClassVar[dict[str, Any]] = {
        "api_ready": False,
        "api_servers": [],
        "nodes_ready": ["a"],
        "node_versions": {},
        "coredns": True,
        "spread_coredns": True,
        "etcd": False,
        "static_pods": False,
        "timeout": 0,
        "kubeconfig": "/",
    }

    def run(self, root: Path, runner: FakeRunner, check: bool = False, **more: Any) -> dict[str, Any]:
        containers = static_pods.Containers(runner)
        return kube_health.check({**self.PARAMS, **more}, check, kubectl_of(runner), Host(root).disk, containers)

    def test_all_is_well(self, tmp_path: Path) -> None:
        runner = FakeRunner().on("get nodes,deployments.apps,pods", items(node("a"), coredns(), pod("p", "a")))
        result = self.run(tmp_path, runner)
        assert (result["changed"], result["missing"]) == (False, [])
        assert [found["name"] for found in result["nodes"]] == ["a"]

    def test_the_timeout_says_what_is_missing(self, tmp_path: Path) -> None:
        runner = FakeRunner().on("get nodes,deployments.apps,pods", items(node("a", "False", "no network"), coredns(0)))
        with pytest.raises(QuorumError, match=r"E2211 after 0 s: a is NotReady: no network; CoreDNS has 0 of 2"):
            self.run(tmp_path, runner)

    def test_check_mode_looks_once_and_never_fails(self, tmp_path: Path) -> None:
        runner = FakeRunner().on("get nodes,deployments.apps,pods", items(*TOGETHER))
        result = self.run(tmp_path, runner, check=True, nodes_ready=["c"])
        assert result["missing"] == ["c has no Node object"]
        assert result["moved"] in ("p", "q")
        assert not [line for line in runner.lines() if "delete" in line]
        assert self.run(tmp_path, FakeRunner(), check=True, kubeconfig="/none")["nodes"] == []

    def test_a_replica_is_moved_once_and_awaited(self) -> None:
        together = [node("a"), node("b"), coredns(), pod("p", "a"), pod("q", "a")]
        looks = [
            health.Observed({}, tuple(together)),
            health.Observed({}, (*together[:3], pod("p", "a"), pod("r", "a"))),
        ]
        runner = FakeRunner().on("delete pod")
        gate = kube_health.Gate(kubectl_of(runner), health.Wanted(coredns=True), lambda: looks.pop(0))
        assert gate.missing(gate.look_and_move()) == ["a replica of CoreDNS is moving to another node"]
        assert gate.missing(gate.look_and_move()) == []
        assert gate.moved == "q" and len(runner.calls) == 1

    def test_a_host_without_an_api_server_cannot_wait_for_its_own(self, tmp_path: Path) -> None:
        with pytest.raises(QuorumError, match=r"E2210"):
            self.run(tmp_path, FakeRunner(), api_ready=True)

    def test_static_pods_that_start_again_are_waited_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        only = {"nodes_ready": [], "coredns": False, "spread_coredns": False, "static_pods": True}
        Host(tmp_path).write(f"{hs.MANIFESTS}/etcd.yaml")
        runner = FakeRunner().on("crictl ps", Result(0, json.dumps({"containers": []})))
        monkeypatch.setattr(kubelet, "pods", lambda disk: [])
        with pytest.raises(QuorumError, match=r"E2211 .*: the kubelet has not read the manifest of etcd yet"):
            self.run(tmp_path, runner, **only)

        def refused(disk: object) -> list[dict[str, Any]]:
            raise ConnectionRefusedError("connection refused")

        monkeypatch.setattr(kubelet, "pods", refused)
        with pytest.raises(QuorumError, match="the kubelet does not say which pods it runs: connection refused"):
            self.run(tmp_path, runner, **only)

    def test_conditions_that_need_no_objects_ask_for_none(self, tmp_path: Path) -> None:
        runner = FakeRunner()
        result = self.run(tmp_path, runner, nodes_ready=[], coredns=False, spread_coredns=False)
        assert "nodes" not in result and runner.calls == []


class TestLock:
    PARAMS: ClassVar[dict[str, Any]] = {
        "state": "present",
        "lease": 100,
        "run_id": "r1",
        "who": "ann@a",
        "dead_run": "",
    }

    def work(self, root: Path, now: float, check: bool = False, **more: Any) -> dict[str, Any]:
        return kube_lock.work({**self.PARAMS, "dead_run": "", **more}, check, run_lock.LockFile(str(root)), now)

    def test_the_second_run_stops_with_who_and_since(self, tmp_path: Path) -> None:
        assert not self.work(tmp_path, 0).get("failed")
        refused = self.work(tmp_path, 50, run_id="r2")
        assert refused["failed"]
        assert refused["msg"] == (
            "E2251 ann@a works on this cluster since 1970-01-01 00:00:00 UTC (run r1). "
            "Fix: wait for its end; if it is gone, its lock expires at 1970-01-01 00:01:40 UTC"
        )

    def test_its_own_lock_is_prolonged_and_keeps_its_beginning(self, tmp_path: Path) -> None:
        self.work(tmp_path, 0)
        self.work(tmp_path, 50)
        holder = self.work(tmp_path, 120)["holder"]
        assert (holder["since"], holder["expires"]) == (0, 150)

    @pytest.mark.parametrize(("now", "dead"), [(100, ""), (1, "r1")])
    def test_a_stale_lock_and_that_of_a_dead_run_are_taken_over(self, tmp_path: Path, now: float, dead: str) -> None:
        self.work(tmp_path, 0)
        assert not self.work(tmp_path, now, run_id="r2", dead_run=dead).get("failed")
        assert self.work(tmp_path, now, run_id="r3").get("failed")

    def test_only_its_holder_gives_it_back(self, tmp_path: Path) -> None:
        self.work(tmp_path, 0)
        self.work(tmp_path, 0, state="absent", run_id="r2")
        assert self.work(tmp_path, 0, run_id="r2").get("failed")
        self.work(tmp_path, 0, state="absent")
        assert not self.work(tmp_path, 0, run_id="r2").get("failed")

    def test_check_mode_takes_nothing(self, tmp_path: Path) -> None:
        self.work(tmp_path, 0, check=True)
        assert list(tmp_path.iterdir()) == []

    def test_of_two_that_see_it_free_one_succeeds(self, tmp_path: Path) -> None:
        first, second = run_lock.LockFile(str(tmp_path)), run_lock.LockFile(str(tmp_path))
        free = first.held()
        first.take(run_lock.Lock("r1", "a", 0, 9), free)
        with pytest.raises(QuorumError, match="another run took the lock"):
            second.take(run_lock.Lock("r2", "b", 0, 9), free)

    def test_a_damaged_lock_protects_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "lock.json").write_text("{")
        assert not self.work(tmp_path, 0).get("failed")

    def test_a_run_of_this_controller_is_alive_while_its_process_is(self) -> None:
        own = run_identity.run_id(os.getpid())
        assert not run_identity.is_gone(own)
        host, boot, namespace, pid, started = own.split(":")
        assert f"pid:{namespace}" == os.readlink("/proc/self/ns/pid")
        later = str(int(started) + 1)
        assert run_identity.is_gone(":".join([host, boot, namespace, pid, later]))
        assert run_identity.is_gone(":".join([host, "another boot", namespace, pid, started]))
        assert not run_identity.is_gone(":".join(["another host", boot, namespace, pid, "1"]))
        # In a container of the same kernel the numbers of processes are others.
        assert not run_identity.is_gone(":".join([host, boot, "[1]", pid, later]))
        assert not run_identity.is_gone(":".join([host, "another boot", "[1]", pid, later]))
        assert not run_identity.is_gone(":".join([host, boot, "-", pid, later]))
        assert not run_identity.is_gone("damaged")
