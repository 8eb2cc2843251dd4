# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Facts of hosts in any condition."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    gather,
    gather_cluster,
    gather_config,
    gather_kubeadm,
    gather_network,
    gather_system,
    pki,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state as hs
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import RC_TIMEOUT, Result
from ansible_collections.quorum.kubernetes.plugins.modules import kubeadm_info
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fake_host import (
    API_SERVER,
    FIRST_KUBELET_CONF,
    Host,
)
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock, FakeRunner
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_pki import EC, PINS, WITH_NAMES

# openssl req -x509 -newkey ec ... -subj "/O=system:nodes/CN=system:node:w-1.example.com"
NODE_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIB0DCCAXegAwIBAgIUCZurvo0DwQvEfhrNmNeL9kFkqNkwCgYIKoZIzj0EAwIw
PTEVMBMGA1UECgwMc3lzdGVtOm5vZGVzMSQwIgYDVQQDDBtzeXN0ZW06bm9kZTp3
LTEuZXhhbXBsZS5jb20wIBcNMjYxMTI5MDE1NjMwWhgPMjEyNjExMDUwMTU2MzBa
MD0xFTATBgNVBAoMDHN5c3RlbTpub2RlczEkMCIGA1UEAwwbc3lzdGVtOm5vZGU6
dy0xLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEN5zkjJS4
x9seB0LQuQx7H9QSCqMI9D/runDpd8jceExL2WjSbjpDMIXYezNYoXMaefOTVcgG
otTfY9SRvKZTgqNTMFEwHQYDVR0OBBYEFKqecFWjTcMY/6+ONqk8PTaHlc97MB8G
A1UdIwQYMBaAFKqecFWjTcMY/6+ONqk8PTaHlc97MA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDRwAwRAIgKJO36h5BEkY4tYNie0pkZJDSr4VFxJYFIExhctzY
sLECIExHSWgzp6IKf+DbMEG1PAUqiWDWWnP9Mp/+VAcO58dp
-----END CERTIFICATE-----
"""

PARAMS: dict[str, Any] = {"node_name": "cp1", "resolve": [], "ports": [6443], "paths": ["/"], "api_timeout": 0}


class TestSystem:
    def test_os_release(self, tmp_path: Path) -> None:
        text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n'
        host = Host(tmp_path).write("/etc/os-release", text)
        assert gather_system.operating_system(host.disk) == {
            "id": "debian",
            "version_id": "12",
            "codename": "bookworm",
            "pretty": "Debian GNU/Linux 12 (bookworm)",
        }

    def test_memory_and_swap(self) -> None:
        assert gather_system.memory_mib("MemTotal:        4028712 kB\nMemFree: 1 kB\n") == 3934
        assert gather_system.memory_mib("garbage") == 0
        swaps = "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2   partition\t999420\t0\t-2\n/swap file 1 0 0\n"
        assert gather_system.swap_devices(swaps) == ["/dev/sda2", "/swap"]
        assert gather_system.swap_devices("") == []

    def test_cgroup_version(self, tmp_path: Path) -> None:
        host = Host(tmp_path)
        assert gather_system.machine(host.disk)["cgroup_version"] == 1
        host.write("/sys/fs/cgroup/cgroup.controllers")
        assert gather_system.machine(host.disk)["cgroup_version"] == 2

    def test_space_of_a_directory_that_is_not_there_yet_is_its_parents(self, tmp_path: Path) -> None:
        space = gather_system.disk_space(["/var/lib/etcd"], Host(tmp_path).disk)
        etcd = space["/var/lib/etcd"]
        assert 0 < etcd["available_mib"] <= etcd["free_mib"] <= etcd["total_mib"]

    @pytest.mark.parametrize(
        ("abbreviation", "status", "hold"),
        [("ii ", "ii", False), ("hi ", "ii", True), ("iF ", "iF", False), ("iHR", "iHR", False), ("rc ", "rc", False)],
    )
    def test_packages(self, abbreviation: str, status: str, hold: bool) -> None:
        found = gather_system.parse_packages(f"kubelet\t1.37.1-1.1\t{abbreviation}\nkubectl\t\tun \n")
        assert found == {"kubelet": {"version": "1.37.1-1.1", "status": status, "hold": hold}}

    @pytest.mark.parametrize(
        ("text", "version"),
        [
            ("v1.37.1\n", "1.37.1"),
            ("Kubernetes v1.37.0-rc.0\n", "1.37.0-rc.0"),
            ("containerd github.com/containerd/containerd/v2 2.3.7 abcdef\n", "2.3.7"),
            ("", ""),
        ],
    )
    def test_versions(self, text: str, version: str) -> None:
        assert gather_system.parse_version(text) == version


class TestNetwork:
    def test_addresses_without_loopback_and_link_local(self) -> None:
        text = json.dumps(
            [
                {"ifname": "lo", "mtu": 65536, "addr_info": [{"local": "127.0.0.1", "prefixlen": 8, "scope": "host"}]},
                {
                    "ifname": "eth0",
                    "mtu": 1400,
                    "addr_info": [
                        {"local": "10.0.0.11", "prefixlen": 24, "scope": "global"},
                        {"local": "fe80::1", "prefixlen": 64, "scope": "link"},
                    ],
                },
                {},
            ]
        )
        expected = [{"interface": "eth0", "address": "10.0.0.11", "prefix": 24, "mtu": 1400}]
        assert gather_network.parse_addresses(text) == expected
        assert gather_network.parse_addresses("ip: not found") == []

    def test_resolvers_behind_systemd_resolved(self, tmp_path: Path) -> None:
        host = Host(tmp_path).write("/etc/resolv.conf", "search x\nnameserver 127.0.0.53\n")
        assert gather_network.resolvers(host.disk) == ["127.0.0.53"]
        host.write("/run/systemd/resolve/resolv.conf", "# c\nnameserver 10.0.0.1\nnameserver fd00::1\n")
        assert gather_network.resolvers(host.disk) == ["10.0.0.1", "fd00::1"]

    def test_who_listens(self, tmp_path: Path) -> None:
        text = (
            'LISTEN 0 4096 127.0.0.1:2379 0.0.0.0:* users:(("etcd",pid=7,fd=9))\n'
            'LISTEN 0 4096 10.0.0.11:2379 0.0.0.0:* users:(("etcd",pid=7,fd=8))\n'
            'LISTEN 0 128 [::]:22 [::]:* users:(("sshd",pid=8,fd=4))\n'
            "LISTEN 0 128 *%eth0:80 *:*\n"
            "garbage\n"
        )
        host = Host(tmp_path).write("/proc/8/cgroup", "0::/system.slice/ssh.service\n")
        host.write("/proc/7/cgroup", "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-a.scope\n")
        runner = FakeRunner().on("ss -Hltnp", Result(0, text))
        assert gather_network.listening(runner, host.disk, [22, 80, 2379, 6443]) == {
            "2379": {"process": "etcd", "pid": 7, "addresses": ["127.0.0.1", "10.0.0.11"], "unit": ""},
            "22": {"process": "sshd", "pid": 8, "addresses": ["::"], "unit": "ssh.service"},
            "80": {"process": "", "pid": 0, "addresses": ["*"], "unit": ""},
        }

    def test_names(self) -> None:
        assert "127.0.0.1" in gather_network.resolve("localhost")
        assert gather_network.resolve("no such name") == []
        assert gather_network.resolve("a" * 300) == []


class TestKubeadm:
    def test_a_worker(self, tmp_path: Path) -> None:
        found = gather_kubeadm.read(Host(tmp_path).worker().disk)
        assert hs.classify(found.seen) == hs.State(hs.COMPLETE, hs.WORKER)
        assert found.server == "https://10.0.0.100:6443"
        assert found.ca_sha256 == f"sha256:{PINS[EC]}"
        assert found.api is None

    def test_a_control_plane(self, tmp_path: Path) -> None:
        found = gather_kubeadm.read(Host(tmp_path).control_plane().disk)
        assert hs.classify(found.seen) == hs.State(hs.COMPLETE, hs.CONTROL_PLANE)
        assert found.api == ("10.0.0.11", "6443")
        assert found.seen.local_etcd and found.seen.etcd_data

    def test_the_runtime_is_read_wherever_kubeadm_has_written_it(self, tmp_path: Path) -> None:
        host = Host(tmp_path).worker()
        setting = "kind: KubeletConfiguration\ncontainerRuntimeEndpoint: {}\n"
        host.write(hs.KUBELET_CONFIG, setting.format('""')).write(hs.KUBELET_FLAGS, 'KUBELET_KUBEADM_ARGS="--v=2"\n')
        assert gather_kubeadm.read(host.disk).cri_socket == ""
        host.write(hs.KUBELET_CONFIG, setting.format("unix:///a.sock"))
        assert gather_kubeadm.read(host.disk).cri_socket == "unix:///a.sock"
        host.write(hs.KUBELET_INSTANCE_CONFIG, setting.format("unix:///b.sock"))
        assert gather_kubeadm.read(host.disk).cri_socket == "unix:///b.sock"
        host.write(hs.KUBELET_FLAGS, 'KUBELET_KUBEADM_ARGS="--v=2 --container-runtime-endpoint=unix:///c.sock"\n')
        assert gather_kubeadm.read(host.disk).cri_socket == "unix:///c.sock"

    def test_an_init_that_did_not_end_names_its_node(self, tmp_path: Path) -> None:
        found = gather_kubeadm.read(Host(tmp_path).control_plane().write(hs.KUBELET_CONF, FIRST_KUBELET_CONF).disk)
        assert hs.classify(found.seen).state == hs.PARTIAL
        assert found.node_name == "cp1"

    def test_empty_files_of_an_interrupted_write_do_not_count(self, tmp_path: Path) -> None:
        found = gather_kubeadm.read(Host(tmp_path).worker().write(hs.KUBELET_CONFIG, "").disk)
        assert hs.classify(found.seen).reasons == (f"missing: {hs.KUBELET_CONFIG}",)

    def test_a_kubelet_with_its_certificates_elsewhere(self, tmp_path: Path) -> None:
        host = Host(tmp_path).worker()
        (tmp_path / hs.KUBELET_CERTIFICATE.lstrip("/")).unlink()
        host.write(hs.KUBELET_CONF, "user:\n  client-certificate: /srv/kubelet.pem\n").write("/srv/kubelet.pem")
        assert hs.classify(gather_kubeadm.read(host.disk).seen).state == hs.COMPLETE

    def test_rotation_switched_off(self, tmp_path: Path) -> None:
        host = Host(tmp_path).control_plane().write(hs.KUBELET_CONF, FIRST_KUBELET_CONF)
        host.write(hs.KUBELET_CONFIG, "kind: KubeletConfiguration\nrotateCertificates: false\n")
        assert hs.classify(gather_kubeadm.read(host.disk).seen).state == hs.COMPLETE

    def test_data_of_an_etcd_service_is_not_kubeadms(self, tmp_path: Path) -> None:
        host = Host(tmp_path).write(f"{hs.ETCD_DATA}/member/snap/db").write("/etc/systemd/system/etcd.service")
        assert hs.classify(gather_kubeadm.read(host.disk).seen).state == hs.NONE

    def test_external_etcd_is_read_from_the_manifest(self, tmp_path: Path) -> None:
        manifest = "- --advertise-address=fd00::1\n- --etcd-servers=https://10.0.0.31:2379,https://10.0.0.32:2379\n"
        found = gather_kubeadm.read(Host(tmp_path).write(hs.API_SERVER_MANIFEST, manifest).disk)
        assert not found.seen.local_etcd
        assert found.api == ("fd00::1", "6443")

    def test_the_node_is_named_by_the_kubelets_certificate(self) -> None:
        assert pki.node_name(NODE_CERTIFICATE) == "w-1.example.com"
        assert pki.node_name(EC) == ""

    def test_a_bare_host_and_a_host_of_garbage(self, tmp_path: Path) -> None:
        assert hs.classify(gather_kubeadm.read(Host(tmp_path).disk).seen) == hs.State(hs.NONE)
        host = Host(tmp_path)
        for path in hs.ALL_FILES:
            host.write(path, "\0\x01 garbage: [")
        assert hs.classify(gather_kubeadm.read(host.disk).seen).state == hs.PARTIAL


class TestCluster:
    MEMBERS = (
        {"name": "cp1", "peer_urls": ["https://10.0.0.11:2380"], "is_learner": False},
        {"name": "cp2", "peer_urls": ["https://10.0.0.12:2380"], "is_learner": True},
        {"name": "", "peer_urls": ["https://[fd00::3]:2380"], "is_learner": False},
    )

    @pytest.mark.parametrize(
        ("name", "address", "member"),
        [
            ("cp1", "10.0.0.11", hs.MEMBER_VOTER),
            ("cp2", "10.0.0.12", hs.MEMBER_LEARNER),
            ("cp3", "fd00::3", hs.MEMBER_UNSTARTED),
            ("cp4", "10.0.0.1", hs.MEMBER_ABSENT),
        ],
    )
    def test_this_hosts_member(self, name: str, address: str, member: str) -> None:
        assert gather_cluster.own_member(list(self.MEMBERS), name, address) == member

    def test_without_an_answer_the_member_is_unknown(self) -> None:
        assert gather_cluster.own_member([], "cp1", "10.0.0.11") == hs.MEMBER_UNKNOWN

    def test_an_api_server_that_starts_is_awaited_and_no_longer(self) -> None:
        clock, answers = FakeClock(), iter(["refused", "refused", ""])
        assert gather_cluster.await_api(lambda: next(answers), 10, clock, clock.sleep)
        assert not gather_cluster.await_api(lambda: "refused", 2, clock, clock.sleep)
        assert sum(clock.slept) == pytest.approx(3.0)

    def test_nobody_at_the_other_end_is_a_reason(self, tmp_path: Path) -> None:
        path = tmp_path / "ca.crt"
        path.write_text(EC)
        assert "refused" in gather_cluster.readyz("127.0.0.1", "1", str(path))
        assert gather_cluster.readyz("127.0.0.1", "1", str(tmp_path / "none"))

    def test_urls(self) -> None:
        assert gather_cluster.server_url("10.0.0.11", "6443") == "https://10.0.0.11:6443"
        assert gather_cluster.server_url("fd00::1", "6443") == "https://[fd00::1]:6443"


def read_yaml(_argv: list[str], stdin: str | None) -> Result:
    """kubectl that turns YAML into JSON."""
    return Result(0, "\n".join(json.dumps(one) for one in yaml.safe_load_all(stdin or "")))


class TestConfiguration:
    def test_what_the_cluster_keeps_is_read_by_kubectl(self) -> None:
        data = {"kubeadm-config": {"ClusterConfiguration": "clusterName: a\n"}, "kubelet-config": {"kubelet": "b: 1\n"}}
        items = [{"metadata": {"name": name}, "data": kept} for name, kept in data.items()]
        runner = FakeRunner().on("get configmap", Result(0, json.dumps({"items": items}))).on("patch", read_yaml)
        found = gather_config.kept(gather_cluster.local_kubectl(runner, ("10.0.0.11", "6443")))
        assert (found.cluster, found.kubelet) == ({"clusterName": "a"}, {"b": 1})

    def test_what_a_control_plane_runs_with(self, tmp_path: Path) -> None:
        host = Host(tmp_path).write(f"{hs.MANIFESTS}/kube-apiserver.yaml", API_SERVER)
        host.write(hs.KUBELET_CONFIG, "maxPods: 50\n").write(f"{hs.PKI}/apiserver.crt", WITH_NAMES)
        found = gather.configuration(FakeRunner().on("patch --local", read_yaml), host.disk)
        assert found is not None
        assert found["components"]["kube-apiserver"][-1] == "--secure-port=6443"
        assert (found["sans"][0], found["kubelet"]) == ("cp1", {"maxPods": 50})

    def test_a_bare_host_runs_with_nothing(self, tmp_path: Path) -> None:
        assert gather.configuration(FakeRunner(), Host(tmp_path).disk) is None


class TestHost:
    def test_a_bare_host_without_any_program(self, tmp_path: Path) -> None:
        facts = gather.host(FakeRunner(), Host(tmp_path).disk, dict(PARAMS, resolve=["localhost"]))
        assert facts["kubeadm"]["state"] == hs.NONE
        assert facts["cluster"] is None
        assert facts["versions"] == {"kubeadm": "", "kubelet": "", "containerd": ""}
        assert (facts["packages"], facts["ports"], facts["addresses"], facts["running"]) == ({}, {}, [], [])
        assert "127.0.0.1" in facts["resolved"]["localhost"]
        assert abs(facts["epoch"] - time.time()) < 60

    def test_a_question_that_raises_or_hangs_is_an_empty_answer(self) -> None:
        answers = gather.parallel({"a": lambda: 1 / 0, "b": lambda: time.sleep(3), "c": lambda: 3}, 0.1)
        assert answers == {"a": None, "b": None, "c": 3}

    def test_a_host_that_cannot_be_judged_is_never_taken_for_a_fresh_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gather, "kubernetes", lambda *_unused: 1 / 0)
        with pytest.raises(QuorumError, match="E2103 what kubeadm has done on this host could not be found out"):
            gather.host(FakeRunner(), Host(tmp_path).disk, PARAMS)

    def test_a_control_plane_whose_api_is_down_stays_complete(self, tmp_path: Path) -> None:
        found = gather.kubernetes(FakeRunner(), Host(tmp_path).control_plane().disk, PARAMS)
        assert found["kubeadm"]["state"] == hs.COMPLETE
        assert found["cluster"] == {
            "api_ready": False,
            "nodes": [],
            "cluster_configuration": None,
            "kubelet_configuration": None,
            "proxy_configuration": None,
            "etcd": found["cluster"]["etcd"],
        }
        assert found["cluster"]["etcd"]["members"] == []

    def test_a_running_long_command_is_named(self) -> None:
        runner = FakeRunner().on("systemctl show quorum-kubeadm.service", Result(0, "active\n"))
        assert gather.running(runner) == ["quorum-kubeadm.service"]

    def test_a_systemd_that_does_not_answer_in_time_may_still_run_it(self) -> None:
        runner = FakeRunner().on("systemctl show quorum-kubeadm.service", Result(RC_TIMEOUT, "", "no answer"))
        assert gather.running(runner) == ["quorum-kubeadm.service"]

    def test_a_command_that_still_runs_is_awaited_before_the_host_is_judged(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        host, state = Host(tmp_path).write(hs.BOOTSTRAP_CONF), ["active"]

        def wait(_self: LongCommand, timeout: float) -> bool:
            (tmp_path / hs.BOOTSTRAP_CONF.lstrip("/")).unlink()
            host.worker()
            state[0] = "inactive"
            return True

        monkeypatch.setattr(LongCommand, "wait_for_running", wait)
        runner = FakeRunner().on("systemctl show", lambda _argv, _stdin: Result(0, state[0]))
        facts = kubeadm_info.look(dict(PARAMS, running_timeout=9, asked=1.5), runner, host.disk)["host"]
        assert facts["asked"] == 1.5
        assert (facts["kubeadm"]["state"], facts["running"], facts["waited"]) == (hs.COMPLETE, [], True)

    def test_the_cluster_completes_what_the_disk_says(self, tmp_path: Path) -> None:
        on_disk = gather_kubeadm.read(Host(tmp_path).control_plane().disk)
        cluster: dict[str, Any] = {"nodes": [{"name": "cp2"}], "etcd": {"members": list(TestCluster.MEMBERS)}}
        assert hs.classify(gather.with_cluster(on_disk, cluster, "cp1")).reasons == (
            "the cluster has no Node object of this host",
        )
        cluster["nodes"].append({"name": "cp1"})
        assert hs.classify(gather.with_cluster(on_disk, cluster, "cp1")).state == hs.COMPLETE
