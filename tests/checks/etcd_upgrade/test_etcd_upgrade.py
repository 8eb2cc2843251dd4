# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""cluster.yml takes external etcd to the next minor, a member at a time, and refuses the way back.

The checks run one after the other and build the cluster themselves, with etcd of the line before.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab import archives
from lab.debian import architecture
from lab.sources import DEFAULT_KUBERNETES, ETCD_BEFORE, release_of
from tests.tools import snapshot
from tests.tools.etcd import views
from tests.tools.figures import Figure
from tests.tools.inventory import Inventory
from tests.tools.site import Site, wait_acknowledged

WRITES = 10
AFTER = release_of(DEFAULT_KUBERNETES).etcd


@pytest.fixture(scope="module")
def site(inventory: Inventory, scenario_folder: Path) -> Site:
    return Site("etcd-upgrade", inventory, scenario_folder)


@pytest.fixture(scope="module")
def older(site: Site) -> list[str]:
    """What asks cluster.yml for etcd of the line before, which the mirror serves."""
    assert site.inventory.group("etcd")
    digest = archives.publish_etcd(replace(release_of(DEFAULT_KUBERNETES), etcd=ETCD_BEFORE), architecture())
    asked = {"kube_etcd_version": ETCD_BEFORE, "kube_etcd_archive_checksum": f"sha256:{digest}"}
    return [f"--extra-vars={name}={value}" for name, value in asked.items()]


def versions(site: Site) -> set[str]:
    """What the members run."""
    return {view.version for view in views(site.inventory).values()}


def test_etcd_goes_to_the_next_minor_and_no_write_is_lost(site: Site, older: list[str], figure: Figure) -> None:
    site.succeed("cluster.yml", *older)
    assert versions(site) == {ETCD_BEFORE}
    with site.writer("etcd-upgrade") as writer:
        wait_acknowledged(writer, WRITES)
        outcome = site.succeed("cluster.yml")
        wait_acknowledged(writer, WRITES)
    assert versions(site) == {AFTER}
    written = f"{len(writer.acknowledged)} writes acknowledged, {writer.failed} refused, {len(writer.lost())} lost"
    figure(f"etcd {ETCD_BEFORE} to {AFTER} on {len(views(site.inventory))} hosts in {outcome.seconds:.0f} s; {written}")
    assert writer.lost() == []


def test_the_next_run_changes_nothing(site: Site) -> None:
    assert versions(site) == {AFTER}
    assert site.succeed("cluster.yml").changed == {}


def test_the_way_back_is_refused(site: Site, older: list[str], figure: Figure) -> None:
    before = snapshot.take(site.inventory.path)
    outcome, _errors = site.run("cluster.yml", *older)
    assert outcome.rc != 0
    assert f"E2312 etcd must not go from {AFTER} to {ETCD_BEFORE}" in site.last_log()
    assert snapshot.differences(before, snapshot.take(site.inventory.path)) == []
    assert versions(site) == {AFTER}
    figure(f"the way back to etcd {ETCD_BEFORE} is refused after {outcome.seconds:.0f} s")
