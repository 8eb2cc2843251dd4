# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A backup is proved and fetched, and rolls a living cluster back.

The checks run one after the other on one cluster.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.figures import Figure
from tests.tools.inventory import Inventory
from tests.tools.restoring import RestoreSite, passphrase


@pytest.fixture(scope="module")
def site(inventory: Inventory, scenario_folder: Path) -> Iterator[RestoreSite]:
    with passphrase():
        yield RestoreSite("restore", inventory, scenario_folder)


@pytest.fixture(scope="module")
def backup(site: RestoreSite) -> Path:
    """A backup that was made after some writes."""
    return site.back_up()


def test_a_backup_is_fetched_for_its_owner_alone_and_is_complete(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    with tarfile.open(backup) as archive:
        assert sorted(archive.getnames()) == ["kubeadm.yaml", "manifest.json", "secrets.sealed", "snapshot.db"]
    assert b"PRIVATE KEY" not in backup.read_bytes()


def test_a_restore_without_the_clusters_name_is_refused(site: RestoreSite, backup: Path, figure: Figure) -> None:
    outcome, _errors = site.run("restore.yml", f"--extra-vars=kube_restore_backup={backup}")
    assert outcome.rc != 0
    assert "run again with -e kube_confirm_restore=kubernetes" in site.last_log()
    assert outcome.changed == {}
    figure(f"restore.yml without the cluster's name: refused after {outcome.seconds:.0f} s")


def test_a_living_cluster_is_rolled_back(site: RestoreSite, backup: Path, figure: Figure) -> None:
    later = site.write_since()
    outcome = site.restore(backup)
    writes = f"{len(site.saved)} writes of the backup are there, {later} later ones are gone"
    figure(f"rolled back in {outcome.seconds:.0f} s: {writes}")


def test_no_log_has_a_secret(site: RestoreSite, figure: Figure) -> None:
    assert site.logs
    assert site.leaks() == {}
    figure(f"{len(site.logs)} logs with -vvvv searched for secrets")
