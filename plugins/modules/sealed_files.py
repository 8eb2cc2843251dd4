#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Seal files of a host with a passphrase and return them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sealed_files
short_description: Seal files of a host with a passphrase and return them, for a backup
version_added: 0.1.0
description:
  - Packs files and directories, encrypts and authenticates them with a passphrase, and returns the result as text.
  - Nothing is written on the host, and the passphrase is no argument of any command.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  paths:
    description: Files and directories. Those that do not exist are left out.
    type: list
    elements: path
    required: true
  passphrase:
    description: Passphrase, twelve characters or more.
    type: str
    required: true
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: none
    description: Secrets are not shown.
requirements:
  - openssl on the host
"""

EXAMPLES = r"""
- name: Seal the CA of etcd
  quorum.kubernetes.sealed_files:
    paths: [/etc/etcd/pki]
    passphrase: "{{ kube_backup_passphrase }}"
  no_log: true
  register: __sealed
"""

RETURN = r"""
sealed:
  description: The sealed files as text.
  returned: success
  type: str
paths:
  description: Those of O(paths) that exist.
  returned: success
  type: list
  elements: str
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import sealed
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner


def run(params: Mapping[str, Any], runner: Runner) -> dict[str, Any]:
    """Seal the files and return the module's result."""
    content = sealed.pack(params["paths"])
    there = [path for path in params["paths"] if os.path.exists(path)]
    return {"changed": False, "sealed": sealed.seal(runner, content, params["passphrase"]), "paths": there}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "paths": {"type": "list", "elements": "path", "required": True},
            "passphrase": {"type": "str", "required": True, "no_log": True},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, SubprocessRunner()))


if __name__ == "__main__":
    main()
