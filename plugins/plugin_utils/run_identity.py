# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which process of which controller a run is, so that a later run can see whether it is gone."""

from __future__ import annotations

import getpass
import os
import socket

SEPARATOR = ":"


def started(pid: int) -> str:
    """When a process began, in clock ticks since boot (proc(5), field 22 of stat); "" without it, or without /proc."""
    try:
        with open(f"/proc/{pid}/stat") as stream:
            # The name in parentheses may hold blanks; what follows it does not.
            return stream.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def boot() -> str:
    """This boot of the controller."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as stream:
            return stream.read().strip()
    except OSError:
        return "-"


def namespace() -> str:
    """The PID namespace in which this process' numbers count, as `[4026531836]`; "-" without /proc."""
    try:
        return os.readlink("/proc/self/ns/pid").partition(SEPARATOR)[2]
    except OSError:
        return "-"


def run_id(pid: int) -> str:
    """The run whose controlling process this is: host, boot, PID namespace, process number and its start."""
    return SEPARATOR.join([socket.gethostname(), boot(), namespace(), str(pid), started(pid)])


def who() -> str:
    """User and host, for people."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def is_gone(run: str) -> bool:
    """Whether a run of this very controller has ended. False for other controllers: nobody here can know.

    A container may have this host's name and this boot, but the processes of another one are not seen in it.
    """
    parts = run.split(SEPARATOR)
    if len(parts) != 5:
        return False
    host, its_boot, its_namespace, pid, its_start = parts
    if host != socket.gethostname() or its_namespace != namespace() or not its_start or not pid.isdigit():
        return False
    return its_boot != boot() or started(int(pid)) != its_start
