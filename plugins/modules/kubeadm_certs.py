#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_certs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_certs
short_description: Report and renew the certificates of a host
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Reports every certificate of the host with the days that are left.
  - Renews those of a control plane with C(kubeadm certs renew) and starts the static pods again that still work with
    older ones, also when an earlier run was interrupted in between. Works while no API server answers, so also after
    all certificates have ended.
  - The kubelet renews its own certificate; CAs are not renewed. Both are reported.
options:
  state:
    description:
      - V(reported), nothing is changed.
      - V(renewed), no certificate that kubeadm renews has fewer than O(days) left, and static pods use what is there.
    type: str
    choices: [reported, renewed]
    default: reported
  days:
    description: Certificates with fewer days left are to be renewed.
    type: int
    default: 90
  timeout:
    description: Seconds to wait until the static pods run again.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    description: Says what would be renewed and started again.
  diff_mode:
    support: full
    description: Shows the certificates that are renewed.
"""

EXAMPLES = r"""
- name: Renew what ends within 60 days
  quorum.kubernetes.kubeadm_certs:
    state: renewed
    days: 60
"""

RETURN = r"""
certificates:
  description: Every certificate with C(name), C(path), C(days_left), C(renewable), C(not_after) and C(holder).
  returned: success
  type: list
  elements: dict
report:
  description: The same as lines for people, the one that ends first on top.
  returned: success
  type: list
  elements: str
expired:
  description: Names of certificates that had ended.
  returned: success
  type: list
  elements: str
renew:
  description: Names of certificates that were, or are to be, renewed.
  returned: success
  type: list
  elements: str
restart:
  description: Components that were, or are to be, started again.
  returned: success
  type: list
  elements: str
"""

import time
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import certificates, host_state, static_pods
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until

Json = dict[str, Any]

# What an API server takes to end its connections, and etcd to hand over (lab, measured: up to 30 s).
STOP_SECONDS = 30
RENEW_SECONDS = 300


class Certs:
    """The certificates of one host, and the static pods that use them. `clock` is in epoch seconds."""

    def __init__(
        self,
        runner: Runner,
        disk: Disk,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._runner = runner
        self._disk = disk
        self._clock = clock
        self._sleep = sleep
        self._containers = static_pods.Containers(runner)

    def look(self, days: int) -> Json:
        """What there is, and what is to be done about it."""
        now = self._clock()
        found = certificates.read(self._disk)
        control_plane = self._disk.exists(host_state.API_SERVER_MANIFEST)
        renew = certificates.to_renew(found, days, now) if control_plane else []
        holders = {one.holder for one in found if one.name in renew}
        restart = [name for name in certificates.COMPONENTS if name in holders] if control_plane else []
        if control_plane and not renew:
            restart = certificates.to_restart(found, self._started())
        return {
            "certificates": [one.as_dict(now) for one in found],
            "report": certificates.lines(found, now),
            "expired": certificates.expired(found, now),
            "renew": renew,
            "restart": restart,
        }

    def renew(self) -> None:
        """Let kubeadm renew everything that it renews; the attributes are those of the old certificates."""
        argv = ["kubeadm", "certs", "renew", "all"]
        result = self._runner.run(argv, timeout=RENEW_SECONDS)
        if not result.ok:
            raise QuorumError("E2542", f"{' '.join(argv)} failed: {result.reason()}", "see it by running it by hand")

    def restart(self, timeout: int) -> None:
        """Stop the static pods that work with older certificates and wait until new ones run.

        The kubelet is started again too: it forgets then how long to wait before it starts a pod that failed.
        """
        found = certificates.read(self._disk)
        started = self._started()
        stale = certificates.to_restart(found, started)
        absent = certificates.missing_components(found, started)
        if not (stale or absent):
            return
        self._containers.stop(stale, STOP_SECONDS)
        if absent:
            self._runner.run(["systemctl", "restart", "kubelet.service"], timeout=60)
        wait_until(
            self._started,
            lambda seen: [
                f"{name} does not run with its new certificate"
                for name in [*certificates.to_restart(found, seen), *certificates.missing_components(found, seen)]
            ],
            timeout,
            "E2543",
            "look at the kubelet and the containers there (journalctl -u kubelet, crictl ps -a) and run again",
            interval=1.0,
            clock=self._clock,
            sleep=self._sleep,
        )

    def _started(self) -> dict[str, float]:
        return static_pods.started(self._containers.running(), certificates.COMPONENTS)


def run(params: Json, check_mode: bool, certs: Certs) -> Json:
    """Report, or renew and start again, and return the module's result."""
    before = certs.look(params["days"])
    due = bool(before["renew"] or before["restart"]) and params["state"] == "renewed"
    result = dict(before, changed=due)
    if due:
        if not check_mode:
            if before["renew"]:
                certs.renew()
            certs.restart(params["timeout"])
            result.update({key: certs.look(0)[key] for key in ("certificates", "report")})
        steps = [f"renew {name}" for name in before["renew"]] + [f"start {name} again" for name in before["restart"]]
        result["diff"] = {"prepared": "".join(f"+ {step}\n" for step in steps)}
    return result


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["reported", "renewed"], "default": "reported"},
            "days": {"type": "int", "default": 90},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    runner = SubprocessRunner()

    def work() -> Json:
        if module.params["state"] == "renewed":
            LongCommand(runner).wait_for_running(module.params["timeout"])
        return run(module.params, module.check_mode, Certs(runner, Disk()))

    finish(module, work)


if __name__ == "__main__":
    main()
