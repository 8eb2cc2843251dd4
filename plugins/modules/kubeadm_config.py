#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_config."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_config
short_description: Change the configuration of a living cluster, one host at a time
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Brings arguments and mounts of static pods, names in the API server's certificate, and the kubelet's configuration
    and flags of one host to what is wanted, by kubeadm's own phases where it has one. What is so already is left alone,
    so that an interrupted run is run again.
  - Each part is waited for. One that does not come up gets its old file back before the module fails.
  - Arguments, mounts and names that were asked for until now and are wanted no more are removed. Settings of the
    kubelet and of kube-proxy, and flags in C(kubeadm-flags.env), that nobody asks for go back to the default, whoever
    wrote them. What an administrator gives the kubelet in C(/etc/default/kubelet) is left alone.
options:
  documents:
    description: >-
      kubeadm's documents, of which those of the whole cluster (ClusterConfiguration and the next two) are read, such as
      P(quorum.kubernetes.kubeadm_documents#filter) makes for C(init).
    type: list
    elements: dict
    required: true
  kubelet_extra_args:
    description: Flags of this host's kubelet, each with C(name) and C(value), beside those it joined with.
    type: list
    elements: dict
    default: []
  part:
    description:
      - V(host), what this host runs with. A control plane first hands the kubelet's configuration to the cluster, where
        all nodes get it from.
      - V(cluster), what the cluster keeps of kubeadm's configuration for joins and upgrades, and kube-proxy. Runs on a
        control plane when all of them are as they are to be.
    type: str
    choices: [host, cluster]
    default: host
  timeout:
    description: Seconds to wait for each part.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    description: Says what would be changed.
  diff_mode:
    support: full
    description: Shows what comes and what goes, for each part.
"""

EXAMPLES = r"""
- name: Change this host
  quorum.kubernetes.kubeadm_config:
    documents: "{{ settings | quorum.kubernetes.kubeadm_documents(kind='init') }}"
"""

RETURN = r"""
changes:
  description: For each part that was, or is to be, changed what comes (C(+)) and what goes (C(-)).
  returned: success
  type: dict
  sample: {"kube-apiserver": ["+ --profiling=false"]}
"""

import contextlib
import http.client
import shlex
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import (
    documents,
    gather_config,
    gather_kubeadm,
    host_state,
    kubeadm_config,
    kubelet,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubeadm_config import Configuration
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.long_command import LongCommand, failure
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner, run_checked
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until

Json = dict[str, Any]

KUBEADM_SECONDS = 300
RUNNING_SECONDS = 900  # for what an interrupted run is still doing here, part after part
HOST = "host"
CLUSTER = "cluster"
KUBELET_UNIT = "kubelet.service"
KUBELET_FIX = "look at: journalctl -u kubelet"

# kubeadm's names of the phases that write ConfigMaps and static pods.
UPLOADS = {
    kubeadm_config.KUBEADM_MAP: ["upload-config", "kubeadm"],
    kubeadm_config.KUBELET_MAP: ["upload-config", "kubelet"],
}
PHASES = {
    "etcd": ["etcd", "local"],
    "kube-apiserver": ["control-plane", "apiserver"],
    "kube-controller-manager": ["control-plane", "controller-manager"],
    "kube-scheduler": ["control-plane", "scheduler"],
}
# Beside the real one, so that a finished certificate is moved in one step.
SCRATCH = f"{host_state.KUBEADM_SCRATCH}/quorum-apiserver"


class Host:
    """This host's parts of the configuration."""

    def __init__(
        self,
        runner: Runner,
        disk: Disk,
        command: LongCommand,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._runner = runner
        self._disk = disk
        self._command = command
        self._timeout = timeout
        self._sleep = sleep

    def running(self) -> kubeadm_config.Running:
        """What it runs with."""
        return gather_config.running(Kubectl(self._runner, host_state.KUBELET_CONF), self._disk)

    def change(self, part: str, wanted: Configuration) -> None:
        """Change one part and wait until it works; `wanted` is what the cluster is to keep."""
        if part == kubeadm_config.PROXY_MAP:
            self._proxy(wanted)
        elif part in kubeadm_config.KEPT:
            self._phase(UPLOADS[part], wanted, f"--kubeconfig={host_state.ADMIN_CONF}")
        elif part == kubeadm_config.CERTIFICATE:
            self._certificate(wanted)
            self._wait(lambda: self._certificate_lacks(wanted), "look at the log of the API server on this host")
        elif part == kubeadm_config.KUBELET:
            self._kubelet(host_state.KUBELET_CONFIG, ["kubeadm", "upgrade", "node", "phase", "kubelet-config"])
        elif part == kubeadm_config.KUBELET_FLAGS:
            # kubeadm writes this file when a node joins, and has no phase for one that lives.
            flags = kubeadm_config.flags_text(self._disk.read(host_state.KUBELET_FLAGS), wanted.kubelet_args)
            self._kubelet(host_state.KUBELET_FLAGS, ["cp", self._command.config_path, host_state.KUBELET_FLAGS], flags)
        else:
            with self._put_back(f"{host_state.MANIFESTS}/{part}.yaml"):
                self._phase(PHASES[part], wanted)
                self._wait(lambda: self._pod_lacks(part))

    def _certificate(self, wanted: Configuration) -> None:
        """A new certificate of the API server, which reads it again by itself.

        kubeadm keeps one that is there, so it makes this one in a directory that has nothing but the CA.
        """
        scratch, pki = self._disk.path(SCRATCH), self._disk.path(host_state.PKI)
        elsewhere = replace(wanted, cluster={**wanted.cluster, "certificatesDir": scratch})
        kubeadm = ["kubeadm", "init", "phase", "certs", "apiserver", f"--config={self._command.config_path}"]
        steps = [["rm", "-rf", scratch], ["mkdir", "-p", "-m", "700", scratch]]
        steps += [["ln", "-s", f"{pki}/{name}", scratch] for name in ("ca.crt", "ca.key")]
        steps += [
            kubeadm,
            *(["mv", f"{scratch}/apiserver.{end}", pki] for end in ("key", "crt")),
            ["rm", "-rf", scratch],
        ]
        self._script(steps, self._text(elsewhere))

    def _kubelet(self, path: str, write: Sequence[str], config: str = "") -> None:
        """Write a file of the kubelet's, which reads it when it starts, and wait until it is well with it.

        One command for both, which goes on when this module is killed: the file would not tell that it was not read.
        """
        with self._put_back(path, self._restart_kubelet):
            self._script([write, ["systemctl", "restart", KUBELET_UNIT]], config)
            self._wait(self._kubelet_lacks)

    def _proxy(self, wanted: Configuration) -> None:
        """kube-proxy reads its configuration when it starts, so its pods start again, node after node.

        One command for both, which goes on when this module is killed: nothing would tell later that pods are older.
        """
        admin = f"--kubeconfig={host_state.ADMIN_CONF}"
        rollout = ["kubectl", admin, "--namespace=kube-system", "rollout"]
        steps = [
            ["kubeadm", "init", "phase", "addon", "kube-proxy", f"--config={self._command.config_path}", admin],
            [*rollout, "restart", "daemonset/kube-proxy"],
            [*rollout, "status", "daemonset/kube-proxy", f"--timeout={int(self._timeout)}s"],
        ]
        self._script(steps, self._text(wanted))

    def _script(self, steps: Sequence[Sequence[str]], config: str) -> None:
        self._run(["/bin/sh", "-c", " && ".join(shlex.join(step) for step in steps)], config)

    def _phase(self, phase: Sequence[str], wanted: Configuration, *options: str) -> None:
        argv = ["kubeadm", "init", "phase", *phase, f"--config={self._command.config_path}", *options]
        self._run(argv, self._text(wanted))

    def _text(self, wanted: Configuration) -> str:
        on_disk = gather_kubeadm.read(self._disk)
        init = documents.of_node(on_disk.node_name, on_disk.api)
        return documents.to_text([init, *(one for one in (wanted.cluster, wanted.kubelet, wanted.proxy) if one)])

    def _run(self, argv: list[str], config: str) -> None:
        title = "kubeadm" if argv[0] == "/bin/sh" else " ".join(argv[:5])
        outcome = self._command.run(title, argv, KUBEADM_SECONDS, config=config)
        if not outcome.ok:
            raise failure(title, outcome, self._command.log_path, "E2571")

    @contextlib.contextmanager
    def _put_back(self, path: str, then: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Write the file as it was when the work on it fails: a setting that is wrong must not cost the component."""
        before = self._disk.read(path)
        try:
            yield
        except QuorumError:
            with open(self._disk.path(path), "w") as stream:
                stream.write(before)
            then()
            raise

    def _wait(self, lacks: Callable[[], list[str]], fix: str = kubelet.PUT_BACK) -> None:
        wait_until(lacks, list, self._timeout, "E2572", fix, interval=1.0, sleep=self._sleep)

    def _certificate_lacks(self, wanted: Configuration) -> list[str]:
        lacking = gather_config.names_not_shown(gather_kubeadm.read(self._disk).api or ("", ""), wanted)
        return [f"the certificate that the API server shows has no {name}" for name in lacking]

    def _pod_lacks(self, name: str) -> list[str]:
        try:
            return kubelet.not_serving(kubelet.pods(self._disk), name, self.running().components[name])
        except (OSError, ValueError, http.client.HTTPException) as error:
            return [f"the kubelet does not say how {name} is: {error}"]

    def _restart_kubelet(self) -> None:
        run_checked(self._runner, ["systemctl", "restart", KUBELET_UNIT], "E2573", KUBELET_FIX, timeout=120)

    def _kubelet_lacks(self) -> list[str]:
        reason = kubelet.unhealthy(self._disk)
        return [f"the kubelet is not well: {reason}"] if reason else []


def run(params: Json, check_mode: bool, kubectl: Kubectl | None, host: Host) -> Json:
    """Change what differs and return the module's result; a worker has no `kubectl`, since it hands nothing over."""
    wanted = kubeadm_config.of_documents(params["documents"])
    wanted = replace(wanted, kubelet_args=params["kubelet_extra_args"])
    kept = gather_config.kept(kubectl) if kubectl else Configuration()
    maps = kubeadm_config.kept_changes(kept, wanted)
    if params["part"] == CLUSTER:
        changes = maps
    else:
        # The kubelets come for theirs; joins and upgrades get the rest when every control plane has it.
        changes = {name: lines for name, lines in maps.items() if name == kubeadm_config.KUBELET_MAP}
        changes.update(kubeadm_config.host_changes(host.running(), kept, wanted))
    if not check_mode:
        make(changes, kept, kubeadm_config.laid_on(kept, wanted), host)
    lines = "".join(f"{part}: {line}\n" for part, found in changes.items() for line in found)
    return {"changed": bool(changes), "changes": changes, "diff": {"prepared": lines}}


def make(changes: Collection[str], kept: Configuration, to_keep: Configuration, host: Host) -> None:
    """Change these parts, one after another."""
    for part in changes:
        try:
            host.change(part, to_keep)
        except QuorumError:
            # What the first kubelet did not bear is nothing for others to join with.
            if part == kubeadm_config.KUBELET and kubeadm_config.KUBELET_MAP in changes:
                host.change(kubeadm_config.KUBELET_MAP, kept)
            raise


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "documents": {"type": "list", "elements": "dict", "required": True},
            "kubelet_extra_args": {"type": "list", "elements": "dict", "default": []},
            "part": {"type": "str", "choices": [HOST, CLUSTER], "default": HOST},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    runner, disk = SubprocessRunner(), Disk()
    command = LongCommand(runner)
    is_control_plane = disk.exists(host_state.API_SERVER_MANIFEST)

    def work() -> Json:
        host = Host(runner, disk, command, module.params["timeout"])
        with command.sequence(RUNNING_SECONDS):
            return run(module.params, module.check_mode, Kubectl(runner) if is_control_plane else None, host)

    finish(module, work)


if __name__ == "__main__":
    main()
