#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kube_lock."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_lock
short_description: Let one run work on a cluster at a time
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Takes a lock on this host for the run that is going on, or fails with who holds it and since when.
  - The lock of a run that is gone ends with its lease. When that run was started on the same controller, it is seen at
    once that its process is gone, and the lock is taken over.
  - Nothing is locked in check mode.
options:
  state:
    description: V(present) takes the lock or prolongs the run's own, V(absent) gives it back.
    type: str
    choices: [present, absent]
    default: present
  lease:
    description: Seconds after which the lock expires. Longer than any run takes before it prolongs it.
    type: int
    default: 7200
  run_id:
    description: The name of the run. Set by the action plugin from the controller's process.
    type: str
  who:
    description: Who runs it, for people. Set by the action plugin.
    type: str
    default: somebody
  dead_run:
    description: A run that is known to be gone. Set by the action plugin.
    type: str
    default: ''
attributes:
  check_mode:
    support: full
    description: Says whether the lock is free; takes nothing.
  action:
    support: full
    description: The action plugin names the run and looks for the process of the run that holds the lock.
"""

EXAMPLES = r"""
- name: Make sure that no other run works on this cluster
  quorum.kubernetes.kube_lock:

- name: Let other runs work on this cluster again
  quorum.kubernetes.kube_lock:
    state: absent
"""

RETURN = r"""
holder:
  description: The run that held the lock before, with C(run_id), C(who), C(since) and C(expires).
  returned: when there was one
  type: dict
"""

import time
from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import run_lock
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish

Json = dict[str, Any]


def work(params: Json, check_mode: bool, lock_file: run_lock.LockFile, now: float) -> Json:
    """Take or give back the lock; ``failed`` with ``msg`` when another run holds it."""
    held = lock_file.held()
    # A lock is no change of the host: a run that changes nothing says so.
    result: Json = {"changed": False}
    if held:
        result["holder"] = asdict(held)
    if params["state"] == "absent":
        if held and held.run_id == params["run_id"] and not check_mode:
            lock_file.release()
        return result
    refused = run_lock.refusal(held, params["run_id"], params["dead_run"], now)
    if refused:
        return dict(result, failed=True, msg=str(refused), code=refused.code)
    if not check_mode:
        own = held is not None and held.run_id == params["run_id"]
        since = held.since if held and own else now
        lock_file.take(run_lock.Lock(params["run_id"], params["who"], since, now + params["lease"]), held)
    return result


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "lease": {"type": "int", "default": 7200},
            "run_id": {"type": "str"},
            "who": {"type": "str", "default": "somebody"},
            "dead_run": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: work(module.params, module.check_mode, run_lock.LockFile(), time.time()))


if __name__ == "__main__":
    main()
