# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What restore.yml tells its roles: where data is put back, and what all members of a restored etcd have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.tests.unit.project.project import load, tasks_in
from ansible_collections.quorum.kubernetes.tests.unit.roles.rendering import render

from tools.collection_link import ROOT


def told(play: str, tasks_from: str) -> dict[str, Any]:
    """The variables with which a play of restore.yml calls a part of the role restore."""
    plays = [one for one in load(ROOT / "playbooks" / "restore.yml") if one["name"] == play]
    calls = [task for task in tasks_in(plays) if task["name"] != play]
    (found,) = [
        task.get("vars", {})
        for task in calls
        for call in [task.get("ansible.builtin.import_role") or task.get("ansible.builtin.include_role")]
        if (call["name"], call.get("tasks_from")) == ("quorum.kubernetes.restore", tasks_from)
    ]
    return dict(found)


@pytest.mark.parametrize("given", [{}, {"kube_etcd_data_directory": "/data/etcd"}])
def test_data_of_external_etcd_goes_where_its_members_look_for_it(given: dict[str, str]) -> None:
    expression = told("Put the data of external etcd back", "data")["restore_data_directory"]
    assert render("restore", expression.strip("{} "), **given) == render("etcd", "etcd_data_directory", **given)


def test_all_members_begin_with_the_same_revision_and_token_and_no_restore_with_those_of_another() -> None:
    def begins(*bumps: int) -> set[tuple[Any, Any]]:
        opened = {"manifest": {"created": "20261129T013000Z"}}
        found = {
            f"etcd{number}": {"__restore_opened_backup": opened | {"bump_revision": bump}}
            for number, bump in enumerate(bumps)
        }
        scope = {"hostvars": found, "ansible_play_hosts_all": list(found), "kube_cluster_name": "c1"}
        return {
            (render("restore", "__restore_bump", **scope, **own), render("restore", "__restore_token", **scope, **own))
            for own in found.values()
        }

    assert len(begins(7, 8, 9)) == 1
    assert begins(7, 8, 9) != begins(8, 8, 9)
    assert [bump for bump, _token in begins(7, 8, 9)] == [7]


@pytest.mark.parametrize(("holders", "lost"), [((), True), (("etcd1",), False), (("etcd3",), False)])
def test_the_ca_of_external_etcd_is_lost_when_no_host_has_its_key(holders: tuple[str, ...], lost: bool) -> None:
    """Also of a host that the backup does not know, since it became a member later."""
    hosts = ["etcd1", "etcd2", "etcd3"]
    found = {host: {"__restore_ca_key": {"stat": {"exists": host in holders}}} for host in hosts}
    assert render("restore", "__restore_ca_is_lost", hostvars=found, ansible_play_hosts_all=hosts) is lost


def test_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.tar").write_text("")
    given = {"restore_backup": "a.tar", "restore_snapshot": "backups/b.tar"}
    assert render("restore", "__restore_missing", **given) == ["backups/b.tar"]
    assert render("restore", "__restore_missing", restore_backup=str(tmp_path / "a.tar")) == []


def test_a_backup_is_looked_for_where_the_command_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy,) = [task for task in tasks_in(load(ROOT / "roles/restore/tasks/open.yml")) if "ansible.builtin.copy" in task]
    monkeypatch.chdir(tmp_path)
    expression = copy["ansible.builtin.copy"]["src"].strip("{} ")
    assert render("restore", expression, item="backups/a.tar") == str(tmp_path / "backups/a.tar")
    assert render("restore", expression, item="/backups/a.tar") == "/backups/a.tar"
