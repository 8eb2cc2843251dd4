# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A backup has the key of external etcd's CA, whichever of the hosts that took part has it; an upgrade saves apart."""

from __future__ import annotations

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load, tasks_in
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render

from tools.collection_link import ROOT

KEY = "/etc/etcd/pki/ca.key"


@pytest.mark.parametrize(("etcd1", "etcd2", "enough"), [([KEY], [], True), ([], [KEY], True), ([], [], False)])
def test_without_the_key_of_the_ca_nothing_is_backed_up(etcd1: list[str], etcd2: list[str], enough: bool) -> None:
    (asked,) = [
        task for task in tasks_in(load(ROOT / "roles/backup/tasks/seal.yml")) if "ansible.builtin.assert" in task
    ]
    sealed = {"etcd1": etcd1, "etcd2": etcd2}
    found = {host: {"__backup_sealed": {"paths": ["/etc/etcd/pki/ca.crt", *paths]}} for host, paths in sealed.items()}
    scope = {"hostvars": found | {"etcd3": {}}, "ansible_play_hosts": list(found)}
    assert render("backup", asked["ansible.builtin.assert"]["that"], **scope) is enough


def test_an_upgrade_saves_etcd_beside_what_a_timer_saves_and_not_among_it() -> None:
    """A timer removes the oldest of its directory, and may save at the same moment."""
    given = {"kube_backup_directory": "/backups", "kube_version": "1.37.1"}
    timer = render("backup", "backup_directory", **given)
    assert render("upgrade", "upgrade_snapshot_directory", **given).startswith(f"{timer}/")
