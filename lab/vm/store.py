# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""containerd's store of a machine that does not run yet: unpacking images takes an emulated one seven minutes."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from lab import build, sources
from lab.errors import LabError
from lab.images import FLANNEL_CNI_PLUGIN_IMAGE, FLANNEL_IMAGE
from lab.process import attempt, run
from lab.servers import REGISTRY
from lab.sources import Release

_START_SECONDS = 60.0
# Where the kubelet's images are, as opposed to Docker's.
_NAMESPACE = "k8s.io"


def images(release: Release) -> tuple[str, ...]:
    """Return the images a cluster of the release runs, under the names by which they are asked for."""
    version = f"v{release.kubernetes}"
    programs = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    return (
        *(f"registry.k8s.io/{program}:{version}" for program in programs),
        f"registry.k8s.io/etcd:{release.etcd_image_tag}",
        f"registry.k8s.io/coredns/coredns:v{release.coredns}",
        f"registry.k8s.io/pause:{release.pause}",
        f"registry.k8s.io/e2e-test-images/agnhost:{sources.AGNHOST_TAG}",
        FLANNEL_IMAGE,
        FLANNEL_CNI_PLUGIN_IMAGE,
    )


def fill(root: Path, release: Release, scratch: Path) -> None:
    """Pull the release's images from the mirror into the store below `root`."""
    programs = build.programs(sources.containerd())
    hosts = scratch / "hosts" / "_default"
    hosts.mkdir(parents=True)
    registry = f"http://127.0.0.1:{REGISTRY.port()}"
    (hosts / "hosts.toml").write_text(f'[host."{registry}"]\n  capabilities = ["pull", "resolve"]\n', encoding="utf-8")
    with _containerd(programs / "containerd", root, scratch) as socket:
        for image in images(release):
            pull = ["images", "pull", "--local", "--hosts-dir", str(hosts.parent), image]
            run([str(programs / "ctr"), "--address", str(socket), "--namespace", _NAMESPACE, *pull])


@contextlib.contextmanager
def _containerd(program: Path, root: Path, scratch: Path) -> Iterator[Path]:
    """Run containerd on that root for as long as it is needed."""
    socket, configuration, log = (scratch / name for name in ("containerd.sock", "containerd.toml", "containerd.log"))
    configuration.write_text('version = 3\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n', encoding="utf-8")
    argv = [str(program), "--config", str(configuration), "--address", str(socket)]
    argv += ["--root", str(root / "var/lib/containerd"), "--state", str(scratch / "run")]
    with log.open("wb") as output, subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as it:
        try:
            _wait(program.with_name("ctr"), socket, it)
            yield socket
        finally:
            it.terminate()


def _wait(client: Path, socket: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while attempt([str(client), "--address", str(socket), "version"]).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise LabError("containerd did not start to fill the store of the box")
        time.sleep(0.2)
