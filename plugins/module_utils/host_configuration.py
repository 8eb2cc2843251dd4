# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Bringing a host to its wanted configuration: kernel, files and services, each only where it differs."""

from __future__ import annotations

import os
import tempfile
import time

from ansible_collections.quorum.kubernetes.plugins.module_utils import host_files, host_services
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_files import SeenFile, WantedFile
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_kernel import (
    KernelView,
    same_value,
    swap_devices,
    without_swap,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_services import SeenService, WantedService
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import RC_NOT_FOUND, Runner, run_checked

SERVICE_TIMEOUT = 180.0
"""Seconds that a service may take to start, restart or reload."""


class HostConfig:
    """Brings one host to its wanted configuration; in check mode it only says what is missing."""

    def __init__(self, runner: Runner, kernel: KernelView, check_mode: bool, fstab: str = "/etc/fstab") -> None:
        self._runner = runner
        self._kernel = kernel
        self._check_mode = check_mode
        self._fstab = fstab
        self.changes: list[str] = []
        self.diff: list[dict[str, str]] = []
        self.services: dict[str, list[str]] = {}
        self._changed_paths: set[str] = set()

    def load_modules(self, names: list[str]) -> None:
        """Load kernel modules that are not there."""
        for name in names:
            if self._kernel.has_module(name):
                continue
            self.changes.append(f"load the kernel module {name}")
            if not self._check_mode:
                fix = f"install the kernel's modules package, or a kernel that has {name}"
                run_checked(self._runner, ["modprobe", name], "E2403", fix, timeout=30)

    def write_files(self, wanted: list[WantedFile]) -> None:
        """Validate all files that differ, then put them in place."""
        pairs = [(file, host_files.read(file.path)) for file in wanted]
        differing = [pair for pair in pairs if host_files.differs(*pair)]
        for file, _seen in differing:
            self._validate(file)
        for file, seen in differing:
            self._write(file, seen)

    def _write(self, file: WantedFile, seen: SeenFile) -> None:
        verb = "write" if host_files.content_differs(file, seen) else "set the owner and mode of"
        self.changes.append(f"{verb} {file.path}")
        self.diff.append(host_files.diff_of(file, seen))
        if host_files.content_differs(file, seen):
            self._changed_paths.add(file.path)
        if not self._check_mode:
            host_files.put(file, seen)

    def _validate(self, file: WantedFile) -> None:
        if not file.validate:
            return
        with tempfile.TemporaryDirectory() as directory:
            candidate = os.path.join(directory, os.path.basename(file.path))
            host_files.put(WantedFile(candidate, file.content, file.mode, file.owner, file.group), SeenFile(candidate))
            result = self._runner.run([word.replace("%s", candidate) for word in file.validate], timeout=60)
        if result.rc == RC_NOT_FOUND and self._check_mode:
            return
        if not result.ok:
            lines = (result.stderr or result.stdout).replace(candidate, file.path).strip().splitlines()
            raise QuorumError("E2404", f"the new {file.path} is not valid: {' | '.join(lines[:4]) or result.reason()}")

    def remove_files(self, paths: list[str]) -> None:
        """Remove files that must not exist."""
        for path in paths:
            if not os.path.lexists(path):
                continue
            self.changes.append(f"remove {path}")
            self._changed_paths.add(path)
            if not self._check_mode:
                os.unlink(path)

    def set_sysctls(self, wanted: dict[str, str]) -> None:
        """Set kernel values that differ."""
        for name, value in wanted.items():
            if same_value(value, self._kernel.sysctl(name)):
                continue
            self.changes.append(f"set {name} to {value}")
            if self._check_mode:
                continue
            try:
                self._kernel.set_sysctl(name, value)
            except OSError as error:
                raise QuorumError("E2405", f"the kernel refuses {name} = {value}: {error.strerror}") from error

    def turn_swap_off(self) -> None:
        """Turn swap off, now and at the next boot."""
        seen = host_files.read(self._fstab)
        text = seen.content or ""
        if without_swap(text) != text:
            self._write(WantedFile(self._fstab, without_swap(text), seen.mode, seen.owner, seen.group), seen)
        devices = swap_devices(self._kernel.text("/proc/swaps"))
        if devices:
            self.changes.append(f"turn off swap on {', '.join(devices)}")
            if not self._check_mode:
                run_checked(self._runner, ["swapoff", "-a"], "E2406", "free memory, then run again", timeout=300)

    def settle_services(self, wanted: list[WantedService]) -> None:
        """Start, stop, restart, reload, enable and disable services, each only where needed."""
        seen = {service.name: self._show(service.name) for service in wanted}
        if any(state.needs_daemon_reload for state in seen.values()):
            self.changes.append("read the unit files again")
            if not self._check_mode:
                run_checked(self._runner, ["systemctl", "daemon-reload"], "E2407", timeout=60)
        for service in wanted:
            paths = (*service.restart_on, *service.reload_on)
            mtimes = {path: host_files.read(path).mtime for path in paths}
            self._settle(service, seen[service.name], mtimes)

    def _settle(self, service: WantedService, seen: SeenService, mtimes: dict[str, float]) -> None:
        if not seen.exists and service.state == "stopped":
            return
        verbs = host_services.actions(service, seen, self._changed_paths, mtimes)
        if not verbs:
            return
        self.services[service.name] = verbs
        self.changes.extend(f"{verb} {service.name}" for verb in verbs)
        if self._check_mode:
            return
        for verb in verbs:
            fix = f"look at: journalctl -u {service.name}"
            run_checked(self._runner, ["systemctl", verb, service.name], "E2407", fix, timeout=SERVICE_TIMEOUT)

    def _show(self, name: str) -> SeenService:
        argv = ["systemctl", "show", f"--property={','.join(host_services.PROPERTIES)}", name]
        text = run_checked(self._runner, argv, "E2407", "systemd must run on this host", timeout=30).stdout
        return host_services.parse_show(text, time.time() - time.clock_gettime(time.CLOCK_MONOTONIC))
