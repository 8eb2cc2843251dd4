# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""kubeadm's documents from settings: known answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import documents
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError

NODE = {"name": "cp1", "ip": "10.0.0.11", "control_plane": True, "taints": []}
SETTINGS: dict[str, Any] = {"version": "1.37.1", "endpoint": "10.0.0.100:6443", "node": NODE}


def by_kind(settings: dict[str, Any], kind: str = "init") -> dict[str, Any]:
    return {document["kind"]: document for document in documents.kubeadm_documents(settings, kind)}


@pytest.mark.parametrize("kind", ["init", "join"])
def test_the_kubelet_has_every_address_of_its_node_and_the_api_server_the_first(kind: str) -> None:
    node = NODE | {"ips": ["10.0.0.11", "fd00::11"]}
    document = by_kind(SETTINGS | {"node": node}, kind)[f"{kind.capitalize()}Configuration"]
    assert document["nodeRegistration"]["kubeletExtraArgs"] == [{"name": "node-ip", "value": "10.0.0.11,fd00::11"}]
    endpoint = document.get("localAPIEndpoint") or document["controlPlane"]["localAPIEndpoint"]
    assert endpoint["advertiseAddress"] == "10.0.0.11"


def test_init_with_defaults() -> None:
    assert by_kind(SETTINGS) == {
        "InitConfiguration": {
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "InitConfiguration",
            "nodeRegistration": {
                "name": "cp1",
                "criSocket": "unix:///run/containerd/containerd.sock",
                "imagePullPolicy": "IfNotPresent",
                "kubeletExtraArgs": [{"name": "node-ip", "value": "10.0.0.11"}],
                "taints": [],
            },
            "localAPIEndpoint": {"advertiseAddress": "10.0.0.11", "bindPort": 6443},
            "bootstrapTokens": [{"ttl": "1m0s", "description": "quorum.kubernetes init"}],
        },
        "ClusterConfiguration": {
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "ClusterConfiguration",
            "clusterName": "kubernetes",
            "kubernetesVersion": "v1.37.1",
            "networking": {
                "podSubnet": "10.244.0.0/16",
                "serviceSubnet": "10.96.0.0/12",
                "dnsDomain": "cluster.local",
            },
            "imageRepository": "registry.k8s.io",
            "apiServer": {"certSANs": [], "extraArgs": []},
            "controllerManager": {"extraArgs": []},
            "scheduler": {"extraArgs": []},
            "controlPlaneEndpoint": "10.0.0.100:6443",
        },
        "KubeletConfiguration": {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "cgroupDriver": "systemd",
        },
        "KubeProxyConfiguration": {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
        },
    }


def test_a_worker_joins_without_control_plane_and_with_kubeadms_own_taints() -> None:
    settings = {"version": "1.37.1", "node": {"name": "w1", "ip": "10.0.0.21", "taints": None}}
    (document,) = documents.kubeadm_documents(settings, "join")
    assert document["kind"] == "JoinConfiguration"
    assert "controlPlane" not in document
    assert "taints" not in document["nodeRegistration"]


def test_a_control_plane_joins_with_its_own_endpoint_and_port() -> None:
    (document,) = documents.kubeadm_documents(dict(SETTINGS, api_port=7443), "join")
    assert document["controlPlane"] == {"localAPIEndpoint": {"advertiseAddress": "10.0.0.11", "bindPort": 7443}}


def test_the_users_dicts_are_merged_last_and_lists_replace() -> None:
    found = by_kind(
        dict(
            SETTINGS,
            api_server_sans=["a"],
            cluster_configuration={"apiServer": {"certSANs": ["b"]}, "encryptionAlgorithm": "ECDSA-P256"},
            kubelet_config={"failCgroupV1": False, "cgroupDriver": "cgroupfs"},
            proxy_config={"mode": "nftables", "conntrack": {"min": 0}},
        )
    )
    assert found["ClusterConfiguration"]["apiServer"] == {"certSANs": ["b"], "extraArgs": []}
    assert found["ClusterConfiguration"]["encryptionAlgorithm"] == "ECDSA-P256"
    assert found["KubeletConfiguration"]["failCgroupV1"] is False
    assert found["KubeletConfiguration"]["cgroupDriver"] == "cgroupfs"
    assert found["KubeProxyConfiguration"] == {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "conntrack": {"min": 0},
    }


def test_merge_leaves_its_arguments_alone() -> None:
    base, over = {"a": {"b": [1]}}, {"a": {"c": [2]}}
    merged = documents.merge(base, over)
    merged["a"]["b"].append(9)
    merged["a"]["c"].append(9)
    assert (base, over) == ({"a": {"b": [1]}}, {"a": {"c": [2]}})


def test_merge_does_not_copy_the_template_engine_that_ansibles_containers_hold() -> None:
    class Lazy(dict[str, object]):
        def __deepcopy__(self, memo: object) -> object:
            raise AssertionError("a deep copy of Ansible's lazy containers copies their engine")

    merged = documents.merge(Lazy(a=Lazy(b=[1]), c=Lazy()), Lazy(a=Lazy(d=Lazy(e=2))))
    assert merged == {"a": {"b": [1], "d": {"e": 2}}, "c": {}}
    assert type(merged["a"]["d"]) is dict


