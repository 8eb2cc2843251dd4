#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Everything that configures a host, in one round trip."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_config
short_description: Write the configuration of a host and settle its services in one task
version_added: 0.1.0
description:
  - Loads kernel modules, writes and removes files, sets sysctls, turns swap off and settles services.
  - All files that change are validated before the first of them is put in place.
  - A service is restarted or reloaded when one of its files changed or is newer than its start. A run that was killed
    between the two is therefore finished by the next one.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  files:
    description: Text files that must exist.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path. Missing folders are made with mode 0755.
        type: path
        required: true
      content:
        description: Whole text of the file.
        type: str
        required: true
      mode:
        description: Permissions as an octal string.
        type: str
        default: "0644"
      owner:
        description: Owner of the file.
        type: str
        default: root
      group:
        description: Group of the file.
        type: str
        default: root
      validate:
        description: Command, as a list of words, that must succeed before the file is put in place. C(%s) is the file.
        type: list
        elements: str
        default: []
  absent:
    description: Files that must not exist.
    type: list
    elements: path
    default: []
  purge:
    description: >-
      Files that an earlier run wrote and that are no longer among O(files) are removed. What others wrote under such a
      name does not begin with the line and stays.
    type: list
    elements: dict
    default: []
    suboptions:
      pattern:
        description: Shell pattern of the files' paths.
        type: str
        required: true
      first_line:
        description: First line of the files that this task writes.
        type: str
        required: true
  kernel_modules:
    description: Kernel modules that must be loaded now. One that is built in counts as loaded.
    type: list
    elements: str
    default: []
  sysctls:
    description: Kernel settings that must hold now, by name.
    type: dict
    default: {}
  swap_off:
    description: Turn swap off now, and comment its lines in C(/etc/fstab) out.
    type: bool
    default: false
  services:
    description: Services and the state they must be in.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the unit.
        type: str
        required: true
      state:
        description: Whether it runs. Without it a running service is only restarted or reloaded.
        type: str
        choices: [started, stopped]
      enabled:
        description: Whether it starts at boot.
        type: bool
      restart_on:
        description: Files after whose change it is restarted.
        type: list
        elements: path
        default: []
      reload_on:
        description: Files after whose change it is reloaded.
        type: list
        elements: path
        default: []
attributes:
  check_mode:
    support: full
    description: Says what would change. A file's validation is skipped where its program is not installed yet.
  diff_mode:
    support: full
    description: Shows the difference of every file.
"""

EXAMPLES = r"""
- name: Let the kernel forward packets
  quorum.kubernetes.host_config:
    kernel_modules: [br_netfilter]
    sysctls:
      net.ipv4.ip_forward: "1"
    files:
      - path: /etc/sysctl.d/90-kubernetes.conf
        content: |
          net.ipv4.ip_forward = 1

- name: Configure haproxy
  quorum.kubernetes.host_config:
    files:
      - path: /etc/haproxy/haproxy.cfg
        content: "{{ lookup('ansible.builtin.template', 'haproxy.cfg.j2') }}"
        validate: [haproxy, -c, -f, "%s"]
    services:
      - name: haproxy
        state: started
        enabled: true
        reload_on: [/etc/haproxy/haproxy.cfg]
"""

RETURN = r"""
changes:
  description: What was changed, or would be, a sentence each.
  returned: always
  type: list
  elements: str
  sample: ["write /etc/haproxy/haproxy.cfg", "reload haproxy"]
services:
  description: What was done, or would be, with each service that did not rest.
  returned: always
  type: dict
  sample: {"haproxy": ["reload"]}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_files
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_configuration import HostConfig
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_files import WantedFile
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_kernel import KernelView
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_services import WantedService
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner


def wanted_file(parameters: dict[str, Any]) -> WantedFile:
    """Read one entry of `files`."""
    values = dict(parameters, validate=tuple(parameters["validate"]))
    try:
        values["mode"] = int(parameters["mode"], 8)
    except ValueError as error:
        raise QuorumError("E2408", f"mode {parameters['mode']!r} of {parameters['path']} is not octal") from error
    return WantedFile(**values)


def wanted_service(parameters: dict[str, Any]) -> WantedService:
    """Read one entry of `services`."""
    return WantedService(
        parameters["name"],
        parameters["state"] or "",
        parameters["enabled"],
        tuple(parameters["restart_on"]),
        tuple(parameters["reload_on"]),
    )


def left_files(files: list[WantedFile], purge: list[dict[str, str]]) -> list[str]:
    """Files that were once among the wanted ones."""
    wanted = {file.path for file in files}
    return [path for entry in purge for path in host_files.left(entry["pattern"], entry["first_line"], wanted)]


def configure(host: HostConfig, parameters: dict[str, Any]) -> None:
    """All steps in an order in which each finds what it needs: a module brings its sysctls, a file its service."""
    files = [wanted_file(entry) for entry in parameters["files"]]
    services = [wanted_service(entry) for entry in parameters["services"]]
    host.load_modules(parameters["kernel_modules"])
    host.write_files(files)
    host.remove_files([*parameters["absent"], *left_files(files, parameters["purge"])])
    host.set_sysctls({name: str(value) for name, value in parameters["sysctls"].items()})
    if parameters["swap_off"]:
        host.turn_swap_off()
    host.settle_services(services)


def main() -> None:
    """Run the module."""
    paths = {"type": "list", "elements": "path", "default": []}
    words = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "files": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "path": {"type": "path", "required": True},
                    "content": {"type": "str", "required": True},
                    "mode": {"type": "str", "default": "0644"},
                    "owner": {"type": "str", "default": "root"},
                    "group": {"type": "str", "default": "root"},
                    "validate": words,
                },
            },
            "absent": paths,
            "purge": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "pattern": {"type": "str", "required": True},
                    "first_line": {"type": "str", "required": True},
                },
            },
            "kernel_modules": words,
            "sysctls": {"type": "dict", "default": {}},
            "swap_off": {"type": "bool", "default": False},
            "services": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "state": {"type": "str", "choices": ["started", "stopped"]},
                    "enabled": {"type": "bool"},
                    "restart_on": paths,
                    "reload_on": paths,
                },
            },
        },
        supports_check_mode=True,
    )
    host = HostConfig(SubprocessRunner(), KernelView(), module.check_mode)
    try:
        configure(host, module.params)
    except QuorumError as error:
        module.fail_json(msg=str(error), changes=host.changes)
    module.exit_json(changed=bool(host.changes), changes=host.changes, services=host.services, diff=host.diff)


if __name__ == "__main__":
    main()
