# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What of a living cluster's configuration has to change, and what is left as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.quorum.kubernetes.plugins.module_utils import kubeadm_config as kc
from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import cluster_documents
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubeadm_config import Configuration, Running

Json = dict[str, Any]


def arguments(**values: str) -> list[Json]:
    """extraArgs; _ stands for -."""
    return [{"name": name.replace("_", "-"), "value": value} for name, value in values.items()]


def cluster(**parts: Any) -> Json:
    """A ClusterConfiguration."""
    return {"kind": "ClusterConfiguration", "kubernetesVersion": "v1.37.1", **parts}


DEFAULTS = kc.of_documents(cluster_documents({"version": "1.37.1"}))

# What the cluster keeps and a control plane runs with.
KEPT = Configuration(
    cluster(
        networking=DEFAULTS.cluster["networking"],
        apiServer={"certSANs": ["api.example.com"], "extraArgs": arguments(profiling="false")},
        controllerManager={},
        scheduler={},
        etcd={"local": {"dataDir": "/var/lib/etcd"}},
    ),
    {**DEFAULTS.kubelet, "syncFrequency": "1m0s", "memorySwap": {}},
    DEFAULTS.proxy,
)
HOST = Running(
    {
        "etcd": ["--name=cp1"],
        "kube-apiserver": ["--secure-port=6443", "--profiling=false"],
        "kube-controller-manager": ["--leader-elect=true"],
        "kube-scheduler": ["--leader-elect=true"],
    },
    ["cp1", "10.96.0.1", "api.example.com"],
    {**KEPT.kubelet, "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock", "resolvConf": "/run/x"},
    ["--node-ip=10.0.0.11"],
)


def wanting(kubelet: Json | None = None, **parts: Any) -> Configuration:
    """What is wanted: as it is kept, but for these parts."""
    return replace(KEPT, cluster={**KEPT.cluster, **parts}, kubelet={**KEPT.kubelet, **(kubelet or {})})


def test_what_is_as_it_is_wanted_has_no_changes() -> None:
    assert kc.host_changes(HOST, KEPT, KEPT) == {}
    assert kc.kept_changes(KEPT, KEPT) == {}
    assert kc.laid_on(KEPT, KEPT) == KEPT


def test_an_argument_that_comes_and_one_that_goes_are_named() -> None:
    wanted = wanting(apiServer={**KEPT.cluster["apiServer"], "extraArgs": arguments(audit_log_path="-")})
    assert kc.host_changes(HOST, KEPT, wanted) == {"kube-apiserver": ["- --profiling=false", "+ --audit-log-path=-"]}
    assert kc.kept_changes(KEPT, wanted) == {
        "kubeadm-config": ["- kube-apiserver --profiling=false", "+ kube-apiserver --audit-log-path=-"]
    }


def test_api_servers_follow_external_etcd_which_keeps_its_files() -> None:
    before, after = "https://10.0.1.1:2379,https://10.0.1.2:2379", "https://10.0.1.1:2379,https://10.0.1.9:2379"
    kept = replace(KEPT, cluster=cluster(etcd={"external": {"endpoints": before.split(","), "caFile": "/ca.crt"}}))
    wanted = replace(KEPT, cluster=cluster(etcd={"external": {"endpoints": after.split(",")}}))
    host = Running({"kube-apiserver": ["--secure-port=6443", f"--etcd-servers={before}"]})
    lines = [f"- --etcd-servers={before}", f"+ --etcd-servers={after}"]
    assert kc.host_changes(host, kept, wanted) == {"kube-apiserver": lines}
    assert kc.host_changes(host, kept, kept) == {}
    external = kc.laid_on(kept, wanted).cluster["etcd"]["external"]
    assert external == {"endpoints": after.split(","), "caFile": "/ca.crt"}


def test_a_host_on_which_an_interrupted_run_was_done_is_left_alone() -> None:
    wanted = wanting(scheduler={"extraArgs": arguments(v="3")})
    done = replace(HOST, components={**HOST.components, "kube-scheduler": ["--leader-elect=true", "--v=3"]})
    assert kc.host_changes(done, KEPT, wanted) == {}
    assert kc.host_changes(HOST, KEPT, wanted) == {"kube-scheduler": ["+ --v=3"]}


def test_a_host_that_was_left_out_is_found_when_the_cluster_keeps_what_is_wanted_already() -> None:
    wanted = wanting(scheduler={"extraArgs": arguments(v="3")})
    assert kc.host_changes(HOST, wanted, wanted) == {"kube-scheduler": ["+ --v=3"]}


def test_kubeadms_own_arguments_are_nobodys_to_remove() -> None:
    assert (
        kc.host_changes(replace(HOST, components={"kube-apiserver": ["--a=b", "--profiling=false"]}), KEPT, KEPT) == {}
    )


