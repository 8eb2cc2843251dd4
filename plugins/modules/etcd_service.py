#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Start, join and restart the etcd member of this host, without a deadlock and never against the quorum rule."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_service
short_description: Start, join and restart the etcd member of this host, never against the quorum rule
version_added: 0.1.0
description:
  - With V(started) the member is started without waiting for it, since it is ready only when a majority runs. It forms
    a new cluster only while no member has data.
  - A member that has to join an existing cluster, or whose files are newer than its start, says so in RV(needs).
  - With V(joined) a member without data joins as a learner and is promoted when it is in step. If its data was lost,
    its old entry is removed first.
  - With V(restarted) a member whose files are newer than its start hands leadership over, is restarted as soon as the
    quorum rule allows it, and is awaited until all members agree again.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
extends_documentation_fragment:
  - quorum.kubernetes.etcd
options:
  state:
    description: What must hold.
    type: str
    choices: [started, joined, restarted]
    default: started
  name:
    description: Name of this member.
    type: str
    required: true
  members:
    description: All members that there should be, each with C(name), C(peer_url) and C(client_url); more is ignored.
    type: list
    elements: dict
    required: true
  nobody_has_data:
    description: Whether no member of the cluster has data, so that a new cluster may be formed.
    type: bool
    default: false
  token:
    description: Token that keeps clusters apart while they form.
    type: str
    default: kubernetes
  data_directory:
    description: Data directory of the member.
    type: path
    default: /var/lib/etcd
  bootstrap_file:
    description: Environment file that the service reads besides its own, for the first start.
    type: path
    default: /etc/etcd/bootstrap.env
  service:
    description: Name of the systemd service.
    type: str
    default: etcd
  restart_on:
    description: Files after whose change the service must be restarted.
    type: list
    elements: path
    default: []
  timeout:
    description: Seconds to wait for each step.
    type: float
    default: 120
attributes:
  check_mode:
    support: full
    description: Says what would be done.
  diff_mode:
    support: full
    description: Shows the steps.
"""

EXAMPLES = r"""
- name: Start this member
  quorum.kubernetes.etcd_service:
    name: etcd1
    nobody_has_data: true
    members:
      - name: etcd1
        peer_url: https://10.0.0.41:2380
        client_url: https://10.0.0.41:2379
"""

RETURN = r"""
needs:
  description: What is left to do one member at a time, V(join), V(restart) or nothing.
  returned: success
  type: str
steps:
  description: What was done, or would be, a sentence each.
  returned: success
  type: list
  elements: str
