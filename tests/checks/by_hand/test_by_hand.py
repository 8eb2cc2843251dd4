# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A worker leaves the cluster and joins again by hand, as docs/operations.md tells."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.tools import leaks, remote
from tests.tools.by_hand import documented, play_for
from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory, endpoint, node_ip, node_name
from tests.tools.playbook import changed_tasks, parse_changes
from tests.tools.site import Site

JOIN = 180.0  # seconds
DELETE = "quorum.kubernetes.handover : Delete tokens that are left"
WAIT = "quorum.kubernetes.handover : Wait until the cluster is whole"


@pytest.fixture(scope="module")
def site(inventory: Inventory, scenario_folder: Path) -> Site:
    return Site("by-hand", inventory, scenario_folder)


@pytest.fixture(scope="module")
def worker(site: Site) -> Host:
    """A host that has everything that prepares it, and is no node any more."""
    host = site.inventory.group("kube_node")[-1]
    _outcome, errors = site.run("remove_node.yml", f"--extra-vars=kube_remove_hosts={host.name}")
    assert errors == ""
    assert node_name(host) not in {item["metadata"]["name"] for item in site.api.items("/api/v1/nodes")}
    return host


def test_a_worker_joins_with_the_documented_play_and_command(site: Site, worker: Host, figure: Figure) -> None:
    first = site.inventory.control_planes[0]
    path = site.folder / "join-by-hand.yml"
    text = play_for(
        worker.name,
        control_plane_first=first.name,
        control_plane_endpoint=endpoint(site.inventory),
        control_plane_node_ip=node_ip(worker),
    )
    path.write_text(text, encoding="utf-8")
    outcome, errors = site.run(str(path))
    assert errors == ""
    _play, command = documented()
    file = shlex.quote(command.split()[-1])
    assert remote.output(worker, f"stat -c '%U %a' {file}").split() == ["root", "600"]
    joined = remote.run(worker, command, timeout=JOIN)
    assert joined.rc == 0, joined.stderr
    ready = site.wait_whole()
    remote.output(worker, f"rm {file}")
    figure(f"secrets for {worker.name} made in {outcome.seconds:.0f} s; Ready {ready:.0f} s after kubeadm join")


def test_the_next_run_deletes_the_token_and_changes_nothing_of_the_host(site: Site, worker: Host) -> None:
    """The host is what cluster.yml would have made of it. A replica of CoreDNS may move to it."""
    assert worker in site.inventory.kubernetes_hosts
    first = site.inventory.control_planes[0].name
    site.succeed("cluster.yml")
    changes = parse_changes(site.last_log())
    assert (first, DELETE) in changes
    assert changes <= {(first, DELETE), (first, WAIT)}, changed_tasks(site.last_log())


def test_no_log_has_a_secret(site: Site, worker: Host, figure: Figure) -> None:
    assert worker
    texts = site.log_texts()
    assert leaks.in_logs(texts) == {}
    figure(f"{len(texts)} logs with -vvvv searched for secrets")
