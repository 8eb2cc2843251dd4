# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a shell script as root on a host of the inventory, over the same ssh that Ansible uses."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.tools.inventory import Host
from tests.tools.waiting import PATIENCE

CONNECT_TIMEOUT = round(10 * PATIENCE)  # seconds
ALIVE_INTERVAL = round(5 * PATIENCE)  # seconds
SSH_FAILED = 255  # ssh's own exit status: the script may not have run


class RemoteError(OSError):
    """A host did not answer, or a script that had to succeed did not."""


@dataclass(frozen=True)
class Result:
    """What a script left: exit status and both streams."""

    rc: int
    stdout: str
    stderr: str


def ssh_command(host: Host, *, shared: bool = True) -> list[str]:
    """The ssh command line to a host. `shared` keeps one connection open for a minute and reuses it."""
    command = ["ssh", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={CONNECT_TIMEOUT}"]
    command += ["-o", f"ServerAliveInterval={ALIVE_INTERVAL}", "-o", "ServerAliveCountMax=3", "-o", "LogLevel=ERROR"]
    if shared:
        command += ["-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", f"ControlPath={_control_path()}"]
    command += shlex.split(host.ssh_args)
    command += ["-p", str(host.port)]
    command += ["-i", host.key] if host.key else []
    command += ["-l", host.user] if host.user else []
    return [*command, host.address]


def run(host: Host, script: str, *, timeout: float = 120, shared: bool = True) -> Result:
    """Run `script` with sh as root. Exit status 255 means that ssh failed; RemoteError after `timeout` s."""
    sudo = "sudo -S -p '' -- " if host.become_password else "sudo -n -- "
    given = f"{host.become_password}\n" if host.become_password else ""
    command = [*ssh_command(host, shared=shared), f"{sudo}sh -c {shlex.quote(script)}"]
    limit = timeout * PATIENCE
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=limit, errors="replace", check=False
        )
    except subprocess.TimeoutExpired:
        raise RemoteError(f"{host.name}: no end after {limit:g} s: {script[:120]}") from None
    if done.returncode == SSH_FAILED and shared:
        forget(host)  # a connection that outlived a restart of the host
        return run(host, script, timeout=timeout, shared=False)
    return Result(done.returncode, done.stdout, done.stderr)


def output(host: Host, script: str, *, timeout: float = 120) -> str:
    """Standard output of a script that must succeed, otherwise RemoteError."""
    result = run(host, script, timeout=timeout)
    if result.rc:
        raise RemoteError(f"{host.name}: exit status {result.rc}: {script[:120]}: {result.stderr.strip()[-400:]}")
    return result.stdout


def forget(host: Host) -> None:
    """Close the shared connection, so that the next script opens a new one: for hosts that are about to go away."""
    command = [*ssh_command(host)[:-1], "-O", "exit", host.address]
    subprocess.run(command, capture_output=True, timeout=30, check=False)


def on_all(hosts: list[Host], script: str, *, timeout: float = 120) -> dict[str, str]:
    """Standard output of a script on all hosts at once, by host name. The first failure is raised."""
    if not hosts:
        return {}
    with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
        answers = list(pool.map(lambda host: output(host, script, timeout=timeout), hosts))
    return {host.name: answer for host, answer in zip(hosts, answers, strict=True)}


def unreachable(hosts: list[Host]) -> dict[str, str]:
    """Hosts on which root cannot run `true`, with the reason."""

    def reason(host: Host) -> str:
        try:
            result = run(host, "true", timeout=30)
        except RemoteError as error:
            return str(error)
        return "" if result.rc == 0 else result.stderr.strip()[-200:] or f"exit status {result.rc}"

    if not hosts:
        return {}
    with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
        reasons = list(pool.map(reason, hosts))
    return {host.name: text for host, text in zip(hosts, reasons, strict=True) if text}


def _control_path() -> str:
    """A short path of our own (sockets may have 108 characters), apart from Ansible's connections."""
    folder = Path(tempfile.gettempdir()) / "quorum-checks-ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    return f"{folder}/%C"
