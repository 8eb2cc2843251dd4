# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Last chapter: the cluster is taken apart, and its hosts are as they were before it."""

from __future__ import annotations

from tests.tools import leaks, traces
from tests.tools.figures import Figure
from tests.tools.inventory import kubeconfig_path
from tests.tools.life import Life


def test_a_cluster_is_not_taken_apart_by_another_name(life: Life) -> None:
    life.refused("E2430", "reset.yml", "--extra-vars=kube_confirm_reset=another")
    life.wait_whole()


def test_hosts_are_as_they_were_before_the_cluster(life: Life, bare: dict[str, frozenset[str]], figure: Figure) -> None:
    outcome, errors = life.run("reset.yml", "--extra-vars=kube_confirm_reset=kubernetes")
    assert errors == ""
    figure(f"{len(life.inventory.hosts)} hosts taken apart in {outcome.seconds:.0f} s")
    left = traces.differences(bare, traces.take(list(life.inventory.hosts.values())))
    assert left == {}, left
    assert not kubeconfig_path(life.inventory).exists()


def test_no_log_has_a_secret(life: Life, figure: Figure) -> None:
    texts = life.log_texts()
    assert texts
    assert leaks.in_logs(texts) == {}
    figure(f"{len(texts)} logs with -vvvv searched for secrets")