"""

import os
import time
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    etcd_bootstrap,
    etcd_client,
    etcd_options,
    etcd_release,
    host_files,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_membership import Membership, Target
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import ClusterView, disagreements
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import Step, decide
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner, run_checked
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until

PROPERTIES = "ActiveState,ExecMainStartTimestampMonotonic"


class Service:
    """The systemd service of the member."""

    def __init__(self, runner: Runner, name: str) -> None:
        self._runner = runner
        self.name = name
        shown = self._systemctl("show", f"--property={PROPERTIES}", name).stdout
        values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
        self.ready = values.get("ActiveState") == "active"
        self.running = self.ready or values.get("ActiveState") in ("activating", "reloading")
        self.started = int(values.get("ExecMainStartTimestampMonotonic") or 0)

    def is_older_than(self, paths: list[str]) -> bool:
        """Whether the running process started before one of the files was written."""
        boot = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)
        started_at = boot + self.started / 1e6
        return self.running and any(os.path.exists(p) and os.stat(p).st_mtime > started_at for p in paths)

    def act(self, verb: str) -> None:
        """Start or restart without waiting: the member is ready only when enough others are."""
        self._systemctl("--no-block", verb, self.name)

    def _systemctl(self, *arguments: str) -> Any:
        return run_checked(self._runner, ["systemctl", *arguments], "E2333", "systemd must run here.", timeout=60)


class LocalMember:
    """The member of this host."""

    def __init__(self, params: Mapping[str, Any], membership: Membership, runner: Runner) -> None:
        self._params = params
        self._membership = membership
        self._runner = runner
        self._service = Service(runner, params["service"])
        self.steps: list[str] = []
        self._name = params["name"]
        self._peer_url = etcd_bootstrap.peer_url(etcd_bootstrap.own_member(params["members"], self._name))
        self._target = Target(self._name, peer_urls=(self._peer_url,))

    @property
    def _has_data(self) -> bool:
        return os.path.isdir(os.path.join(self._params["data_directory"], "member"))

    @property
    def _needs_restart(self) -> bool:
        return self._service.is_older_than(self._params["restart_on"])

    def start(self) -> str:
        """Start the member if it does not need the others for it; return what is left to do."""
        if self._has_data:
            if not self._service.running:
                self._do("start the member", "start")
            return "restart" if self._needs_restart else ""
        how = self._how()
        if how.action == "join":
            return "join"
        cluster = etcd_bootstrap.initial_cluster(self._params["members"])
        self._write_bootstrap(cluster, etcd_bootstrap.NEW)
        self._do("form a new cluster" if how.action == "form" else "finish forming the cluster", "start")
        return ""

    def join(self) -> None:
        """Let a member without data join, if it has none."""
        how = None if self._has_data else self._how()
        if how is None or how.action != "join":
            # Another run got this far before; its learner may still have to be promoted.
            if not self._service.running:
                self.start()
            self.steps += self._membership.promote(self._target).steps
            return
        if how.lost:
            self.steps += self._membership.remove(self._target).steps
        self.steps += self._membership.add_learner(self._target).steps
        if self._membership.dry_run:
            self.steps += ["start the member", f"promote {self._name}"]
            return
        view = self._membership.look()
        cluster = etcd_bootstrap.existing_cluster(view, self._name, self._peer_url)
        self._write_bootstrap(cluster, etcd_bootstrap.EXISTING)
        self._do("start the member", "restart" if self._service.running else "start")
        self.steps += self._membership.promote(self._target).steps
        self._wait_until_settled()

    def restart(self) -> None:
        """Restart the member as soon as the quorum rule allows it, and wait until all agree again."""
        if not self._needs_restart:
            return
        self._refuse_bad_version()
        self._wait_until_allowed()
        if self._has_peers:
            self.steps += self._membership.follow(self._target).steps
        self._do("restart the member", "restart")
        self._wait_until_settled()

    @property
    def _has_peers(self) -> bool:
        return len(self._params["members"]) > 1

    def _how(self) -> etcd_bootstrap.Start:
        nobody = self._params["nobody_has_data"]
        view = ClusterView(()) if nobody else self._others()
        return etcd_bootstrap.decide(self._name, self._peer_url, nobody, view)

    def _others(self) -> ClusterView:
        """What the others say; they may be starting just now. Their silence is judged, not an error here."""
        last = ClusterView(())

        def observe() -> ClusterView:
            nonlocal last
            last = self._look()
            return last

        try:
            wait_until(observe, lambda seen: [] if seen.members else [seen.error], self._params["timeout"], "E2301")
        except QuorumError:
            return last
        return last

    def _write_bootstrap(self, cluster: str, state: str) -> None:
        if self._membership.dry_run:
            return
        text = etcd_bootstrap.environment(cluster, state, self._params["token"])
        path = self._params["bootstrap_file"]
        host_files.put(host_files.WantedFile(path, text), host_files.read(path))

    def _do(self, step: str, verb: str) -> None:
        self.steps.append(step)
        if not self._membership.dry_run:
            self._service.act(verb)

    def _refuse_bad_version(self) -> None:
        """The program on disk may be newer by more than one step than what other members still run."""
        printed = self._runner.run(etcd_release.version_argv("/usr/local/bin/etcd"), timeout=30).stdout
        for version in sorted({view.version for view in self._membership.look().views}):
            etcd_release.refuse_bad_step(version, etcd_release.reported_version(printed) or version)

    def _wait_until_allowed(self) -> None:
        def missing(view: ClusterView) -> list[str]:
            decision = decide(view.for_quorum(), Step("restart", self._peer_url), self._membership.control_planes)
            return [] if decision.allowed else [decision.why]

        wait_until(self._membership.look, missing, self._params["timeout"], "E2307", "Repair the other members first.")

    def _wait_until_settled(self) -> None:
        """Until the process that was asked for is ready, and all agree; the one before may answer to its end."""
        if self._membership.dry_run:
            return

        def observe() -> tuple[Service, ClusterView]:
            return Service(self._runner, self._service.name), self._look()

        def missing(seen: tuple[Service, ClusterView]) -> list[str]:
            service, view = seen
            is_new = service.ready and service.started != self._service.started
            return disagreements(view) if is_new else [f"{self._name} has not started yet"]

        fix = f"Look at: journalctl -u {self._service.name}"
        wait_until(observe, missing, self._params["timeout"], "E2305", fix)

    def _look(self) -> ClusterView:
        """What all say; if nobody answers, that is an answer, since the only member may be starting."""
        return etcd_client.look(self._membership.gateway, self._membership.endpoints)


def run(params: Mapping[str, Any], membership: Membership, runner: Runner) -> dict[str, Any]:
    """Bring the member into the wanted state and return the module's result."""
    member, needs = LocalMember(params, membership, runner), ""
    if params["state"] == "started":
        needs = member.start()
    elif params["state"] == "joined":
        member.join()
    else:
        member.restart()
    result: dict[str, Any] = {"changed": bool(member.steps), "steps": member.steps, "needs": needs}
    if member.steps:
        result["diff"] = {"prepared": "".join(f"+ {step}\n" for step in member.steps)}
    return result


def endpoints_of_others(params: Mapping[str, Any]) -> list[str]:
    """The client URLs of the other members, or of this one if it is the only one."""
    urls = {str(member.get("name")): str(member.get("client_url")) for member in params["members"]}
    return [url for name, url in urls.items() if name != params["name"]] or list(urls.values())


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **etcd_options.connection_options(),
            "state": {"type": "str", "choices": ["started", "joined", "restarted"], "default": "started"},
            "name": {"type": "str", "required": True},
            "members": {"type": "list", "elements": "dict", "required": True},
            "nobody_has_data": {"type": "bool", "default": False},
            "token": {"type": "str", "default": "kubernetes", "no_log": False},
            "data_directory": {"type": "path", "default": "/var/lib/etcd"},
            "bootstrap_file": {"type": "path", "default": "/etc/etcd/bootstrap.env"},
            "service": {"type": "str", "default": "etcd"},
            "restart_on": {"type": "list", "elements": "path", "default": []},
            "timeout": {"type": "float", "default": 120},
        },
        supports_check_mode=True,
    )
    params = module.params

    def work() -> dict[str, Any]:
        membership = Membership(
            etcd_options.gateway_of(params),
            endpoints_of_others(params),
            params["timeout"],
            module.check_mode,
            etcd_options.control_planes_of(params),
        )
        return run(params, membership, SubprocessRunner())

    finish(module, work)


if __name__ == "__main__":
    main()
