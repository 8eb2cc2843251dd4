# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is built agrees with the go.mod files that pin it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import default_of

from lab import sources
from lab.build import parse_go_version
from lab.errors import LabError
from lab.sources import RELEASES, Component, release_of

RELEASE = RELEASES["1.37.1"]
COMPONENTS = [
    *(
        component
        for release in RELEASES.values()
        for component in sources.components(release)
        if component.packages != (".",)
    ),
    sources.etcd(replace(RELEASE, etcd=sources.ETCD_BEFORE)),
]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: f"{component.name}-{component.version}")
def test_go_mod_requires_the_version_in_the_table(component: Component) -> None:
    text = (component.module / "go.mod").read_text(encoding="utf-8")
    assert (component.module / "go.sum").is_file()
    assert f" v{component.version}\n" in text.replace(" // indirect", "")
    for package in component.packages:
        assert package in text


@pytest.mark.parametrize("release", RELEASES.values(), ids=lambda release: release.kubernetes)
def test_our_own_programs_have_a_module(release: sources.Release) -> None:
    for component in (sources.coredns(release), sources.pause(release)):
        assert (component.module / "main.go").is_file()


def test_kubernetes_gets_its_version_from_the_linker() -> None:
    flags = sources.kubernetes(RELEASE).linker_flags
    assert "-X k8s.io/component-base/version.gitVersion=v1.37.1" in flags
    assert "-X k8s.io/component-base/version.gitMinor=37" in flags


def test_programs_with_c_are_linked_statically() -> None:
    assert "-extldflags -static" in sources.flannel().linker_flags
    assert "-extldflags" not in sources.containerd().linker_flags


def test_unknown_version_names_the_known_ones() -> None:
    with pytest.raises(LabError) as caught:
        release_of("1.30.0")
    assert "1.37.1" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "version"), [("go version go1.26.8 linux/amd64\n", (1, 26)), ("go version go1.27rc1 linux/arm64", (1, 27))]
)
def test_go_version_is_read(text: str, version: tuple[int, int]) -> None:
    assert parse_go_version(text) == version


def test_the_pod_network_that_users_get_is_the_one_that_runs_here() -> None:
    assert default_of("kube_flannel_version") == sources.FLANNEL
    assert str(default_of("kube_flannel_cni_plugin_image")).endswith(f":{sources.FLANNEL_CNI_PLUGIN_TAG}")
