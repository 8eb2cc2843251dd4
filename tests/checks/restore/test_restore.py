# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A backup is proved and fetched, rolls a living cluster back, and brings one back whose etcd or hosts are lost.

The checks run one after the other on one cluster. What was written before the backup must be there after every restore,
what was written since must not.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import leaks, remote
from tests.tools.etcd import disagreement
from tests.tools.figures import Figure
from tests.tools.inventory import Inventory, node_name
from tests.tools.kube_api import KubeApi, KubeConfig, nodes_missing
from tests.tools.playbook import Outcome, PlaybookRun
from tests.tools.waiting import wait_until
from tests.tools.writer import Writer

PASSPHRASE = "a passphrase of this check alone"
NAMESPACE = "restore-check"
FOLDER = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
MINUTES = 60.0
WRITES = 20

# What a machine that is set up anew does not have any more.
LOSE_ETCD = """
systemctl stop etcd
rm -rf /var/lib/etcd/* /etc/etcd /usr/local/bin/etcd* /etc/systemd/system/etcd.service /var/backups/kubernetes
"""
LOSE_CONTROL_PLANE = """
systemctl stop kubelet
crictl pods --quiet | xargs --no-run-if-empty crictl rmp --force >/dev/null 2>&1
awk '$2 ~ "^/var/lib/kubelet/" {print $2}' /proc/mounts | sort -r | xargs --no-run-if-empty umount
rm -rf /etc/kubernetes /var/lib/etcd/* /var/lib/kubelet/* /etc/cni/net.d/* /var/backups/kubernetes
"""


class Site:
    """The cluster under check: its playbooks, its API, and what was written before and after the backup."""

    def __init__(self, inventory: Inventory, config: KubeConfig, inventory_file: Path, folder: Path) -> None:
        self.inventory, self.config = inventory, config
        self.inventory_file, self.folder = inventory_file, folder
        self.api = KubeApi(config)
        self.logs: list[Path] = []
        self.saved: list[str] = []

    def run(self, playbook: str, *arguments: str, minutes: float = 8) -> tuple[Outcome, str]:
        """Run a playbook to its end."""
        log = self.folder / f"restore-{len(self.logs):02d}-{playbook}.log"
        self.logs.append(log)
        with PlaybookRun(self.inventory_file, playbook, log, *arguments) as run:
            outcome = run.wait(minutes * MINUTES)
            return outcome, "" if outcome.rc == 0 else run.tail()

    def restore(self, backup: Path) -> Outcome:
        """Run restore.yml, which must succeed, and wait until the whole cluster is there again."""
        arguments = (f"--extra-vars=kube_restore_backup={backup}", "--extra-vars=kube_confirm_restore=kubernetes")
        outcome, errors = self.run("restore.yml", *arguments)
        assert errors == ""
        wait_until(self._missing, timeout=120, what="the whole cluster", interval=2)
        return outcome

    def _missing(self) -> str:
        wanted = [node_name(host) for host in self.inventory.kubernetes_hosts]
        return nodes_missing(self.api.items("/api/v1/nodes"), wanted) or disagreement(self.inventory)

    def names(self) -> set[str]:
        """The objects in our namespace that a Writer made."""
        found = {str(item["metadata"]["name"]) for item in self.api.items(FOLDER)}
        return {name for name in found if name.startswith("write-")}

    def write(self, count: int) -> list[str]:
        """Let a writer write until so many writes are acknowledged."""
        with Writer(self.config, NAMESPACE) as writer:
            wait_until(
                lambda: "" if len(writer.acknowledged) >= count else "writes", timeout=120, what=f"{count} writes"
            )
        return list(writer.acknowledged)


@pytest.fixture(scope="module")
def site(inventory: Inventory, kubeconfig: KubeConfig, scenario_folder: Path, request: pytest.FixtureRequest) -> Site:
    path = Path(str(request.config.getoption("ansible_inventory")))
    return Site(inventory, kubeconfig, path, scenario_folder)