def test_the_users_kubelet_arguments_win_over_node_ip_and_keep_their_order() -> None:
    user = [{"name": "v", "value": "4"}, {"name": "node-ip", "value": "10.0.0.11,fd00::11"}]
    found = by_kind(dict(SETTINGS, kubelet_extra_args=user))
    assert found["InitConfiguration"]["nodeRegistration"]["kubeletExtraArgs"] == user


@pytest.mark.parametrize(
    ("pods", "arguments"),
    [
        ("10.244.0.0/16", {"node-cidr-mask-size": "25"}),
        ("fd00:10::/56", {"node-cidr-mask-size": "72"}),
        ("10.244.0.0/16,fd00:10::/56", {"node-cidr-mask-size-ipv4": "25", "node-cidr-mask-size-ipv6": "72"}),
        ("fd00:10::/56, 10.244.0.0/16", {"node-cidr-mask-size-ipv6": "72", "node-cidr-mask-size-ipv4": "25"}),
    ],
)
def test_node_masks_follow_the_families_of_the_pod_range(pods: str, arguments: dict[str, str]) -> None:
    settings = dict(SETTINGS, pod_subnet=pods, node_cidr_mask=25, node_cidr_mask_ipv6=72)
    found = by_kind(settings)["ClusterConfiguration"]["controllerManager"]["extraArgs"]
    assert {argument["name"]: argument["value"] for argument in found} == arguments


def test_the_users_controller_manager_arguments_win() -> None:
    user = [{"name": "node-cidr-mask-size", "value": "26"}]
    settings = dict(SETTINGS, node_cidr_mask=24, controller_manager_extra_args=user)
    assert by_kind(settings)["ClusterConfiguration"]["controllerManager"]["extraArgs"] == user


def test_leases_go_to_controller_manager_and_scheduler_before_the_users_arguments() -> None:
    user = [{"name": "v", "value": "3"}]
    leases = {"retryPeriod": "10s", "leaseDuration": "60s"}
    settings = dict(SETTINGS, leader_election=leases, scheduler_extra_args=user)
    cluster = by_kind(settings)["ClusterConfiguration"]
    flags = [
        {"name": "leader-elect-lease-duration", "value": "60s"},
        {"name": "leader-elect-retry-period", "value": "10s"},
    ]
    assert cluster["controllerManager"]["extraArgs"] == flags
    assert cluster["scheduler"]["extraArgs"] == flags + user
    assert by_kind(SETTINGS)["ClusterConfiguration"]["scheduler"]["extraArgs"] == []


def test_external_etcd() -> None:
    etcd = {"endpoints": ["https://10.0.0.31:2379"], "ca_file": "/a", "cert_file": "/b", "key_file": "/c"}
    assert by_kind(dict(SETTINGS, external_etcd=etcd))["ClusterConfiguration"]["etcd"] == {
        "external": {"endpoints": ["https://10.0.0.31:2379"], "caFile": "/a", "certFile": "/b", "keyFile": "/c"}
    }


def test_timeouts_go_to_both_commands() -> None:
    timeouts = {"discovery": "10m0s"}
    assert by_kind(dict(SETTINGS, timeouts=timeouts))["InitConfiguration"]["timeouts"] == timeouts
    assert by_kind(dict(SETTINGS, timeouts=timeouts), "join")["JoinConfiguration"]["timeouts"] == timeouts


@pytest.mark.parametrize("missing", ["version", "node"])
def test_missing_settings_are_named(missing: str) -> None:
    with pytest.raises(QuorumError, match=missing):
        documents.kubeadm_documents({key: value for key, value in SETTINGS.items() if key != missing}, "init")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(QuorumError, match=r"upgrade"):
        documents.kubeadm_documents(SETTINGS, "upgrade")


def test_the_text_is_one_json_document_after_the_other() -> None:
    assert documents.to_text([{"b": 1, "a": 2}, {"c": "ü"}]) == '{"a": 2, "b": 1}\n---\n{"c": "\\u00fc"}\n'


class TestDiscovery:
    """A join's secrets are added last, always with the CA's pin."""

    TOKEN = "abcdef.0123456789abcdef"

    def test_a_join_is_pinned(self) -> None:
        (document,) = documents.with_discovery(
            documents.kubeadm_documents(SETTINGS, "join"), self.TOKEN, ["sha256:00"], "10.0.0.100:6443", "key"
        )
        assert document["discovery"] == {
            "bootstrapToken": {
                "token": self.TOKEN,
                "apiServerEndpoint": "10.0.0.100:6443",
                "caCertHashes": ["sha256:00"],
            }
        }
        assert document["controlPlane"]["certificateKey"] == "key"

    def test_without_a_pin_there_is_no_join(self) -> None:
        with pytest.raises(QuorumError, match=r"E2152"):
            documents.with_discovery(documents.kubeadm_documents(SETTINGS, "join"), self.TOKEN, [], "e:1")

    def test_a_worker_gets_no_certificate_key_and_the_input_stays_free_of_secrets(self) -> None:
        before = documents.kubeadm_documents({"version": "1.37.1", "node": {"name": "w1", "ip": "10.0.0.21"}}, "join")
        after = documents.with_discovery(before, self.TOKEN, ["sha256:00"], "e:1", "key")
        assert "key" not in json.dumps(after).replace("certificateKey", "").split('"')
        assert self.TOKEN not in json.dumps(before)
