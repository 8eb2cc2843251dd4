#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Let a host save its own member of etcd at set times."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_snapshot_timer
short_description: Let a host save its own member of etcd at set times, with a systemd timer
version_added: 0.1.0
description:
  - Puts a program on the host that takes a snapshot and proves it with the code of M(quorum.kubernetes.etcd_snapshot),
    and a systemd timer that runs it.
  - A snapshot is one file with a manifest. It is restored together with an earlier backup, see
    M(quorum.kubernetes.cluster_restore).
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  state:
    description:
      - With V(present) the timer runs.
      - With V(absent) the timer and the program are gone. Snapshots that were taken stay.
    type: str
    choices: [present, absent]
    default: present
  schedule:
    description: When, as C(OnCalendar) of systemd.timer(5). Needed for V(present).
    type: str
    default: ""
  directory:
    description: Where snapshots are kept. It is made for root alone if it is missing.
    type: path
    default: /var/backups/kubernetes
  service:
    description: Text of the service, which runs the program C(/usr/local/lib/quorum-etcd-snapshot.pyz).
    type: str
    default: ""
  timer:
    description: Text of the timer.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Says what would be written, started or removed.
  diff_mode:
    support: full
    description: Shows the difference of the units.
"""

EXAMPLES = r"""
- name: Save etcd every four hours
  quorum.kubernetes.etcd_snapshot_timer:
    schedule: "*-*-* 00/4:00:00"
    service: "{{ lookup('ansible.builtin.template', 'quorum-etcd-snapshot.service.j2') }}"
    timer: "{{ lookup('ansible.builtin.template', 'quorum-etcd-snapshot.timer.j2') }}"

- name: Do not save etcd any more
  quorum.kubernetes.etcd_snapshot_timer:
    state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or would be, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["write /etc/systemd/system/quorum-etcd-snapshot.timer", "start quorum-etcd-snapshot.timer"]
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import snapshot_program
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_configuration import HostConfig
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_files import WantedFile
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_kernel import KernelView
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_services import WantedService
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner, run_checked


def install(params: Mapping[str, Any], paths: snapshot_program.Paths, host: HostConfig, check_mode: bool) -> None:
    """Bring directory, program and units to the host, and let the timer run."""
    if not os.path.isdir(params["directory"]):
        host.changes.append(f"make {params['directory']}")
        if not check_mode:
            os.makedirs(params["directory"], mode=0o700)
    # systemd itself says whether it understands the times, before anything runs by them.
    understood = ("systemd-analyze", "calendar", params["schedule"])
    timer = WantedFile(paths.timer, params["timer"], validate=understood)
    host.write_files([WantedFile(paths.service, params["service"]), timer])
    program = snapshot_program.build()
    if snapshot_program.read(paths.program) != program:
        host.changes.append(f"write {paths.program}")
        if not check_mode:
            snapshot_program.put(paths.program, program)
    names = os.path.basename(paths.service), os.path.basename(paths.timer)
    host.settle_services(
        [WantedService(names[0]), WantedService(names[1], "started", enabled=True, restart_on=(paths.timer,))]
    )


def remove(paths: snapshot_program.Paths, host: HostConfig, runner: Runner, check_mode: bool) -> None:
    """Stop the timer and a snapshot that is being taken, and remove what was installed; the timer's unit goes last.

    While that is there, a run that was killed can be gone on with.
    """
    there = [path for path in paths if os.path.lexists(path)]
    if paths.timer in there and not check_mode:
        units = os.path.basename(paths.timer), os.path.basename(paths.service)
        run_checked(runner, ["systemctl", "disable", "--now", units[0]], "E2356", timeout=60)
        run_checked(runner, ["systemctl", "stop", units[1]], "E2356", timeout=60)
    host.remove_files(there)
    if there and not check_mode:
        run_checked(runner, ["systemctl", "daemon-reload"], "E2356", timeout=60)


def run(
    params: Mapping[str, Any], runner: Runner, check_mode: bool, paths: snapshot_program.Paths = snapshot_program.PATHS
) -> dict[str, Any]:
    """Install or remove, and return the module's result."""
    host = HostConfig(runner, KernelView(), check_mode)
    if params["state"] == "present":
        install(params, paths, host, check_mode)
    else:
        remove(paths, host, runner, check_mode)
    return {"changed": bool(host.changes), "changes": host.changes, "diff": host.diff}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "schedule": {"type": "str", "default": ""},
            "directory": {"type": "path", "default": "/var/backups/kubernetes"},
            "service": {"type": "str", "default": ""},
            "timer": {"type": "str", "default": ""},
        },
        required_if=[("state", "present", ("schedule", "service", "timer"))],
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, SubprocessRunner(), module.check_mode))


if __name__ == "__main__":
    main()
