# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kill a run of cluster.yml at a moment that is defined by what happens on a node, and finish it with the next run."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.tools import remote
from tests.tools.inventory import Host, Inventory, part, read_inventory
from tests.tools.nodes import Lab
from tests.tools.playbook import Outcome, PlaybookRun, changed_tasks
from tests.tools.waiting import NotInTime

MOMENT_TIMEOUT = 420.0  # seconds until a moment must have come
RUN_TIMEOUT = 600.0  # seconds for one whole run
AFTER_RESTART = 90.0  # seconds in which a run whose node was restarted ends by itself, or is ended

FIRST = ("lb1", "lb2", "cp1")
SECOND = (*FIRST, "cp2")
THIRD = (*SECOND, "cp3")
FOURTH = (*THIRD, "w1")
ALL = (*FOURTH, "w2")

ETCD_MANIFEST = "[ -e /etc/kubernetes/manifests/etcd.yaml ]"
ETCD_STARTED = "[ -e /var/lib/etcd/member ]"
INIT_IS_OVER = "[ -e /etc/kubernetes/manifests/kube-scheduler.yaml ] && ! pgrep -x kubeadm"
PULLING = 'for p in $(pgrep -x crictl); do grep -qz pull "/proc/$p/cmdline" && exit 0; done; false'


@dataclass(frozen=True)
class Point:
    """Where a run is struck.

    `hosts` take part in the run. The moment has come when the shell condition `when` holds on `node`. `strike` is
    TERM or KILL of the playbook with all its workers, or RESTART: the node loses its power and starts again.
    `usual` points are part of every test run, the others of `make test-resume-all`.
    """

    name: str
    hosts: tuple[str, ...]
    node: str
    when: str
    strike: str
    usual: bool = True

    @property
    def before(self) -> tuple[str, ...]:
        """The hosts that must be a cluster before the run; none where the run makes the first control plane."""
        return () if self.node == "cp1" else self.hosts[:-1]


POINTS = (
    Point("KILL-while-dpkg-works-on-the-first-control-plane", FIRST, "cp1", "pgrep -x dpkg", "KILL", usual=False),
    Point("KILL-when-init-has-written-the-manifest-of-etcd", FIRST, "cp1", ETCD_MANIFEST, "KILL"),
    Point("RESTART-when-init-has-started-etcd", FIRST, "cp1", ETCD_STARTED, "RESTART"),
    Point("TERM-after-init-and-before-the-network", FIRST, "cp1", INIT_IS_OVER, "TERM"),
    Point("KILL-when-a-join-has-added-the-etcd-member", SECOND, "cp2", ETCD_MANIFEST, "KILL"),
    Point("RESTART-when-a-join-has-started-etcd", THIRD, "cp3", ETCD_STARTED, "RESTART"),
    Point("RESTART-while-dpkg-works-on-a-worker", FOURTH, "w1", "pgrep -x dpkg", "RESTART"),
    Point("TERM-while-images-are-pulled-on-a-worker", ALL, "w2", PULLING, "TERM"),
    Point("KILL-while-a-worker-joins", ALL, "w2", "[ -e /etc/kubernetes/bootstrap-kubelet.conf ]", "KILL", usual=False),
)


def chosen(names: str) -> list[Point]:
    """The points that `names` asks for: "" the usual ones, "all", or names separated by commas. Unknown ones raise."""
    if names == "all":
        return list(POINTS)
    if not names:
        return [point for point in POINTS if point.usual]
    known = {point.name: point for point in POINTS}
    return [known[name.strip()] for name in names.split(",")]


