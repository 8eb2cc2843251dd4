# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A backup is proved and fetched, and rolls a living cluster back.

The checks run one after the other on one cluster.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from tests.tools.figures import Figure
from tests.tools.restoring import RestoreSite


def test_a_backup_is_fetched_for_its_owner_alone_and_is_complete(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    with tarfile.open(backup) as archive:
        assert sorted(archive.getnames()) == ["kubeadm.yaml", "manifest.json", "secrets.sealed", "snapshot.db"]
    assert b"PRIVATE KEY" not in backup.read_bytes()


def test_a_restore_without_the_clusters_name_is_refused(
    restore_site: RestoreSite, backup: Path, figure: Figure
) -> None:
    outcome, _errors = restore_site.run("restore.yml", f"--extra-vars=kube_restore_backup={backup}")
    assert outcome.rc != 0
    assert "run again with -e kube_confirm_restore=kubernetes" in restore_site.last_log()
    assert outcome.changed == {}
    figure(f"restore.yml without the cluster's name: refused after {outcome.seconds:.0f} s")


def test_a_living_cluster_is_rolled_back(restore_site: RestoreSite, backup: Path, figure: Figure) -> None:
    later = restore_site.write_since()
    outcome = restore_site.restore(backup)
    writes = f"{len(restore_site.saved)} writes of the backup are there, {later} later ones are gone"
    figure(f"rolled back in {outcome.seconds:.0f} s: {writes}")


def test_no_log_has_a_secret(restore_site: RestoreSite, figure: Figure) -> None:
    assert restore_site.logs
    assert restore_site.leaks() == {}
    figure(f"{len(restore_site.logs)} logs with -vvvv searched for secrets")
