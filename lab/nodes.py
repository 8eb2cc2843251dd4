# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nodes: containers that behave like machines, with systemd, sshd and cgroups of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.cache import SSH_KEY
from lab.debian import Debian, init_command
from lab.errors import LabError
from lab.nodeimage import USER
from lab.podman import LABEL, LIMITS, listed, podman, try_podman
from lab.process import attempt
from lab.topology import Node

NODE_LABEL = "quorum-lab.node"
# A machine with a test running on it may take long to answer.
_SSH_SECONDS = 300.0
_SETTLE_SECONDS = 30.0
# File systems of their own: overlayfs cannot stand on the container's overlayfs, and etcd wants a disk.
_VOLUMES = {"containerd": "/var/lib/containerd", "kubelet": "/var/lib/kubelet", "etcd": "/var/lib/etcd"}
_MODULES = Path("/lib/modules")


def container_name(cluster: str, node: str) -> str:
    """Return the name podman knows the node by."""
    return f"quorum-{cluster}-{node}"


def volumes(cluster: str, node: str) -> dict[str, str]:
    """Return the names of a node's volumes, which outlive stopping it, and where they are mounted."""
    return {f"{container_name(cluster, node)}-{name}": place for name, place in _VOLUMES.items()}


def start_arguments(
    cluster: str, node: Node, address: str, network: str, image: str, debian: Debian, *, sudo_password: bool
) -> list[str]:
    """Return the arguments of `podman run` for a node.

    Systemd mode is off and cgroups are private, because podman's own systemd mode mounts the host's name=systemd
    hierarchy into every node, where kubelets take each other's pods for orphans.
    """
    return [
        *("run", "--detach", "--name", container_name(cluster, node.name), "--hostname", node.name),
        *("--label", f"{LABEL}={cluster}", "--label", f"{NODE_LABEL}={node.name}"),
        *("--privileged", "--cgroupns", "private", "--systemd=false", "--stop-signal", "SIGRTMIN+3"),
        *("--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp"),  # noqa: S108 - of the node, which mounts its own
        *("--env", "container=podman", "--env", f"LAB_SUDO={'password' if sudo_password else 'free'}"),
        *("--network", network, "--ip", address, "--no-hosts"),
        *LIMITS,
        *(part for name, place in volumes(cluster, node.name).items() for part in ("--volume", f"{name}:{place}")),
        *(("--volume", f"{_MODULES}:{_MODULES}:ro") if _MODULES.is_dir() else ()),
        *(image, *init_command(debian)),
    ]


def states(cluster: str | None = None) -> dict[str, str]:
    """Return the state of every container of a cluster (or of all), by its name."""
    return {str(found["Names"][0]): str(found["State"]) for found in listed(("ps", "--all"), cluster)}


def ensure(arguments: Sequence[str], name: str, state: str | None) -> None:
    """Bring one node up: start what stopped, make again what a killed run left half made."""
    if state == "running":
        return
    if state in ("exited", "stopped"):
        podman("start", name)
        return
    _remove_containers([name])
    podman(*arguments, fix="`python -m lab down` takes what is there away; then run the command again")


def settle(cluster: str) -> None:
    """Wait for the podman commands of a killed run, which go on without it."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline and any(_starts_node_of(cluster, path) for path in Path("/proc").glob("[0-9]*")):
        time.sleep(0.1)


def _starts_node_of(cluster: str, process: Path) -> bool:
    arguments = _arguments(process)
    return arguments[0].endswith("podman") and f"{LABEL}={cluster}" in arguments


def remove(cluster: str, nodes: Sequence[Node]) -> None:
    """Remove every container of a cluster with its volumes, those included that only their names tell."""
    _remove_containers(sorted(states(cluster)))
    discard(cluster, nodes)


def discard(cluster: str, nodes: Sequence[Node]) -> None:
    """Remove the containers of some nodes with their volumes."""
    _remove_containers(sorted(container_name(cluster, node.name) for node in nodes))
    names = [name for node in nodes for name in volumes(cluster, node.name)]
    if names:
        podman("volume", "rm", "--force", *names)


def _remove_containers(names: Sequence[str]) -> None:
    """Remove containers, also what podman lost sight of when it was killed: storage that has the name."""
    if not names:
        return
    podman("rm", "--force", "--ignore", "--time", "0", *names)
    for process in Path("/proc").glob("[0-9]*"):
        arguments = _arguments(process)
        # conmon watches one container, and `-n` names it; one that is still there watches what podman forgot.
        if arguments[0].endswith("conmon") and any(name in names for name in _values_of("-n", arguments)):
            _kill_children(process)


def _values_of(option: str, arguments: Sequence[str]) -> list[str]:
    return [value for name, value in zip(arguments, arguments[1:], strict=False) if name == option]


def _kill_children(process: Path) -> None:
    with contextlib.suppress(OSError):
        for child in (process / "task" / process.name / "children").read_text(encoding="utf-8").split():
            os.kill(int(child), signal.SIGKILL)


def _arguments(process: Path) -> list[str]:
    """Return a process's command line; a process that has ended has an empty one."""
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return [""]


def ssh_command(address: str) -> list[str]:
    """Return the arguments of ssh for a node, which asks nothing and remembers nothing."""
    options = [*("-o", "BatchMode=yes", "-o", "ConnectTimeout=20"), *ssh_options()]
    return ["ssh", "-i", str(SSH_KEY), *options, f"{USER}@{address}"]


def ssh_options() -> list[str]:
    """Return the options for hosts that are new every time."""
    return ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]


def wait(name: str, address: str) -> None:
    """Wait until systemd has started everything and ssh answers."""
    deadline = time.monotonic() + _SSH_SECONDS
    while True:
        result = attempt([*ssh_command(address), "systemctl", "is-system-running", "--wait"], timeout=_SSH_SECONDS)
        if result.stdout.strip() in ("running", "degraded"):
            return
        if time.monotonic() > deadline:
            seen = (result.stdout + result.stderr).strip() or "nothing"
            raise LabError(
                f"{name} ({address}) is not up after {_SSH_SECONDS:.0f} s; ssh said: {seen}",
                f"Look inside: podman exec {name} journalctl -b",
            )
        time.sleep(0.2)


def on_each(nodes: Sequence[Node], act: Callable[[Node], None]) -> None:
    """Do something with all nodes at once; the first failure is raised when all have ended."""
    with ThreadPoolExecutor(max_workers=len(nodes)) as pool:
        for future in [pool.submit(act, node) for node in nodes]:
            future.result()


def stop(name: str, *, kill: bool) -> None:
    """Stop a node: in order, as by its power button, or at once, as by pulling the plug."""
    if kill:
        try_podman("kill", name)
    else:
        podman("stop", "--time", "60", name)


def start(name: str, address: str) -> None:
    """Start a node that was stopped and wait for it."""
    podman("start", name)
    wait(name, address)
