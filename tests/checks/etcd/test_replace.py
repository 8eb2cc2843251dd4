# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A member of etcd is lost for good, and cluster.yml alone replaces it while the API is written to.

The last host is the one that is lost: the first one has etcd's CA, or the administrator's kubeconfig names it.
"""

from __future__ import annotations

import json
import subprocess
import time
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.tools import remote
from tests.tools.etcd import views
from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory, node_ip, node_name, tool
from tests.tools.nodes import ROOT, Lab
from tests.tools.playbook import Outcome
from tests.tools.probe import ApiProbe
from tests.tools.site import Site, lose, wait_acknowledged
from tests.tools.waiting import wait_until
from tests.tools.writer import Writer

WRITES = 10
ELECTION = 90.0  # seconds
STEADY = 30  # answers in a row after which the API counts as back

API_SERVER_MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
ADDRESSES = 100  # the lab's nodes have their addresses below

# A machine's address: peers compare the one that a member speaks from with its certificate.
MOVE = """
set -e
set -- $(ip -o -4 address show | grep ' OLD/')
ip address add NEW/${4#*/} dev $2
ip route change $(ip -4 route show dev $2 proto kernel scope link | grep 'src OLD' | cut -d ' ' -f 1) dev $2 src NEW
"""

# What a run leaves that was killed after it had added the member and before it started it.
ADD_WITHOUT_STARTING = """
set -e
ctl() { etcdctl --command-timeout 60s --cacert $pki/ca.crt --cert $pki/client.crt --key $pki/client.key "$@"; }
pki=/etc/etcd/pki
ctl endpoint health  # answers as soon as the others have a leader
ctl member remove MEMBER
ctl member add NAME HOW --peer-urls https://ADDRESS:2380
"""


class ReplaceSite(Site):
    """A cluster that is written to while members are lost."""

    @property
    def victim(self) -> Host:
        return self.inventory.etcd_hosts[-1]

    def member(self) -> str:
        """The id of the victim's member, in hexadecimal as etcdctl wants it."""
        return f"{int(views(self.inventory)[self.victim.name].member):x}"

    def replaced(self, writer: Writer, before: str) -> Outcome:
        """Let cluster.yml replace the victim's member, see that it is another one, and that writes go on."""
        outcome = self.succeed("cluster.yml")
        assert self.member() != before
        wait_acknowledged(writer, WRITES)
        return outcome


@pytest.fixture(scope="module")
def site(inventory: Inventory, scenario_folder: Path) -> ReplaceSite:
    return ReplaceSite("replace", inventory, scenario_folder)


def test_as_many_members_as_may_be_lost_are_and_no_other_is_removed(
    site: ReplaceSite, lab: Lab, figure: Figure
) -> None:
    """tests/integration/etcd has the control: without the rule this removal stops every write."""
    hosts = site.inventory.etcd_hosts
    (speaker, healthy), dead = hosts[:2], hosts[-((len(hosts) - 1) // 2) :]
    before = {host: view.members for host, view in views(site.inventory).items()}
    for host in dead:
        remote.forget(host)
    with ApiProbe(site.config.endpoint, site.config.trust()) as probe, site.writer("members-lost") as writer:
        probe.wait_answers(STEADY, timeout=ELECTION)
        wait_acknowledged(writer, WRITES)
        begin = time.monotonic()
        try:
            for host in dead:
                lab.node("kill", host.name)
            probe.wait_answers(STEADY, timeout=ELECTION)
            wait_acknowledged(writer, WRITES)
            report = probe.report(begin)
            refused = _remove(site.inventory, speaker, healthy)
            # As soon as those that are left have elected their leader.
            wait_until(
                lambda: _refusal(_remove(site.inventory, speaker, site.victim, "--check")),
                timeout=ELECTION,
                what="leave to remove the dead member",
            )
        finally:
            for host in dead:
                lab.node("start", host.name)
            site.wait_whole()
    assert "E2307" in _refusal(refused)
    assert {host: view.members for host, view in views(site.inventory).items()} == before
    lost = f"{len(dead)} of {len(hosts)} hosts of etcd killed: {report}; {len(writer.lost())} writes lost"
    figure(f"{lost}; etcd_member refused to remove {healthy.name}, and would remove a dead one")
    assert writer.lost() == []


def test_a_lost_member_is_replaced_and_no_write_is_lost(site: ReplaceSite, figure: Figure) -> None:
    before = site.member()
    with site.writer("lost-disk") as writer:
        wait_acknowledged(writer, WRITES)
        lose(site.inventory, [site.victim])
        first = site.replaced(writer, before)
    second = site.succeed("cluster.yml")
    written = f"{len(writer.acknowledged)} writes acknowledged, {writer.failed} refused, {len(writer.lost())} lost"
    figure(f"{site.victim.name} lost its disk: replaced by cluster.yml in {first.seconds:.0f} s; {written}")
    assert writer.lost() == []
    assert second.changed == {}


@pytest.mark.parametrize("left", ["a learner", "an unstarted member"])
def test_what_a_killed_replacement_left_is_settled(site: ReplaceSite, figure: Figure, left: str) -> None:
    if not site.inventory.group("etcd"):
        pytest.skip("the scenario resume leaves the same of stacked etcd")
    before = site.member()
    values = {"MEMBER": before, "NAME": site.victim.name, "ADDRESS": node_ip(site.victim)}
    script = ADD_WITHOUT_STARTING.replace("HOW", "--learner" if left == "a learner" else "")
    for key, value in values.items():
        script = script.replace(key, value)
    with site.writer(left.replace(" ", "-")) as writer:
        wait_acknowledged(writer, WRITES)
        lose(site.inventory, [site.victim])
        remote.output(site.inventory.etcd_hosts[0], script, timeout=4 * 60)
        outcome = site.replaced(writer, before)
    figure(f"{left} of {site.victim.name}: settled in {outcome.seconds:.0f} s, {len(writer.lost())} writes lost")
    assert writer.lost() == []


def test_a_member_is_replaced_under_another_address(site: ReplaceSite, figure: Figure) -> None:
    if not site.inventory.group("etcd"):
        pytest.skip("the address of a control plane is that of its node")
    before, old = site.member(), ip_address(node_ip(site.victim))
    new = old + ADDRESSES
    with site.writer("another-address") as writer:
        wait_acknowledged(writer, WRITES)
        lose(site.inventory, [site.victim])
        # The host is still reached under the old one, and speaks from the new one.
        remote.output(site.victim, MOVE.replace("OLD", str(old)).replace("NEW", str(new)))
        _set_host_variable(site.inventory, site.victim, "kube_node_ip", str(new))
        outcome = site.replaced(writer, before)
    (seen,) = {
        member for view in views(site.inventory).values() for member in view.members if member.name == site.victim.name
    }
    asked = remote.on_all(site.inventory.control_planes, "grep -o 'etcd-servers=.*' " + API_SERVER_MANIFEST)
    second = site.succeed("cluster.yml")
    figure(
        f"{site.victim.name} has another address: replaced in {outcome.seconds:.0f} s, {len(writer.lost())} writes lost"
    )
    assert seen.peer_urls == (f"https://{new}:2380",)
    assert {host for host, servers in asked.items() if f"//{new}:" not in servers or f"//{old}:" in servers} == set()
    assert writer.lost() == []
    assert second.changed == {}


def _set_host_variable(inventory: Inventory, host: Host, name: str, value: str) -> None:
    """Write a variable of one host beside the inventory."""
    path = inventory.path.parent / "host_vars" / f"{host.name}.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"---\n{name}: {value}\n", encoding="utf-8")


def _refusal(done: subprocess.CompletedProcess[str]) -> str:
    """What the module said, if it refused; else ""."""
    return f"exit status {done.returncode}: {done.stdout}{done.stderr}" if done.returncode else ""


def _remove(inventory: Inventory, speaker: Host, member: Host, *options: str) -> subprocess.CompletedProcess[str]:
    """Ask the module on one host to remove the member of another."""
    arguments = {"name": node_name(member), "state": "absent", "timeout": 20}
    if inventory.group("etcd"):
        pki = "/etc/etcd/pki"
        files = {"ca_cert": f"{pki}/ca.crt", "client_cert": f"{pki}/client.crt", "client_key": f"{pki}/client.key"}
        arguments |= files
    command = [tool("ansible"), "-i", str(inventory.path), speaker.name, "--become", *options]
    command += ["-m", "quorum.kubernetes.etcd_member", "-a", json.dumps(arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False, stdin=subprocess.DEVNULL
    )
