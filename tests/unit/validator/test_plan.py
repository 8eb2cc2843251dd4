"""What each host is to do, decided from the inventory and what the hosts are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import endpoint
from ansible_collections.quorum.kubernetes.tests.unit.validator.cases import dual_stack, external_etcd, with_endpoint
from ansible_collections.quorum.kubernetes.tests.unit.validator.test_good import one_node, partly_built
from ansible_collections.quorum.kubernetes.tests.unit.validator.world import (
    CA,
    World,
    behind_a_vip,
    clusters,
    living,
    world,
)


def actions(plan: dict[str, Any]) -> dict[str, str]:
    """Host to action."""
    return {host: one["action"] for host, one in plan["hosts"].items()}


def test_fresh_hosts_are_initialised_and_joined() -> None:
    plan = behind_a_vip().plan()
    assert actions(plan) == {
        "cp1": "init",
        "cp2": "join_control_plane",
        "cp3": "join_control_plane",
        "w1": "join_worker",
        "w2": "join_worker",
        "lb1": "none",
        "lb2": "none",
    }
    assert plan["first_control_plane"] == "cp1"
    assert plan["initialized"] is False
    assert plan["ca_cert_hash"] is None
    assert not any(one["clean"] for one in plan["hosts"].values())


def test_a_finished_cluster_has_nothing_to_do() -> None:
    plan = living().plan()
    assert set(actions(plan).values()) == {"none"}
    assert plan["initialized"] is True
    assert plan["ca_cert_hash"] == CA


def test_an_interrupted_build_goes_on() -> None:
    plan = partly_built().plan()
    assert plan["initialized"] is True
    assert actions(plan)["cp1"] == "none"
    assert actions(plan)["cp2"] == "join_control_plane"
    assert [host for host, one in plan["hosts"].items() if one["clean"]] == ["cp2"]


def test_an_interrupted_first_control_plane_is_initialised_again() -> None:
    made = world()
    made.facts["cp1"]["kubeadm"].update(state="partial", role="control_plane")
    plan = made.plan()
    assert plan["hosts"]["cp1"]["action"] == "init"
    assert plan["hosts"]["cp1"]["clean"] is True
    assert plan["initialized"] is False


def test_what_was_begun_is_finished_before_anything_new_is_begun() -> None:
    made = world()
    made.facts["cp2"]["kubeadm"].update(state="partial", role="control_plane")
    plan = made.plan()
    assert plan["first_control_plane"] == "cp2"
    assert (actions(plan)["cp1"], actions(plan)["cp2"]) == ("join_control_plane", "init")


def test_the_first_control_plane_is_one_that_answers() -> None:
    made = living()
    made.facts["cp1"]["cluster"]["api_ready"] = False
    assert made.plan()["first_control_plane"] == "cp2"


def test_a_new_first_in_the_group_does_not_found_a_second_cluster() -> None:
    made = living()
    made.add("cp0", "10.0.0.10")
    made.raw.groups["kube_control_plane"].insert(0, "cp0")
    plan = made.plan()
    assert plan["first_control_plane"] == "cp1"
    assert actions(plan)["cp0"] == "join_control_plane"


@pytest.mark.parametrize(("endpoint", "made"), [("vip", behind_a_vip()), ("local", world())])
def test_the_administrators_kubeconfig_is_the_same_when_the_first_control_plane_is_replaced(
    endpoint: str, made: World
) -> None:
    whole = living(made).plan()
    made.facts["cp1"]["kubeadm"].update(state="none", role="none")
    replacing = made.plan()
    assert (replacing["endpoint_kind"], replacing["first_control_plane"]) == (endpoint, "cp2")
    assert [plan["admin_host"] for plan in (whole, replacing)] == ["cp1", "cp1"]
    assert replacing["admin_endpoint"] == whole["admin_endpoint"]


def test_a_control_plane_that_was_not_asked_gives_no_kubeconfig() -> None:
    made = living()
    del made.facts["cp1"]
    assert made.plan()["admin_host"] == "cp2"


def test_a_node_whose_object_is_gone_joins_again() -> None:
    made = living()
    for cluster in clusters(made):
        cluster["nodes"] = [node for node in cluster["nodes"] if node["name"] != "w2"]
    plan = made.plan()
    assert plan["hosts"]["w2"] == {**plan["hosts"]["w2"], "action": "join_worker", "clean": True, "state": "partial"}
    assert actions(plan)["w1"] == "none"


def test_a_join_that_ended_after_the_others_were_looked_at_is_no_node_that_is_gone() -> None:
    made = living()
    older = next(clusters(made))
    older["nodes"] = [node for node in older["nodes"] if node["name"] not in ("cp2", "w2")]
    made.facts["w2"]["waited"] = True
    plan = made.plan()
    assert {host: plan["hosts"][host]["action"] for host in ("cp2", "w2")} == {"cp2": "none", "w2": "none"}
    assert not plan["hosts"]["cp2"]["clean"]


def without_member(made: World, gone: str, agreement: bool = True) -> None:
    """etcd, where it answers, has no member of this host, whose own etcd does not answer."""
    for cluster in clusters(made):
        kept = [member for member in cluster["etcd"]["members"] if member["name"] != gone]
        cluster["etcd"] = {"members": kept, "agreement": agreement}
    made.facts[gone]["cluster"].update(api_ready=False, nodes=[], etcd={"members": [], "agreement": False})


def test_a_control_plane_that_etcd_has_forgotten_joins_again() -> None:
    made = living()
    without_member(made, "cp2")
    hosts = made.plan()["hosts"]
    assert hosts["cp2"] == {**hosts["cp2"], "action": "join_control_plane", "clean": True, "state": "partial"}
    assert {hosts[host]["action"] for host in ("cp1", "cp3", "w1", "w2")} == {"none"}


def _waited(made: World) -> None:
    made.facts["cp2"]["waited"] = True


def _known_by_its_address(made: World) -> None:
    for cluster in clusters(made):
        if cluster["etcd"]["members"]:
            cluster["etcd"]["members"].append({"name": "", "peer_urls": ["https://10.0.0.12:2380"]})


def _sees_itself(made: World) -> None:
    made.facts["cp2"]["cluster"]["etcd"]["members"] = [{"name": "cp2"}]


def _no_list(made: World) -> None:
    for cluster in clusters(made):
        cluster["etcd"]["members"] = []


def _other_etcd(made: World) -> None:
    for cluster in clusters(made):
        cluster["etcd"]["members"] = [{"name": "etcd1"}, {"name": "etcd2"}]


def _no_agreement(made: World) -> None:
    for cluster in clusters(made):
        cluster["etcd"]["agreement"] = False


@pytest.mark.parametrize("doubt", [_waited, _known_by_its_address, _sees_itself, _no_list, _other_etcd, _no_agreement])
def test_in_doubt_a_control_plane_is_not_taken_for_forgotten(doubt: Callable[[World], None]) -> None:
    made = living()
    without_member(made, "cp2")
    doubt(made)
    plan = made.plan()
    assert set(actions(plan).values()) == {"none"}
    assert not any(one["clean"] for one in plan["hosts"].values())


def test_hosts_that_were_not_asked_do_nothing() -> None:
    made = living()
    del made.facts["w2"]
    plan = made.plan()
    assert plan["hosts"]["w2"]["state"] == "unknown"
    assert plan["hosts"]["w2"]["action"] == "none"


@pytest.mark.parametrize(
    ("made", "kind", "cluster", "administrator"),
    [
        (behind_a_vip(), "vip", "10.0.0.100:6443", "10.0.0.100:6443"),
        (world(load_balancers=1), "load_balancer", "10.0.0.5:6443", "10.0.0.5:6443"),
        (world(), "local", "127.0.0.1:8443", "10.0.0.11:6443"),
        (world(1), "direct", "10.0.0.11:6443", "10.0.0.11:6443"),
        (with_endpoint(), "user", "api.example.com:6443", "api.example.com:6443"),
        (world().set("kube_api_endpoint", "[fd00::1]:443"), "user", "[fd00::1]:443", "[fd00::1]:443"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_kinds_of_endpoint(made: World, kind: str, cluster: str, administrator: str) -> None:
    plan = made.plan()
    assert (plan["endpoint_kind"], plan["endpoint"], plan["admin_endpoint"]) == (kind, cluster, administrator)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a:1", ("a", 1)), ("10.0.0.1:65535", ("10.0.0.1", 65535)), ("[fd00::1]:6443", ("fd00::1", 6443))],
)
def test_an_endpoint_is_read_and_written_alike(text: str, parts: tuple[str, int]) -> None:
    assert endpoint.split_host_port(text) == parts
    assert endpoint.join_host_port(*parts) == text


def test_certificates_name_every_way_but_not_single_control_planes() -> None:
    plan = behind_a_vip().set("kube_cert_extra_sans", ["api.example.com"]).plan()
    assert plan["api_server_sans"] == [
        "10.0.0.100",
        "lb1",
        "10.0.0.5",
        "lb2",
        "10.0.0.6",
        "localhost",
        "127.0.0.1",
        "api.example.com",
    ]
    assert world(5).plan()["api_server_sans"] == world(3).plan()["api_server_sans"]


def test_images_of_a_control_plane() -> None:
    plan = world().plan()
    assert plan["images"]["control_plane"] == [
        "registry.k8s.io/kube-apiserver:v1.37.1",
        "registry.k8s.io/kube-controller-manager:v1.37.1",
        "registry.k8s.io/kube-scheduler:v1.37.1",
        "registry.k8s.io/etcd:3.7.0-0",
        *plan["images"]["worker"],
    ]


def test_images_of_a_worker() -> None:
    assert world().plan()["images"]["worker"] == [
        "registry.k8s.io/kube-proxy:v1.37.1",
        "registry.k8s.io/pause:3.10.2",
        "registry.k8s.io/coredns/coredns:v1.14.6",
        "ghcr.io/flannel-io/flannel:v0.28.10",
        "ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel3",
    ]


def test_images_from_another_registry() -> None:
    images = world().set("kube_image_repository", "mirror.example.com/k8s").plan()["images"]["control_plane"]
    assert "mirror.example.com/k8s/coredns:v1.14.6" in images  # without the second coredns, as kubeadm has it
    assert "mirror.example.com/k8s/etcd:3.7.0-0" in images
    assert "mirror.example.com/k8s/pause:3.10.2" in images


def test_images_that_the_user_chose() -> None:
    made = world().set("kube_sandbox_image", "example.com/pause:1").set("kube_network_plugin", "none")
    made.set(
        "kube_cluster_configuration",
        {
            "imageRepository": "example.com",
            "dns": {"imageTag": "v9"},
            "etcd": {"local": {"imageRepository": "other.example.com", "imageTag": "3.6.11-0"}},
        },
    )
    images = made.plan()["images"]
    assert images["worker"] == ["example.com/kube-proxy:v1.37.1", "example.com/pause:1", "example.com/coredns:v9"]
    assert "other.example.com/etcd:3.6.11-0" in images["control_plane"]


def test_external_etcd_brings_no_image_but_members() -> None:
    plan = external_etcd().plan()
    assert not any("/etcd:" in image for image in plan["images"]["control_plane"])
    assert plan["etcd"]["external"] is True
    assert plan["etcd"]["endpoints"][0].startswith("https://10.0.1.")
    assert plan["etcd"]["members"][0]["name"] == "etcd1"
    assert plan["etcd"]["members"][0]["peer_url"].endswith(":2380")
    stacked = {"external": False, "version": "3.7.1", "members": [], "endpoints": [], "snapshot_hosts": []}
    assert world().plan()["etcd"] == stacked


def test_hosts_with_a_member_of_etcd_save_it_when_that_is_wanted_or_still_done() -> None:
    beside = external_etcd()
    assert beside.plan()["etcd"]["snapshot_hosts"] == []
    beside.facts["etcd2"]["snapshot_timer"] = True
    beside.facts["w1"]["snapshot_timer"] = True
    assert beside.plan()["etcd"]["snapshot_hosts"] == ["etcd2"]
    beside.set("kube_etcd_snapshot_schedule", "hourly")
    assert beside.plan()["etcd"]["snapshot_hosts"] == ["etcd1", "etcd2", "etcd3"]
    stacked = world().set("kube_etcd_snapshot_schedule", "hourly")
    assert stacked.plan()["etcd"]["snapshot_hosts"] == ["cp1", "cp2", "cp3"]
    del stacked.facts["cp2"]
    assert stacked.plan()["etcd"]["snapshot_hosts"] == ["cp1", "cp3"]


def test_load_balancers_with_an_address_that_moves() -> None:
    balancer = behind_a_vip().plan()["load_balancer"]
    assert balancer["hosts"] == ["lb1", "lb2"]
    assert balancer["bind_port"] == 6443
    assert balancer["backends"][1] == {"name": "cp2", "address": "10.0.0.12", "port": 6443}
    assert balancer["vip_hosts"]["lb2"] == {
        "vip_interface": "eth0",
        "vip_prefix": 24,
        "priority": 253,
        "address": "10.0.0.6",
        "peers": ["10.0.0.5"],
    }


def test_local_load_balancers_run_on_every_node() -> None:
    balancer = world().plan()["load_balancer"]
    assert balancer["hosts"] == ["cp1", "cp2", "cp3", "w1", "w2"]
    assert (balancer["bind_address"], balancer["bind_port"]) == ("127.0.0.1", 8443)
    assert balancer["vip_hosts"] == {}


def test_an_address_outside_the_subnet_stands_alone() -> None:
    balancer = behind_a_vip().set("kube_api_vip", "10.9.0.5").plan()["load_balancer"]
    assert balancer["vip_hosts"]["lb1"]["vip_prefix"] == 32


def test_dual_stack_takes_the_second_address_of_the_interface() -> None:
    assert dual_stack().plan()["hosts"]["cp1"]["node_ips"] == ["10.0.0.11", "fd00::1"]
    assert world().plan()["hosts"]["cp1"]["node_ips"] == ["10.0.0.11"]


def test_nodes_with_labels_and_taints() -> None:
    made = world().group("kube_node", "cp1", "w1")
    made.set("kube_node_labels", {"rack": 3}, "w1").set(
        "kube_node_taints", [{"key": "a", "effect": "NoSchedule"}], "w1"
    )
    nodes = {node["name"]: node for node in made.plan()["nodes"]}
    assert nodes["cp1"]["control_plane_taint"] is False
    assert nodes["cp2"]["control_plane_taint"] is True
    assert nodes["w1"] == {"name": "w1", "labels": {"rack": "3"}, "taints": [{"key": "a", "effect": "NoSchedule"}]}


def test_one_node_is_both() -> None:
    host = one_node().plan()["hosts"]["cp1"]
    assert host["roles"] == ["control_plane"]
    assert host["schedulable"] is True


def change(made: World) -> dict[str, str]:
    """Those hosts that the living cluster's configuration is to change on."""
    return {host: action for host, action in actions(made.plan()).items() if action != "none"}


