# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""libvirt: the one that this host runs, or one of the lab's own where no service manager started one."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from lab.cache import CACHE, write_file
from lab.errors import LabError
from lab.process import attempt, run
from lab.progress import say

FOLDER = CACHE / "vm"
POOL = "quorum-lab"
_START_SECONDS = 60.0
_DAEMONS = ("virtlogd", "libvirtd")
_VIRSH = ("virsh", "--connect", "qemu:///system")
# A host without systemd, cgroups of its own and a security module, as a container is.
_QEMU_CONFIGURATION = """\
user = "root"
group = "root"
dynamic_ownership = 1
remember_owner = 0
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "logd"
"""


def ensure() -> None:
    """See that libvirt answers and has the lab's storage pool."""
    if not _answers():
        _start()
    if attempt([*_VIRSH, "pool-info", POOL]).returncode != 0:
        (FOLDER / "pool").mkdir(parents=True, exist_ok=True)
        run([*_VIRSH, "pool-create-as", POOL, "dir", "--target", str(FOLDER / "pool")])


def rest() -> None:
    """Take the lab's networks and pool away and end the daemons that the lab started."""
    if _answers():
        for network in run([*_VIRSH, "net-list", "--all", "--name"]).split():
            if network.startswith("quorum-lab"):
                attempt([*_VIRSH, "net-destroy", network])
                attempt([*_VIRSH, "net-undefine", network])
        attempt([*_VIRSH, "pool-destroy", POOL])
    for daemon in reversed(_DAEMONS):
        _end(_pid_file(daemon))


def _answers() -> bool:
    return attempt([*_VIRSH, "version"]).returncode == 0


def _start() -> None:
    configuration = FOLDER / "qemu.conf"
    write_file(configuration, _QEMU_CONFIGURATION)
    for daemon in _DAEMONS:
        # In a mount namespace of its own the daemon reads the lab's file, and the host's stays as it is.
        shell = f'mount --bind "$1" /etc/libvirt/qemu.conf && exec {daemon} --daemon --pid-file "$2"'
        run(["unshare", "--mount", "sh", "-c", shell, "sh", str(configuration), str(_pid_file(daemon))])
    deadline = time.monotonic() + _START_SECONDS
    while not _answers():
        if time.monotonic() > deadline:
            raise LabError("libvirt does not answer", "Read what `libvirtd` says when it is started by hand")
        time.sleep(0.2)
    say("Started libvirt")


def _pid_file(daemon: str) -> Path:
    return FOLDER / f"{daemon}.pid"


def _end(pid_file: Path) -> None:
    """End the daemon that wrote the file, if it is still that daemon."""
    with contextlib.suppress(OSError, ValueError):
        pid = int(pid_file.read_text(encoding="utf-8"))
        if Path(f"/proc/{pid}/exe").resolve().name == pid_file.stem:
            os.kill(pid, signal.SIGTERM)
    pid_file.unlink(missing_ok=True)
