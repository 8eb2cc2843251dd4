# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab builds, as data: Go modules, versions, linker flags. Read from upstream in November 2026.

Every component has a folder `modules/<name>-<version>` with its go.mod and go.sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError

MODULES = Path(__file__).resolve().parent / "modules"

CONTAINERD = "2.3.7"
CNI_PLUGINS = "1.9.1"
FLANNEL = "0.28.10"
FLANNEL_CNI_PLUGIN = "0.9.1"
FLANNEL_CNI_PLUGIN_TAG = "v1.9.1-flannel3"  # the tag that flannel 0.28's manifest asks for
AGNHOST_TAG = "2.59"
DEFAULT_KUBERNETES = "1.37.1"
ETCD_BEFORE = "3.6.14"  # of the line before, for hosts of external etcd that are to be upgraded


@dataclass(frozen=True)
class Component:
    """A set of programs that one `go build` makes."""

    name: str
    version: str
    packages: tuple[str, ...]
    linker_values: dict[str, str] = field(default_factory=dict)
    tags: str = ""
    cgo: bool = False
    module_name: str = ""
    rename: dict[str, str] = field(default_factory=dict)

    @property
    def module(self) -> Path:
        """Return the folder of its go.mod."""
        return MODULES / f"{self.module_name or self.name}-{self.version}"

    @property
    def linker_flags(self) -> str:
        """Return the value of -ldflags: stripped, static, versions set."""
        values = [f"-X {variable}={value}" for variable, value in self.linker_values.items()]
        return " ".join(["-s -w", *(["-extldflags -static"] if self.cgo else []), *values])


@dataclass(frozen=True)
class Release:
    """What goes with a version of Kubernetes: the versions kubeadm's own constants name."""

    kubernetes: str
    etcd: str
    etcd_image_tag: str
    coredns: str
    pause: str
    crictl: str
    built: str

    @property
    def minor(self) -> str:
        """Return the minor version, such as 1.37."""
        return self.kubernetes.rpartition(".")[0]


RELEASES = {
    release.kubernetes: release
    for release in (
        Release("1.37.1", "3.7.0", "3.7.0-0", "1.14.6", "3.10.2", "1.37.0", "2026-09-15T00:00:00Z"),
        Release("1.36.3", "3.6.8", "3.6.8-0", "1.14.2", "3.10.2", "1.36.0", "2026-07-15T00:00:00Z"),
    )
}


def release_of(kubernetes: str) -> Release:
    """Return the release of that version, or say which there are."""
    if kubernetes not in RELEASES:
        raise LabError(f"the lab cannot build Kubernetes {kubernetes}", f"Choose one of {', '.join(RELEASES)}")
    return RELEASES[kubernetes]


def components(release: Release) -> list[Component]:
    """Return everything a release's mirror is made from, the longest build first."""
    own = [make(release) for make in (kubernetes, agnhost, etcd, coredns, pause, crictl)]
    return [*own, containerd(), cni_plugins(), flannel(), flannel_cni_plugin()]


def kubernetes(release: Release) -> Component:
    """Return Kubernetes itself; its version comes from the linker, as in upstream's own build."""
    package = "k8s.io/component-base/version"
    major, minor = release.minor.split(".")
    values = {
        f"{package}.gitVersion": f"v{release.kubernetes}",
        f"{package}.gitMajor": major,
        f"{package}.gitMinor": minor,
        f"{package}.gitTreeState": "clean",
        f"{package}.gitCommit": "0" * 40,
        f"{package}.buildDate": release.built,
        "k8s.io/client-go/pkg/version.gitVersion": f"v{release.kubernetes}",
    }
    servers = ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler")
    programs = (*servers, "kubeadm", "kubectl", "kubelet")
    packages = tuple(f"k8s.io/kubernetes/cmd/{program}" for program in programs)
    return Component("kubernetes", release.kubernetes, packages, values)


def agnhost(release: Release) -> Component:
    """Return the test program of Kubernetes; it is in the same Go module."""
    package = "k8s.io/kubernetes/test/images/agnhost"
    return Component("agnhost", release.kubernetes, (package,), module_name="kubernetes")


def etcd(release: Release) -> Component:
    """Return etcd and its two tools."""
    packages = tuple(f"go.etcd.io/etcd/{part}/v3" for part in ("server", "etcdctl", "etcdutl"))
    return Component("etcd", release.etcd, packages, rename={"server": "etcd"})


def coredns(release: Release) -> Component:
    """Return CoreDNS with the plugins of kubeadm's Corefile."""
    return Component("coredns", release.coredns, (".",))


def pause(release: Release) -> Component:
    """Return the program that holds a pod's namespaces."""
    return Component("pause", release.pause, (".",))


def crictl(release: Release) -> Component:
    """Return the client of container runtimes."""
    values = {"sigs.k8s.io/cri-tools/pkg/version.Version": f"v{release.crictl}"}
    return Component("crictl", release.crictl, ("sigs.k8s.io/cri-tools/cmd/crictl",), values)


def containerd() -> Component:
    """Return containerd, its shim and ctr."""
    package = "github.com/containerd/containerd/v2"
    programs = ("containerd", "containerd-shim-runc-v2", "ctr")
    return Component(
        "containerd",
        CONTAINERD,
        tuple(f"{package}/cmd/{program}" for program in programs),
        {f"{package}/version.Version": f"v{CONTAINERD}"},
        tags="no_btrfs no_devmapper no_zfs no_aufs netgo osusergo static_build",
    )


def cni_plugins() -> Component:
    """Return the CNI plugins that flannel and kubelet need."""
    package = "github.com/containernetworking/plugins"
    main = ("ipam/host-local", "main/bridge", "main/loopback", "main/ptp")
    plugins = (*main, "meta/bandwidth", "meta/firewall", "meta/portmap", "meta/tuning")
    return Component(
        "cni-plugins",
        CNI_PLUGINS,
        tuple(f"{package}/plugins/{plugin}" for plugin in plugins),
        {f"{package}/pkg/utils/buildversion.BuildVersion": f"v{CNI_PLUGINS}"},
    )


def flannel_cni_plugin() -> Component:
    """Return flannel's CNI plugin from when it was one of the CNI project's own."""
    package = "github.com/containernetworking/plugins/plugins/meta/flannel"
    return Component("flannel-cni-plugin", FLANNEL_CNI_PLUGIN, (package,))


def flannel() -> Component:
    """Return flanneld; its udp backend is C."""
    values = {"github.com/flannel-io/flannel/pkg/version.Version": f"v{FLANNEL}"}
    package = "github.com/flannel-io/flannel"
    return Component("flannel", FLANNEL, (package,), values, cgo=True, rename={"flannel": "flanneld"})
