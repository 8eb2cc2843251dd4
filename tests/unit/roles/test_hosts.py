# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the roles of a host write: kernel, packages, container runtime, kubeconfig."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import mirrors
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render

from tools.collection_link import ROOT


def _content(role: str, template: str, **given: Any) -> str:
    text = render(role, f'lookup("ansible.builtin.template", "{template}")', **given)
    return str(text)


def test_kernel_modules_are_loaded_at_boot() -> None:
    lines = _content("node", "modules.conf.j2").splitlines()
    assert lines[-2:] == ["overlay", "br_netfilter"]


def test_ipvs_brings_its_modules() -> None:
    assert render("node", "__node_modules", node_proxy_mode="ipvs")[:3] == ["overlay", "br_netfilter", "ip_vs"]


def test_ipv6_is_forwarded_only_where_pods_have_it() -> None:
    name = "net.ipv6.conf.all.forwarding"
    assert name not in render("node", "__node_all_sysctls")
    assert render("node", "__node_all_sysctls", node_pod_subnet="10.244.0.0/16,fd00::/56")[name] == 1


def test_the_users_sysctls_win() -> None:
    text = _content("node", "sysctl.conf.j2", node_sysctls={"net.ipv4.ip_forward": 0, "vm.swappiness": 10})
    assert "net.ipv4.ip_forward = 0" in text
    assert "vm.swappiness = 10" in text


def test_containerd_uses_systemd_and_the_pause_image_of_kubeadm() -> None:
    given = {"container_runtime_sandbox_image": "registry.k8s.io/pause:1"}
    config = render("container_runtime", "__container_runtime_config", **given)
    plugins = config["plugins"]
    runc = plugins["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]["runc"]
    assert config["version"] == 3
    assert runc["options"] == {"SystemdCgroup": True}
    assert plugins["io.containerd.cri.v1.images"]["pinned_images"] == {"sandbox": "registry.k8s.io/pause:1"}


def test_the_users_containerd_settings_are_merged() -> None:
    mine = {"plugins": {"io.containerd.cri.v1.runtime": {"restrict_oom_score_adj": True}}}
    config = render("container_runtime", "__container_runtime_config", container_runtime_config=mine)
    runtime = config["plugins"]["io.containerd.cri.v1.runtime"]
    assert runtime["restrict_oom_score_adj"] is True
    assert runtime["containerd"]["default_runtime_name"] == "runc"


def test_what_is_removed_of_mirrors_is_what_the_filter_writes() -> None:
    (configure, *_others) = load(ROOT / "roles/container_runtime/tasks/main.yml")
    (purge,) = configure["quorum.kubernetes.host_config"]["purge"]
    folder = purge["pattern"].removesuffix("/*/hosts.toml")
    (file,) = mirrors.hosts_files({"docker.io": ["http://mirror"]}, folder)
    assert file["content"].splitlines()[0] == purge["first_line"]
    assert file["path"] == f"{folder}/docker.io/hosts.toml"


def test_placeholders_of_the_repositories_are_filled_in() -> None:
    kubernetes, containerd = render(
        "kube_packages",
        "__kube_packages_node_repositories",
        kube_packages_version="1.37.1",
        kube_packages_os={"id": "ubuntu", "codename": "noble"},
    )
    assert kubernetes["uris"] == ["https://pkgs.k8s.io/core:/stable:/v1.37/deb/"]
    assert kubernetes["key_url"] == "https://pkgs.k8s.io/core:/stable:/v1.37/deb/Release.key"
    assert containerd["uris"] == ["https://download.docker.com/linux/ubuntu"]
    assert (containerd["suites"], containerd["components"]) == (["noble"], ["stable"])


def test_packages_of_kubernetes_have_exactly_the_wanted_version() -> None:
    packages = render("kube_packages", "__kube_packages_node_packages", kube_packages_version="1.37.1")
    versions = {package["name"]: package.get("version") for package in packages}
    assert versions["kubeadm"] == versions["kubelet"] == versions["kubectl"] == "1.37.1-*"


def test_the_administrators_kubeconfig_points_at_the_endpoint() -> None:
    text = "clusters:\n- cluster:\n    server: https://127.0.0.1:8443\n  name: kubernetes\n"
    rendered = render(
        "handover",
        "__handover_kubeconfig_text",
        handover_admin_endpoint="10.0.0.10:6443",
        __handover_kubeconfig={"content": base64.b64encode(text.encode()).decode()},
    )
    assert rendered == text.replace("127.0.0.1:8443", "10.0.0.10:6443")


@pytest.mark.parametrize(
    ("versions", "first"),
    [
        ({"cp1": "1.37.1", "w1": "1.36.3", "w2": "1.36.3"}, "run upgrade.yml: w1, w2 not at 1.37.1 yet"),
        ({"cp1": "1.37.1", "w1": "1.37.1", "w2": "1.37.1", "other": "1.36.3"}, "kubectl --kubeconfig /k get nodes"),
    ],
)
def test_the_end_of_a_run_names_the_nodes_that_an_upgrade_left(versions: dict[str, str], first: str) -> None:
    rendered = render(
        "handover",
        "__handover_summary.next",
        kube_version="1.37.1",
        handover_kubeconfig_path="/k",
        handover_nodes=[{"name": name} for name in ("cp1", "w1", "w2")],
        __handover_health={"nodes": [{"name": name, "version": version} for name, version in versions.items()]},
    )
    assert rendered[0] == first
