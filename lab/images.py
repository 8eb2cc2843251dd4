# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The images of the mirror: their upstream names and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lab import build, rootfs, sources
from lab.cache import MIRROR, fingerprint, scratch_directory, write_file
from lab.oci import Image, Registry, image_of, layer_of, tar_of
from lab.progress import step
from lab.sources import Release

FLANNEL_IMAGE = f"ghcr.io/flannel-io/flannel:v{sources.FLANNEL}"
FLANNEL_CNI_PLUGIN_IMAGE = f"ghcr.io/flannel-io/flannel-cni-plugin:{sources.FLANNEL_CNI_PLUGIN_TAG}"


@dataclass(frozen=True)
class Recipe:
    """An image: where it is asked for, its programs, the base it stands on."""

    repository: str
    tag: str
    programs: dict[str, Path]
    settings: dict[str, object]
    base: Callable[[], Path] | None = None

    def fingerprint(self, architecture: str) -> str:
        """Return a name that changes when the image would."""
        programs = sorted((place, str(source)) for place, source in self.programs.items())
        base = str(self.base()) if self.base else ""
        return fingerprint(repr((programs, self.settings)), base, architecture)


def recipes(release: Release) -> Iterable[Recipe]:
    """Yield the images of a release; building their programs on the way."""
    yield from _kubernetes_images(release)
    etcd = build.programs(sources.etcd(release))
    yield Recipe("etcd", release.etcd_image_tag, _in_usr_local_bin(etcd.iterdir()), {})
    coredns = build.programs(sources.coredns(release)) / "coredns"
    yield Recipe("coredns/coredns", f"v{release.coredns}", {"coredns": coredns}, {"Entrypoint": ["/coredns"]})
    pause = build.programs(sources.pause(release)) / "pause"
    yield Recipe("pause", release.pause, {"pause": pause}, {"Entrypoint": ["/pause"]})
    yield from _flannel_images()
    agnhost = build.programs(sources.agnhost(release)) / "agnhost"
    yield Recipe(
        "e2e-test-images/agnhost",
        sources.AGNHOST_TAG,
        {"agnhost": agnhost},
        {"Entrypoint": ["/agnhost"], "Cmd": ["pause"]},
        base=rootfs.shell_base,
    )


def _kubernetes_images(release: Release) -> Iterable[Recipe]:
    folder = build.programs(sources.kubernetes(release))
    for program in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        yield Recipe(program, f"v{release.kubernetes}", _in_usr_local_bin([folder / program]), {})
    proxy = _in_usr_local_bin([folder / "kube-proxy"])
    yield Recipe("kube-proxy", f"v{release.kubernetes}", proxy, {}, base=rootfs.network_base)


def _flannel_images() -> Iterable[Recipe]:
    daemon = build.programs(sources.flannel()) / "flanneld"
    yield Recipe(
        "flannel-io/flannel",
        f"v{sources.FLANNEL}",
        {"opt/bin/flanneld": daemon},
        {"Entrypoint": ["/opt/bin/flanneld"]},
        base=rootfs.network_base,
    )
    plugin = build.programs(sources.flannel_cni_plugin()) / "flannel"
    tag = sources.FLANNEL_CNI_PLUGIN_TAG
    yield Recipe("flannel-io/flannel-cni-plugin", tag, {"flannel": plugin}, {}, base=rootfs.shell_base)


def _in_usr_local_bin(programs: Iterable[Path]) -> dict[str, Path]:
    return {f"usr/local/bin/{program.name}": program for program in programs}


def publish(release: Release, registry: Registry, architecture: str) -> None:
    """Push every image the registry does not hold as the recipe wants it."""
    for recipe in recipes(release):
        stamp = MIRROR / "images" / f"{recipe.repository.replace('/', '_')}_{recipe.tag}"
        wanted = recipe.fingerprint(architecture)
        known = stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted
        if known and registry.has(recipe.repository, recipe.tag):
            continue
        with step(f"Push image {recipe.repository}:{recipe.tag}"):
            registry.push(recipe.repository, recipe.tag, _image(recipe, architecture))
        write_file(stamp, wanted)


def _image(recipe: Recipe, architecture: str) -> Image:
    archives = [recipe.base().read_bytes()] if recipe.base else []
    archives.append(tar_of(recipe.programs))
    with scratch_directory(MIRROR / "layer") as scratch:
        layers = tuple(layer_of(archive, scratch) for archive in archives)
    return image_of(layers, recipe.settings, architecture)