@pytest.fixture(scope="module", autouse=True)
def _passphrase() -> Iterator[None]:
    os.environ["KUBE_BACKUP_PASSPHRASE"] = PASSPHRASE
    yield
    del os.environ["KUBE_BACKUP_PASSPHRASE"]


@pytest.fixture(scope="module")
def backup(site: Site) -> Path:
    """A backup that was made after some writes, which are ``site.saved``."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    site.api.apply(f"/api/v1/namespaces/{NAMESPACE}", namespace)
    site.saved = site.write(WRITES)
    outcome, errors = site.run("backup.yml")
    assert errors == ""
    found = sorted((site.inventory_file.parent / "backups").glob("kubernetes-*.tar"))
    assert found, "no backup was fetched"
    print(f"figure: backup.yml took {outcome.seconds:.0f} s, {found[-1].stat().st_size >> 20} MiB")
    return found[-1]


def test_a_backup_is_fetched_for_its_owner_alone_and_is_complete(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    with tarfile.open(backup) as archive:
        assert sorted(archive.getnames()) == ["kubeadm.yaml", "manifest.json", "secrets.sealed", "snapshot.db"]
    assert b"PRIVATE KEY" not in backup.read_bytes()


@pytest.mark.parametrize("case", ["without the cluster's name", "truncated"])
def test_a_restore_is_refused_before_anything_is_touched(
    site: Site, backup: Path, scenario_folder: Path, figure: Figure, case: str
) -> None:
    file, arguments = backup, ["--extra-vars=kube_confirm_restore=kubernetes"]
    if case == "truncated":
        file = scenario_folder / "truncated.tar"
        file.write_bytes(backup.read_bytes()[:-20000])
    else:
        arguments = []
    outcome, _errors = site.run("restore.yml", f"--extra-vars=kube_restore_backup={file}", *arguments)
    assert outcome.rc != 0
    why = "E2355" if case == "truncated" else "run again with -e kube_confirm_restore=kubernetes"
    assert why in site.logs[-1].read_text(encoding="utf-8", errors="replace")
    assert site.names() >= set(site.saved)
    figure(f"restore.yml refuses a backup {case} after {outcome.seconds:.0f} s")


def test_a_living_cluster_is_rolled_back(site: Site, backup: Path, figure: Figure) -> None:
    later = set(site.write(WRITES)) - set(site.saved)
    outcome = site.restore(backup)
    assert site.names() == set(site.saved)
    writes = f"{len(site.saved)} writes of the backup are there, {len(later)} later ones are gone"
    figure(f"rolled back in {outcome.seconds:.0f} s: {writes}")


def test_a_cluster_comes_back_after_the_loss_of_all_etcd_hosts(site: Site, backup: Path, figure: Figure) -> None:
    hosts = site.inventory.group("etcd")
    if not hosts:
        pytest.skip("etcd is stacked")
    remote.on_all(hosts, LOSE_ETCD)
    outcome = site.restore(backup)
    assert site.names() == set(site.saved)
    figure(f"all {len(hosts)} etcd hosts lost, whole again {outcome.seconds:.0f} s after restore.yml began")


def test_a_cluster_comes_back_after_the_loss_of_all_control_planes(site: Site, backup: Path, figure: Figure) -> None:
    hosts = site.inventory.control_planes
    if site.inventory.group("etcd"):
        pytest.skip("etcd is external")
    remote.on_all(hosts, LOSE_CONTROL_PLANE, timeout=180)
    outcome = site.restore(backup)
    assert site.names() == set(site.saved)
    figure(f"all {len(hosts)} control planes lost, whole again {outcome.seconds:.0f} s after restore.yml began")


def test_no_log_has_a_secret(site: Site, figure: Figure) -> None:
    texts = {log.name: log.read_text(encoding="utf-8", errors="replace") for log in site.logs}
    assert texts
    found = {name: sorted(set(leaks.in_text(text))) for name, text in texts.items()}
    assert {name: secrets for name, secrets in found.items() if secrets} == {}
    assert [name for name, text in texts.items() if PASSPHRASE in text] == []
    figure(f"{len(texts)} logs with -vvvv searched for secrets")
