# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The nodes' root file system: Debian as an installer leaves it, with systemd and sshd."""

from __future__ import annotations

import shlex
from pathlib import Path

from lab.cache import CACHE, SSH_KEY, fingerprint, locked, scratch_directory
from lab.debian import Debian, apt_settings, sources_list
from lab.podman import podman, try_podman
from lab.process import bound, run
from lab.progress import step

USER = "admin"
PASSWORD = "lab"  # noqa: S105 - of a container on this machine that is reached with a key
REPOSITORY = "localhost/quorum-lab-node"

HOST_PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "python3", "python3-apt"),
    *("ca-certificates", "curl", "debian-archive-keyring", "less", "netbase"),
    *("iproute2", "iputils-ping", "kmod", "procps", "psmisc"),
)

# Runs at every start of a node. A shared root is what containers of pods propagate their mounts through; keys and
# the machine's number differ per node because the image has none.
_NODE_SETUP = """\
#!/bin/sh
set -eu
mount --make-rshared /
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
if tr '\\0' '\\n' </proc/1/environ | grep -qx LAB_SUDO=password; then
    rm -f /etc/sudoers.d/admin
fi
grep -q "$(hostname)" /etc/hosts || echo "$(hostname -I | cut -d' ' -f1) $(hostname)" >>/etc/hosts
"""

_NODE_SETUP_UNIT = """\
[Unit]
Description=What the lab sets at every start of a node
DefaultDependencies=no
After=local-fs.target
Before=ssh.service sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-node

[Install]
WantedBy=sysinit.target
"""

# Timers that would take apt's lock at a moment nobody chose, and consoles a container does not have.
MASKED_UNITS = ("apt-daily.timer", "apt-daily-upgrade.timer", "console-getty.service", "getty.target")


def ensure(debian: Debian) -> str:
    """Return the name of the release's node image, making it if it is not there."""
    hooks = _hooks(ensure_ssh_key())
    tag = fingerprint(repr((HOST_PACKAGES, hooks)), sources_list(debian), apt_settings(), *map(_content, host_files()))
    name = f"{REPOSITORY}:{tag}"
    with locked("node-image"):
        if try_podman("image", "exists", name).returncode != 0:
            with (
                step(f"Make the nodes' root file system (Debian {debian.number})", slow=True),
                scratch_directory(CACHE / "node-image") as work,
            ):
                _make(debian, work / "root.tar", hooks)
                podman("import", str(work / "root.tar"), name)
    return name


def _make(debian: Debian, archive: Path, hooks: tuple[str, ...]) -> None:
    argv = ["mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(HOST_PACKAGES)}"]
    # With package lists in the image, `apt-get update` on a node only asks whether they are still current.
    argv += ["--skip=cleanup/apt/lists"]
    argv += [f"--aptopt={line}" for line in apt_settings().splitlines()]
    argv += ["--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/doc/*"]
    argv += [f"--customize-hook=upload {path} {path}" for path in host_files()]
    argv += [f"--customize-hook={hook}" for hook in hooks]
    run(
        [*bound(argv), debian.codename, str(archive), "-"],
        stdin=sources_list(debian),
        fix="See whether apt-get update works on this host",
    )


def _hooks(public_key: str) -> tuple[str, ...]:
    """Return the shell commands that turn a fresh root file system ($1) into a node's."""
    home = f'"$1"/home/{USER}'
    return (
        f'chroot "$1" useradd --create-home --shell /bin/bash --groups sudo {USER}',
        f'echo {USER}:{PASSWORD} | chroot "$1" chpasswd',
        f'echo "{USER} ALL=(ALL) NOPASSWD: ALL" >"$1"/etc/sudoers.d/admin && chmod 440 "$1"/etc/sudoers.d/admin',
        f"mkdir -m 700 {home}/.ssh && printf %s {shlex.quote(public_key)} >{home}/.ssh/authorized_keys",
        f'chroot "$1" chown -R {USER}: /home/{USER}/.ssh',
        f'printf %s {shlex.quote(_NODE_SETUP)} >"$1"/usr/local/sbin/lab-node && chmod 755 "$1"/usr/local/sbin/lab-node',
        f'printf %s {shlex.quote(_NODE_SETUP_UNIT)} >"$1"/etc/systemd/system/lab-node.service',
        'chroot "$1" systemctl enable lab-node.service ssh.service',
        f'chroot "$1" systemctl mask {" ".join(MASKED_UNITS)}',
        'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname && : >"$1"/etc/machine-id',
        # Servers of today do without translated package descriptions; six nodes would fetch them six times.
        'echo "Acquire::Languages \\"none\\";" >"$1"/etc/apt/apt.conf.d/80lab-languages',
        'printf "127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n" >"$1"/etc/hosts',
    )


def host_files() -> list[Path]:
    """Return what nodes take from this host to trust the same mirrors."""
    return [path for path in (Path("/etc/ssl/certs/ca-certificates.crt"),) if path.is_file()]


def _content(path: Path) -> bytes:
    return path.read_bytes()


def ensure_ssh_key() -> str:
    """Return the public key by which nodes are reached, making the pair if it is not there."""
    SSH_KEY.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    if not SSH_KEY.is_file() or not SSH_KEY.with_suffix(".pub").is_file():
        SSH_KEY.unlink(missing_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "quorum-lab", "-f", str(SSH_KEY)])
    return SSH_KEY.with_suffix(".pub").read_text(encoding="utf-8")