def test_names_of_the_certificate_come_and_go_in_any_form() -> None:
    wanted = wanting(apiServer={**KEPT.cluster["apiServer"], "certSANs": ["CP1", "fd00:0::1", "10.96.0.1"]})
    assert kc.host_changes(HOST, KEPT, wanted) == {"apiserver.crt": ["- api.example.com", "+ fd00::1"]}


def test_a_worker_has_nothing_but_its_kubelet() -> None:
    wanted = wanting({"maxPods": 50}, apiServer={"certSANs": ["new.example.com"]})
    worker = Running(kubelet=HOST.kubelet)
    assert kc.host_changes(worker, Configuration(), wanted) == {"kubelet": ["+ maxPods: 50"]}
    assert kc.host_changes(Running(), Configuration(), wanted) == {}


@pytest.mark.parametrize(
    ("kubelet", "changes"),
    [
        ({"syncFrequency": "60s"}, []),
        ({"syncFrequency": "1m1s"}, ['+ syncFrequency: "1m1s"']),
        ({"memorySwap": {"swapBehavior": "NoSwap"}}, ['+ memorySwap.swapBehavior: "NoSwap"']),
        ({"featureGates": {}, "allowedUnsafeSysctls": [], "makeIPTablesUtilChains": False}, []),
        ({"failCgroupV1": True}, ["+ failCgroupV1: true"]),
        (
            {"reservedSystemCPUs": "0", "enforceNodeAllocatable": ["pods"]},
            ['+ reservedSystemCPUs: "0"', '+ enforceNodeAllocatable: ["pods"]'],
        ),
    ],
)
def test_settings_of_the_kubelet_are_compared_by_what_they_mean(kubelet: Json, changes: list[str]) -> None:
    expected = {"kubelet": changes} if changes else {}
    assert kc.host_changes(HOST, KEPT, wanting(kubelet)) == expected
    assert kc.kept_changes(KEPT, wanting(kubelet)) == ({"kubelet-config": changes} if changes else {})


def test_what_kubeadm_writes_by_itself_is_as_it_is_wanted() -> None:
    kubelet, proxy = yaml.safe_load_all(Path(__file__).with_name("kubeadm_defaults.yml").read_text())
    assert kubelet["kind"] == "KubeletConfiguration"
    assert kc.kept_changes(Configuration(DEFAULTS.cluster, kubelet, proxy), DEFAULTS) == {}


def test_what_kubeadm_does_not_let_anybody_decide_is_no_change() -> None:
    kubelet = {"kind": "KubeletConfiguration", "cgroupDriver": "systemd", "rotateCertificates": False}
    written = replace(DEFAULTS, kubelet={**DEFAULTS.kubelet, "rotateCertificates": True})
    assert kc.kept_changes(written, kc.of_documents([DEFAULTS.cluster, kubelet])) == {}


@pytest.mark.parametrize(
    ("services", "address"),
    [("10.96.0.0/12", "10.96.0.10"), ("fd00:96::/112,10.96.0.0/16", "fd00:96::a"), ("192.168.8.0/24", "192.168.8.10")],
)
def test_kubelets_are_given_the_tenth_address_of_services_for_dns(services: str, address: str) -> None:
    wanted = kc.of_documents(cluster_documents({"version": "1.37.1", "service_subnet": services}))
    assert wanted.kubelet["clusterDNS"] == [address]


@pytest.mark.parametrize(
    ("kept", "changes"),
    [
        ({"maxPods": 50}, ["- maxPods: 50"]),
        ({"failSwapOn": False}, ["- failSwapOn: false"]),
        (
            {"featureGates": {"A": False}, "evictionHard": {"memory.available": "5%"}},
            ["- featureGates.A: false", '- evictionHard.memory.available: "5%"'],
        ),
        ({"clusterDNS": ["169.254.20.10"], "healthzPort": 1}, ['+ clusterDNS: ["10.96.0.10"]', "+ healthzPort: 10248"]),
        ({"imageMaximumGCAge": "0s", "logging": {"flushFrequency": 0}, "registerWithTaints": []}, []),
    ],
)
def test_a_setting_of_the_kubelet_that_is_no_longer_asked_for_goes_back_to_the_default(
    kept: Json, changes: list[str]
) -> None:
    before = replace(KEPT, kubelet={**KEPT.kubelet, **kept})
    expected = {"kubelet": changes} if changes else {}
    assert kc.host_changes(replace(HOST, kubelet=before.kubelet), before, KEPT) == expected
    assert kc.kept_changes(before, KEPT) == ({"kubelet-config": changes} if changes else {})
    assert kc.laid_on(before, KEPT).kubelet == KEPT.kubelet


