# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No bad backup touches a cluster, and a good one brings it back when every member of etcd is lost.

The checks run one after the other on one cluster.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import bad_backups, snapshot
from tests.tools.figures import Figure
from tests.tools.playbook import Outcome
from tests.tools.restoring import CONFIRMED, PASSPHRASE, RestoreSite, passphrase
from tests.tools.site import lose, lose_control_planes

# What the file is, or what the one who restores it says, and why it is refused.
REFUSED = {
    "truncated": "E2355",
    "one bit flipped": "E2342",
    "other manifest": "E2353",
    "other line of etcd": "E2343",
    "wrong passphrase": "E2351",
    "another cluster's": "E2354",
}


def untouched(restore_site: RestoreSite, backup: Path, *arguments: str) -> tuple[Outcome, str]:
    """Run restore.yml, after which every file and process must be as before; how it ended, and its errors."""
    before = snapshot.take(restore_site.inventory.path)
    result = restore_site.run("restore.yml", f"--extra-vars=kube_restore_backup={backup}", *arguments)
    assert snapshot.differences(before, snapshot.take(restore_site.inventory.path)) == []
    return result


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_backup_is_refused_before_anything_is_touched(
    restore_site: RestoreSite, backup: Path, figure: Figure, case: str
) -> None:
    if not restore_site.inventory.group("etcd"):
        pytest.skip("the scenario etcd_recovery has these; the hosts verify a backup alike for both kinds")
    file, arguments = backup, [CONFIRMED]
    if case == "another cluster's":
        arguments = ["--extra-vars=kube_cluster_name=staging", "--extra-vars=kube_confirm_restore=staging"]
    elif case in bad_backups.SPOILERS:
        file = restore_site.folder / "bad.tar"
        bad_backups.SPOILERS[case](backup, file, PASSPHRASE)
    with passphrase("another than this check's" if case == "wrong passphrase" else PASSPHRASE):
        outcome, _errors = untouched(restore_site, file, *arguments)
    assert outcome.rc != 0
    assert REFUSED[case] in restore_site.last_log()
    figure(f"restore.yml refuses a backup ({case}) after {outcome.seconds:.0f} s, nothing touched")


def test_a_check_run_touches_nothing(restore_site: RestoreSite, backup: Path, figure: Figure) -> None:
    outcome, errors = untouched(restore_site, backup, "--check", CONFIRMED)
    assert errors == ""
    figure(f"restore.yml as a check: ends after {outcome.seconds:.0f} s, nothing touched")


def test_control_planes_come_back_beside_an_etcd_that_lives(
    restore_site: RestoreSite, backup: Path, figure: Figure
) -> None:
    if not restore_site.inventory.group("etcd"):
        pytest.skip("etcd is stacked: it is lost with its control planes")
    restore_site.write_more()
    lose_control_planes(restore_site.inventory)
    refused, _errors = restore_site.run("cluster.yml")
    assert refused.rc != 0
    assert "with restore.yml" in restore_site.last_log()
    outcome = restore_site.restore(backup, "--extra-vars=kube_restore_keep_etcd=true")
    writes = f"{len(restore_site.saved)} writes are there, those since the backup too"
    figure(f"all control planes lost beside etcd, whole {outcome.seconds:.0f} s after restore.yml began; {writes}")


def test_a_cluster_comes_back_after_the_loss_of_every_member_of_etcd(
    restore_site: RestoreSite, backup: Path, figure: Figure
) -> None:
    hosts, external = restore_site.inventory.etcd_hosts, bool(restore_site.inventory.group("etcd"))
    # Beside external etcd with what a host saved by itself since the backup, else with the backup alone.
    more = []
    if external:
        restore_site.write_more()
        more.append(f"--extra-vars=kube_restore_snapshot={restore_site.save_member()}")
    later = restore_site.write_since()
    lose(restore_site.inventory, hosts)
    if external:
        restore_site.break_restore_off(backup, *more)
    outcome = restore_site.restore(backup, *more)
    kind = "etcd hosts" if external else "control planes"
    writes = f"{len(restore_site.saved)} writes of before are there, {later} later ones are gone"
    figure(f"all {len(hosts)} {kind} lost, whole again {outcome.seconds:.0f} s after restore.yml began; {writes}")


def test_the_next_run_changes_nothing(restore_site: RestoreSite, backup: Path) -> None:
    assert backup.is_file()
    assert restore_site.succeed("cluster.yml").changed == {}


def test_no_log_has_a_secret(restore_site: RestoreSite, figure: Figure) -> None:
    assert restore_site.logs
    assert restore_site.leaks() == {}
    figure(f"{len(restore_site.logs)} logs with -vvvv searched for secrets")
