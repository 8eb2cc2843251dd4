# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Small Debian root file systems on which some images stand, made by mmdebstrap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.cache import MIRROR, fingerprint, new_directory
from lab.debian import DEBIAN_12, apt_settings, sources_list
from lab.process import bound, run
from lab.progress import step

# Extracted, not installed: the alternatives that a package's postinst would make are made here.
_SHELL_HOOKS = (
    'rm -rf "$1"/usr/share "$1"/usr/lib/*/gconv',
    'mkdir -p "$1"/usr/bin "$1"/usr/sbin "$1"/var/run && mkdir -p -m 1777 "$1"/tmp',
    'for tool in $("$1"/bin/busybox --list); do '
    '[ -e "$1"/bin/$tool ] || [ -e "$1"/sbin/$tool ] || ln -s busybox "$1"/bin/$tool; done',
)
_NETWORK_HOOKS = (
    *_SHELL_HOOKS,
    "for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do "
    'ln -s xtables-nft-multi "$1"/usr/sbin/$tool; done',
)


def shell_base() -> Path:
    """Return a tar archive with busybox."""
    return _base("shell", ["busybox-static"], _SHELL_HOOKS)


def network_base() -> Path:
    """Return a tar archive with busybox, iptables, nftables, ipset and conntrack, as kube-proxy and flannel need."""
    packages = ["busybox-static", "conntrack", "iptables", "ipset", "kmod", "nftables"]
    return _base("network", packages, _NETWORK_HOOKS)


def _base(name: str, packages: Sequence[str], hooks: Sequence[str]) -> Path:
    target = MIRROR / "bases" / f"{name}-{fingerprint(repr((packages, hooks)), sources_list(DEBIAN_12))}"
    if not target.is_dir():
        with step(f"Make the base of images: {name}"), new_directory(target) as work:
            argv = ["mmdebstrap", "--quiet", "--variant=extract", f"--include={','.join(packages)}"]
            argv += [f"--aptopt={line}" for line in apt_settings().splitlines()]
            argv += [f"--extract-hook={hook}" for hook in hooks]
            run([*bound(argv), DEBIAN_12.codename, str(work / "base.tar"), "-"], stdin=sources_list(DEBIAN_12))
    return target / "base.tar"
