#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Take external etcd off a host: its service, data, certificates and programs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_reset
short_description: Take external etcd off a host, with its service, data, certificates and programs
version_added: 0.1.0
description:
  - Stops and disables the service of an etcd member and removes all that role etcd has put on the host, the data too.
  - The member is not removed from its cluster; use M(quorum.kubernetes.etcd_member) on another host for that first.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  leave_cluster:
    description:
      - Whether the cluster lives on without this host. Then a host whose member is one of several is refused.
      - Set it to V(false) when the whole cluster is taken apart.
    type: bool
    default: true
  service:
    description: Name of the systemd service.
    type: str
    default: etcd
  data_directory:
    description: Data directory of the member. It is emptied, and removed unless it is a file system of its own.
    type: path
    default: /var/lib/etcd
  configuration:
    description: Directory of the settings and certificates.
    type: path
    default: /etc/etcd
  programs:
    description: Directory of the programs; empty leaves them.
    type: path
    default: /usr/local/bin
attributes:
  check_mode:
    support: full
    description: Lists what would be removed.
  diff_mode:
    support: none
    description: RV(removed) lists what is removed.
"""

EXAMPLES = r"""
- name: Take etcd off the host, with the whole cluster
  quorum.kubernetes.etcd_reset:
    leave_cluster: false
"""

RETURN = r"""
removed:
  description: What was stopped and removed, or would be.
  returned: success
  type: list
  elements: str
"""

import os
import shutil
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client, etcd_release
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import Credentials, Gateway, HttpGateway
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_options import LOCAL_ENDPOINT
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner, run_checked

UNITS = "/etc/systemd/system"


def paths_of(params: Mapping[str, Any]) -> list[str]:
    """Everything that exists of what role etcd puts on a host, but for the data directory itself."""
    data = params["data_directory"]
    unit = os.path.join(UNITS, f"{params['service']}.service")
    candidates = [unit, params["configuration"]]
    programs = params["programs"]
    candidates += [os.path.join(programs, name) for name in etcd_release.PROGRAMS if programs]
    candidates += sorted(os.path.join(data, name) for name in os.listdir(data)) if os.path.isdir(data) else []
    return [path for path in candidates if os.path.lexists(path)]


def remove(path: str) -> None:
    """Remove a file or a tree."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def refuse_living_member(gateway: Gateway) -> None:
    """Raise when this host's member is one of several, which count on it. One that does not answer is lost already."""
    members = etcd_client.look(gateway, [LOCAL_ENDPOINT]).members
    if len(members) > 1:
        raise QuorumError(
            "E2337",
            f"etcd on this host is one of {len(members)} members",
            "let it leave first (etcd_member with state absent, on another host), or take the whole cluster apart",
        )


def run(params: Mapping[str, Any], runner: Runner, check_mode: bool, gateway: Gateway) -> dict[str, Any]:
    """Stop and remove, and return the module's result."""
    unit, data = os.path.join(UNITS, f"{params['service']}.service"), params["data_directory"]
    paths, removed = paths_of(params), []
    if params["leave_cluster"] and unit in paths:
        refuse_living_member(gateway)
    if unit in paths:
        removed.append(f"the service {params['service']}")
        if not check_mode:
            argv = ["systemctl", "disable", "--now", params["service"]]
            run_checked(runner, argv, "E2336", f"Look at: systemctl status {params['service']}", timeout=120)
    removed += paths
    own_directory = os.path.isdir(data) and not os.path.ismount(data)
    removed += [data] if own_directory else []
    if not check_mode:
        for path in paths:
            remove(path)
        if own_directory:
            os.rmdir(data)
        if unit in paths:
            run_checked(runner, ["systemctl", "daemon-reload"], "E2336", timeout=60)
    return {"changed": bool(removed), "removed": removed}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "leave_cluster": {"type": "bool", "default": True},
            "service": {"type": "str", "default": "etcd"},
            "data_directory": {"type": "path", "default": "/var/lib/etcd"},
            "configuration": {"type": "path", "default": "/etc/etcd"},
            "programs": {"type": "path", "default": "/usr/local/bin"},
        },
        supports_check_mode=True,
    )
    pki = os.path.join(module.params["configuration"], "pki")
    credentials = Credentials(*(os.path.join(pki, name) for name in ("ca.crt", "client.crt", "client.key")))
    gateway = HttpGateway(credentials, timeout=3.0)
    finish(module, lambda: run(module.params, SubprocessRunner(), module.check_mode, gateway))


if __name__ == "__main__":
    main()