class Moment:
    """Watches a condition on a node, over a connection that was opened beforehand.

    It looks `every` so many seconds: what lasts can be watched with less effort. `timeout` is in seconds.
    """

    def __init__(self, host: Host, condition: str, *, every: float = 0.05, timeout: float = MOMENT_TIMEOUT) -> None:
        remote.output(host, "true")
        loop = f"until {{ {condition}; }} >/dev/null 2>&1; do sleep {every:g}; done"
        sudo = f"sudo -n -- timeout {timeout:g} sh -c {shlex.quote(loop)}"
        self._process = subprocess.Popen([*remote.ssh_command(host, shared=False), sudo], stdin=subprocess.DEVNULL)

    def wait(self, run: PlaybookRun) -> float:
        """Seconds until the moment came. NotInTime if the run ended before it, or the watch did without seeing it."""
        begin = time.monotonic()
        while self._process.poll() is None:
            if not run.running:
                self.close()
                raise NotInTime(f"the run ended before the moment came: {run.tail()}")
            time.sleep(0.02)
        if self._process.returncode:
            raise NotInTime(f"the moment did not come (exit status {self._process.returncode}): {run.tail()}")
        return time.monotonic() - begin

    def close(self) -> None:
        """Stop watching."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Harness:
    """Runs the playbooks on parts of one lab cluster and keeps their logs."""

    def __init__(self, inventory: Inventory, lab: Lab, logs: Path) -> None:
        self.inventory = inventory
        self._lab = lab
        self._logs = logs
        self._number = 0
        self._last = logs  # the log of the last run
        self._whole: tuple[str, ...] = ()  # the hosts that are known to be a converged cluster
        self._state = "fresh"  # what the nodes are: fresh, whole, or unknown while a point is tried

    def start(self, playbook: str, hosts: tuple[str, ...], *arguments: str) -> PlaybookRun:
        """Start a playbook on some hosts."""
        self._number += 1
        log = self._logs / f"resume-{self._number:02d}-{playbook.removesuffix('.yml')}.log"
        self._last = log
        return PlaybookRun(part(self.inventory, hosts).path, playbook, log, *arguments)

    def complete(self, playbook: str, hosts: tuple[str, ...], *arguments: str) -> Outcome:
        """Run a playbook to its end, which must be a success. AssertionError shows what it printed."""
        with self.start(playbook, hosts, *arguments) as run:
            outcome = run.wait(RUN_TIMEOUT)
            if outcome.rc:
                raise AssertionError(f"{playbook} on {', '.join(hosts)} failed: {run.tail()}")
        return outcome

    def prepare(self, point: Point) -> None:
        """Make the state the point begins with: clean hosts, or a cluster of the hosts before.

        After a point that failed there are new nodes, so that the next one is judged on its own.
        """
        if self._state == "unknown" or (self._state == "whole" and self._whole != (point.before or point.hosts)):
            self._renew()
        if point.before and self._whole != point.before:
            self.complete("cluster.yml", point.before)
        elif not point.before and self._state == "whole":
            self.complete("reset.yml", self._whole, "-e", "kube_confirm_reset=kubernetes")
        self._state, self._whole = "unknown", ()

    def finish(self, point: Point) -> None:
        """Remember that a point's hosts are a whole cluster now."""
        self._state, self._whole = "whole", point.hosts

    def strike(self, point: Point) -> float:
        """Start the run, wait for the moment, strike; the seconds until the moment."""
        host = self.inventory.hosts[point.node]
        moment = Moment(host, point.when)
        try:
            with self.start("cluster.yml", point.hosts) as run:
                seconds = moment.wait(run)
                if point.strike == "RESTART":
                    self._restart(point.node, run)
                else:
                    run.end(signal.Signals[f"SIG{point.strike}"])
        finally:
            moment.close()
        return seconds

    def changes(self) -> str:
        """What the last run that was completed says of its changes."""
        return "\n".join(changed_tasks(self._last.read_text(encoding="utf-8", errors="replace")))

    def _renew(self) -> None:
        """New nodes in place of those that nobody knows the state of."""
        for host in self.inventory.hosts.values():
            remote.forget(host)
        self._lab.renew()
        self.inventory = read_inventory(self.inventory.path)
        self._state, self._whole = "fresh", ()

    def _restart(self, node: str, run: PlaybookRun) -> None:
        """Take the node's power away and give it back. The run ends by itself when it notices, or is ended."""
        remote.forget(self.inventory.hosts[node])
        self._lab.node("kill", node)
        self._lab.node("start", node)
        try:
            run.wait(AFTER_RESTART)
        except NotInTime:
            run.end(signal.SIGTERM)


def points_from_environment() -> list[Point]:
    """The points that QUORUM_RESUME_POINTS asks for."""
    return chosen(os.environ.get("QUORUM_RESUME_POINTS", ""))
