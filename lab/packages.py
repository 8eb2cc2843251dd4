# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Debian packages with the names, versions and files of the ones the community ships."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lab import build, sources
from lab.cache import MIRROR, fingerprint, new_directory
from lab.debian import Debian
from lab.process import run
from lab.sources import Release

REVISION = "1.1"
_MAINTAINER = "quorum.kubernetes lab <lab@quorum.invalid>"

KUBELET_SERVICE = """\
[Unit]
Description=kubelet: the Kubernetes node agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
"""

# kubeadm writes kubeadm-flags.env and config.yaml; /etc/default/kubelet is the administrator's.
KUBELET_DROP_IN = """\
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=\
--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
"""

CONTAINERD_SERVICE = """\
[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
"""

# As Docker's package does: an installation of its own has to replace this file to get a CRI.
CONTAINERD_CONFIG = 'disabled_plugins = ["cri"]\n'

_ENABLE_CONTAINERD = """\
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable containerd.service
    systemctl restart containerd.service
fi
"""

_RELOAD_SYSTEMD = """\
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
"""


@dataclass(frozen=True)
class Package:
    """One Debian package: what its control file says and what it installs."""

    name: str
    version: str
    about: str
    programs: Callable[[], dict[str, Path]]
    depends: str = ""
    relations: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    conffiles: tuple[str, ...] = ()
    scripts: dict[str, str] = field(default_factory=dict)

    def filename(self, architecture: str) -> str:
        """Return the name of the .deb file."""
        return f"{self.name}_{self.version}_{architecture}.deb"


def control(package: Package, architecture: str, installed_kib: int) -> str:
    """Render the control file (deb-control(5)); the installed size is in KiB."""
    fields = {
        "Package": package.name,
        "Version": package.version,
        "Architecture": architecture,
        "Maintainer": _MAINTAINER,
        "Installed-Size": str(installed_kib),
        "Depends": package.depends,
        **package.relations,
        "Section": "admin",
        "Priority": "optional",
        "Description": package.about,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def kubernetes_packages(release: Release) -> tuple[Package, ...]:
    """Return what the community's repository of one minor holds."""
    version = f"{release.kubernetes}-{REVISION}"

    def from_kubernetes(program: str) -> Callable[[], dict[str, Path]]:
        return lambda: {f"usr/bin/{program}": build.programs(sources.kubernetes(release)) / program}

    return (
        Package(
            "kubeadm",
            version,
            "Command-line utility for administering a Kubernetes cluster",
            from_kubernetes("kubeadm"),
        ),
        Package(
            "kubectl",
            version,
            "Command-line utility for interacting with a Kubernetes cluster",
            from_kubernetes("kubectl"),
        ),
        Package(
            "kubelet",
            version,
            "Node agent for Kubernetes clusters",
            from_kubernetes("kubelet"),
            depends="iptables (>= 1.4.21), kubernetes-cni (>= 1.2.0), mount, util-linux",
            files={
                "usr/lib/systemd/system/kubelet.service": KUBELET_SERVICE,
                "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": KUBELET_DROP_IN,
                "etc/default/kubelet": "KUBELET_EXTRA_ARGS=\n",
            },
            conffiles=("/etc/default/kubelet",),
            scripts={"postinst": _RELOAD_SYSTEMD, "postrm": _RELOAD_SYSTEMD},
        ),
        Package(
            "kubernetes-cni",
            f"{sources.CNI_PLUGINS}-{REVISION}",
            "Binaries required to provision Kubernetes container networking",
            lambda: {f"opt/cni/bin/{path.name}": path for path in _all(build.programs(sources.cni_plugins()))},
        ),
        Package(
            "cri-tools",
            f"{release.crictl}-{REVISION}",
            "Command-line utility for interacting with a container runtime",
            lambda: {"usr/bin/crictl": build.programs(sources.crictl(release)) / "crictl"},
        ),
    )


def containerd_package(debian: Debian) -> Package:
    """Return containerd as Docker packages it for a release of Debian, except that runc comes from Debian."""
    return Package(
        "containerd.io",
        f"{sources.CONTAINERD}-1~debian.{debian.number}~{debian.codename}",
        "An open and reliable container runtime",
        lambda: {f"usr/bin/{path.name}": path for path in _all(build.programs(sources.containerd()))},
        depends="runc",
        relations={"Provides": "containerd", "Conflicts": "containerd", "Replaces": "containerd"},
        files={
            "usr/lib/systemd/system/containerd.service": CONTAINERD_SERVICE,
            "etc/containerd/config.toml": CONTAINERD_CONFIG,
        },
        conffiles=("/etc/containerd/config.toml",),
        scripts={"postinst": _ENABLE_CONTAINERD, "postrm": _RELOAD_SYSTEMD},
    )


def build_package(package: Package, architecture: str) -> Path:
    """Return the package's .deb file, making it if it is not there."""
    programs = package.programs()
    recipe = fingerprint(
        control(package, architecture, 0),
        repr((package.files, package.conffiles, package.scripts)),
        *(str(path) for path in programs.values()),
    )
    target = MIRROR / "debs" / f"{package.name}-{package.version}-{recipe}"
    if not target.is_dir():
        with new_directory(target) as work:
            root = work / "root"
            _lay_out(package, programs, root, architecture)
            argv = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z3", "--build"]
            run([*argv, str(root), str(work / package.filename(architecture))])
            shutil.rmtree(root)
    return target / package.filename(architecture)


def _lay_out(package: Package, programs: dict[str, Path], root: Path, architecture: str) -> None:
    for place, source in programs.items():
        _parent(root / place)
        shutil.copyfile(source, root / place)
        (root / place).chmod(0o755)
    for place, content in package.files.items():
        _parent(root / place)
        (root / place).write_text(content, encoding="utf-8")
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024 + 1
    information = root / "DEBIAN"
    information.mkdir(mode=0o755)
    (information / "control").write_text(control(package, architecture, size), encoding="utf-8")
    if package.conffiles:
        (information / "conffiles").write_text("".join(f"{path}\n" for path in package.conffiles), encoding="utf-8")
    for name, script in package.scripts.items():
        (information / name).write_text(script, encoding="utf-8")
        (information / name).chmod(0o755)


def _parent(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)


def _all(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())