def test_a_setting_of_kube_proxy_that_is_no_longer_asked_for_goes_back_to_the_default() -> None:
    kept = replace(KEPT, proxy={**KEPT.proxy, "ipvs": {"strictARP": True, "scheduler": "rr"}})
    assert kc.kept_changes(kept, KEPT) == {"kube-proxy": ['- ipvs.scheduler: "rr"', "+ ipvs.strictARP: false"]}
    assert kc.laid_on(kept, KEPT).proxy == KEPT.proxy
    assert kc.laid_on(replace(kept, proxy={}), KEPT).proxy == {}


FLAGS_FILE = 'KUBELET_KUBEADM_ARGS="--hostname-override=cp1 --node-ip=10.0.0.11 --v=2"\n'


def test_flags_of_the_kubelet_come_and_go_and_those_that_it_joined_with_stay() -> None:
    wanted = replace(KEPT, kubelet_args=arguments(v="4", max_pods="50", register_with_taints="a:NoSchedule"))
    host = replace(HOST, kubelet_flags=kc.kubelet_flags(FLAGS_FILE))
    assert kc.host_changes(host, KEPT, wanted) == {"kubeadm-flags.env": ["- --v=2", "+ --v=4", "+ --max-pods=50"]}
    assert kc.flags_text(FLAGS_FILE, wanted.kubelet_args) == (
        'KUBELET_KUBEADM_ARGS="--hostname-override=cp1 --node-ip=10.0.0.11 --v=4 --max-pods=50"\n'
    )


@pytest.mark.parametrize("text", ["", "SOMETHING_ELSE=1\n", 'KUBELET_KUBEADM_ARGS=""\n'])
def test_a_file_without_flags_gets_those_that_are_asked_for(text: str) -> None:
    assert kc.kubelet_flags(text) == []
    assert kc.kubelet_flags(kc.flags_text(text, arguments(v="2"))) == ["--v=2"]


def test_only_what_can_change_is_laid_on_what_the_cluster_keeps() -> None:
    wanted = Configuration(
        cluster(
            kubernetesVersion="v1.38.0",
            networking={"podSubnet": "10.9.0.0/16"},
            scheduler={"extraArgs": arguments(v="3")},
            etcd={"local": {"extraArgs": arguments(quota_backend_bytes="1")}},
        ),
        {"maxPods": 50},
        DEFAULTS.proxy,
    )
    assert kc.laid_on(KEPT, wanted) == Configuration(
        {
            **KEPT.cluster,
            "apiServer": {},
            "scheduler": {"extraArgs": arguments(v="3")},
            "etcd": {"local": {"dataDir": "/var/lib/etcd", "extraArgs": arguments(quota_backend_bytes="1")}},
        },
        {"maxPods": 50},
        DEFAULTS.proxy,
    )
    assert KEPT.cluster["scheduler"] == {}


def test_an_etcd_of_its_own_gets_no_local_one_beside_it() -> None:
    kept = replace(KEPT, cluster=cluster(etcd={"external": {"endpoints": ["https://e:2379"]}}))
    assert kc.laid_on(kept, kept) == kept


def test_nothing_is_said_of_a_cluster_that_does_not_say_what_it_keeps() -> None:
    assert kc.kept_changes(Configuration(), KEPT) == {}


def test_settings_of_a_pod_are_its_arguments_and_mounts() -> None:
    volumes = [{"name": "a", "hostPath": {"path": "/etc/a"}}, {"name": "b", "hostPath": {"path": "/var/b"}}]
    mounts = [{"name": "a", "mountPath": "/a", "readOnly": True}, {"name": "b", "mountPath": "/b"}]
    container = {"command": ["kube-apiserver", "--a=b: c", "--d"], "volumeMounts": mounts}
    pod = {"spec": {"containers": [container], "volumes": volumes}}
    assert kc.pod_settings(pod) == ["--a=b: c", "--d", "mount /etc/a at /a read-only", "mount /var/b at /b"]
    assert kc.pod_settings({}) == []


def test_a_mount_that_is_wanted_is_compared_with_that_of_the_pod() -> None:
    volume = {"name": "a", "hostPath": "/etc/a", "mountPath": "/a", "readOnly": True, "pathType": "File"}
    wanted = wanting(scheduler={"extraVolumes": [volume]})
    assert kc.host_changes(HOST, KEPT, wanted) == {"kube-scheduler": ["+ mount /etc/a at /a read-only"]}
    there = {**HOST.components, "kube-scheduler": ["mount /etc/a at /a read-only"]}
    assert kc.host_changes(replace(HOST, components=there), KEPT, wanted) == {}