def test_settings_of_the_control_plane_change_every_one_of_them_and_no_worker() -> None:
    made = living().set("kube_scheduler_extra_args", [{"name": "v", "value": "3"}])
    assert change(made) == dict.fromkeys(("cp1", "cp2", "cp3"), "change_control_plane")
    for host in ("cp2", "cp3"):
        made.facts[host]["configuration"]["components"]["kube-scheduler"].append("--v=3")
    assert change(made) == {"cp1": "change_control_plane"}


def test_what_the_cluster_keeps_is_written_when_every_host_is_done() -> None:
    made = living().set("kube_scheduler_extra_args", [{"name": "v", "value": "3"}])
    for host in ("cp1", "cp2", "cp3"):
        made.facts[host]["configuration"]["components"]["kube-scheduler"].append("--v=3")
    assert change(made) == {"cp1": "change_control_plane"}
    for cluster in clusters(made):
        cluster["cluster_configuration"]["scheduler"] = {"extraArgs": [{"name": "v", "value": "3"}]}
    assert change(made) == {}


def test_another_name_for_the_certificates_changes_every_control_plane() -> None:
    made = living().set("kube_cert_extra_sans", ["new.example.com"])
    assert set(change(made)) == {"cp1", "cp2", "cp3"}


def test_api_servers_follow_the_members_of_external_etcd() -> None:
    made = living(external_etcd())
    assert change(made) == {}
    made.group("etcd", "etcd1", "etcd2", "etcd4")
    address = made.plan()["etcd"]["members"][2]["address"]
    assert change(made) == dict.fromkeys(made.inventory.control_planes, "change_control_plane")
    external = next(one["etcd"]["external"] for one in made.plan()["configuration"] if "etcd" in one)
    assert external["endpoints"][2] == f"https://{address}:2379"


