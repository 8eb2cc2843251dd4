# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Vagrant box: Debian as an installer leaves it on a disk, with a swap partition and the images of a release."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from lab.cache import CACHE, fingerprint, locked, scratch_directory
from lab.debian import Debian, apt_settings, architecture, sources_list
from lab.images import recipes
from lab.nodeimage import HOST_PACKAGES, MASKED_UNITS, ensure_ssh_key, host_files
from lab.process import bound, run
from lab.progress import step
from lab.sources import Release
from lab.vm import store, vagrant
from lab.vm.disk import Layout

USER = "vagrant"
_LAYOUT = Layout(size_mib=12 * 1024, swap_mib=512)
_BOX_VAGRANTFILE = Path(__file__).with_name("box.rb")
_PACKAGES = (*HOST_PACKAGES, "linux-image-cloud-amd64", "initramfs-tools", "ifupdown", "isc-dhcp-client")

# What the kernel needs to find its root; all modules would make emulated machines read a tenfold initrd.
_INITRAMFS = {
    "etc/initramfs-tools/conf.d/lab": "MODULES=list\n",
    "usr/share/initramfs-tools/modules.d/lab": "virtio_pci\nvirtio_blk\next4\ncrc32c\n",
}
_HOST_KEYS_UNIT = """\
[Unit]
Description=Make the keys of this machine
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key

[Install]
WantedBy=ssh.service
"""
# Vagrant tells systemd to bring the second one up before it has written its address here.
_INTERFACES = """\
auto lo
iface lo inet loopback

auto eth0
iface eth0 inet dhcp

allow-hotplug eth1
iface eth1 inet manual
"""
_FILES = {
    "etc/fstab": "/dev/vda1 / ext4 defaults,errors=remount-ro 0 1\n/dev/vda2 none swap sw 0 0\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
    "etc/hostname": "debian\n",
    "etc/network/interfaces": _INTERFACES,
    "etc/systemd/system/lab-host-keys.service": _HOST_KEYS_UNIT,
    "etc/apt/apt.conf.d/80lab-languages": 'Acquire::Languages "none";\n',
    f"etc/sudoers.d/{USER}": f"{USER} ALL=(ALL) NOPASSWD: ALL\n",
}


def ensure(debian: Debian, release: Release) -> str:
    """Return the name by which Vagrant knows the release's box, making it first; the mirror must be served.

    What it is made from is part of the name, so that no old disk is taken for a new one.
    """
    hooks = _hooks(ensure_ssh_key())
    images = sorted(recipe.fingerprint(architecture()) for recipe in recipes(release))
    recipe = repr((_PACKAGES, hooks, _INITRAMFS, _LAYOUT, images))
    files = (_BOX_VAGRANTFILE, *host_files())
    tag = fingerprint(recipe, sources_list(debian), apt_settings(), *(path.read_bytes() for path in files))
    name = f"quorum-lab/debian{debian.number}-{release.kubernetes}-{tag}"
    with locked("box"):
        if name not in vagrant.boxes():
            with step(f"Make the box (Debian {debian.number}, images of {release.kubernetes})", slow=True):
                _make(debian, release, name)
    return name


def _make(debian: Debian, release: Release, name: str) -> None:
    with scratch_directory(CACHE / "box") as scratch:
        root, work, archive = scratch / "root", scratch / "work", scratch / "debian.box"
        work.mkdir()
        _make_root(debian, root)
        with step("Unpack the images into it"):
            store.fill(root, release, scratch)
        for file in ("vmlinuz", "initrd.img"):
            (work / file).write_bytes((root / file).resolve().read_bytes())
        with step("Make its disk"):
            _LAYOUT.make(root, scratch, work / "box.img")
        (work / "Vagrantfile").write_bytes(_BOX_VAGRANTFILE.read_bytes())
        metadata = {"provider": "libvirt", "format": "qcow2", "virtual_size": _LAYOUT.size_mib // 1024}
        (work / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
        with step("Give it to Vagrant"):
            run(["tar", "--create", "--file", str(archive), "--directory", str(work), "."])
            vagrant.add_box(name, archive)


def _make_root(debian: Debian, root: Path) -> None:
    argv = ["mmdebstrap", "--quiet", "--variant=apt", "--format=directory", f"--include={','.join(_PACKAGES)}"]
    # With package lists on the disk, `apt-get update` only asks whether they are still current.
    argv += ["--skip=cleanup/apt/lists"]
    argv += [f"--aptopt={line}" for line in apt_settings().splitlines()]
    argv += ["--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/doc/*"]
    argv += [f"--essential-hook={_write(path, content)}" for path, content in _INITRAMFS.items()]
    argv += [f"--customize-hook=upload {path} {path}" for path in host_files()]
    argv += [f"--customize-hook={hook}" for hook in _hooks(ensure_ssh_key())]
    run([*bound(argv), debian.codename, str(root), "-"], stdin=sources_list(debian))


def _hooks(public_key: str) -> tuple[str, ...]:
    """Return the shell commands that turn a fresh root file system ($1) into a box's."""
    return (
        f'chroot "$1" useradd --create-home --shell /bin/bash --groups sudo {USER}',
        _write(f"home/{USER}/.ssh/authorized_keys", public_key),
        f'chroot "$1" chown -R {USER}: /home/{USER}/.ssh && chmod 700 "$1"/home/{USER}/.ssh',
        *(_write(path, content) for path, content in _FILES.items()),
        'chroot "$1" systemctl enable lab-host-keys.service ssh.service',
        f'chroot "$1" systemctl mask {" ".join(MASKED_UNITS)}',
        'rm -f "$1"/etc/ssh/ssh_host_* && : >"$1"/etc/machine-id',
    )


def _write(path: str, content: str) -> str:
    """Return the shell command that puts a file below $1."""
    folder = shlex.quote(str(Path(path).parent))
    return f'mkdir -p "$1"/{folder} && printf %s {shlex.quote(content)} >"$1"/{shlex.quote(path)}'