def test_api_servers_are_left_alone_as_long_as_a_members_address_is_not_known() -> None:
    made = living(external_etcd())
    made.group("etcd", "etcd1", "etcd2", "etcd3", "etcd4")
    made.unset("ansible_host", "etcd4")
    del made.facts["etcd4"]
    assert made.plan()["etcd"]["members"][3]["address"] == ""
    assert change(made) == {}


def test_a_setting_of_the_kubelets_changes_every_node() -> None:
    made = living().set("kube_kubelet_config", {"maxPods": 50})
    assert change(made) == {
        **dict.fromkeys(("cp1", "cp2", "cp3"), "change_control_plane"),
        **dict.fromkeys(("w1", "w2"), "change_worker"),
    }


def test_a_flag_of_one_hosts_kubelet_changes_that_host_alone() -> None:
    made = living().set("kube_kubelet_extra_args", [{"name": "v", "value": "4"}], "w1")
    assert change(made) == {"w1": "change_worker"}
    made.facts["w1"]["configuration"]["kubelet_flags"].append("--v=4")
    assert change(made) == {}
    assert change(made.unset("kube_kubelet_extra_args", "w1")) == {"w1": "change_worker"}


def test_kube_proxy_is_changed_by_the_control_plane_that_speaks() -> None:
    assert change(living().set("kube_proxy_mode", "nftables")) == {"cp1": "change_control_plane"}


def test_nothing_is_changed_while_the_cluster_does_not_say_what_it_keeps() -> None:
    made = living().set("kube_kubelet_config", {"maxPods": 50})
    for cluster in clusters(made):
        cluster["kubelet_configuration"] = None
    assert change(made) == {}


def test_a_worker_that_was_not_asked_is_left_alone() -> None:
    made = living().set("kube_kubelet_config", {"maxPods": 50})
    made.facts.pop("w1")
    assert "w1" not in change(made)
