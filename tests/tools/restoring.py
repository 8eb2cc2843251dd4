# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Back a cluster under check up, and restore it: what was written before must be there, what was written since not."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tools import leaks, remote
from tests.tools.killing import kill_at
from tests.tools.playbook import Outcome
from tests.tools.resume import Moment
from tests.tools.site import MINUTE, Site, wait_acknowledged

PASSPHRASE = "a passphrase of this check alone"
CONFIRMED = "--extra-vars=kube_confirm_restore=kubernetes"
BEFORE, SINCE = "written-before", "written-since"
WRITES = 20

# On a host that has lost its data.
DATA_COMES_BACK = "[ -e /var/lib/etcd/member ] || ls -d /var/lib/etcd/.restore-*"
SAVED = "/var/backups/kubernetes"
SAVE = f"systemctl start quorum-etcd-snapshot.service && ls {SAVED} | grep 'snapshot.tar$' | tail -n 1"

_VARIABLE = "KUBE_BACKUP_PASSPHRASE"


@contextmanager
def passphrase(text: str = PASSPHRASE) -> Iterator[None]:
    """The playbooks that are run meanwhile find this passphrase in their environment."""
    old = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = text
    yield
    if old is None:
        del os.environ[_VARIABLE]
    else:
        os.environ[_VARIABLE] = old


class RestoreSite(Site):
    """A cluster that is written to, backed up, and written to again."""

    saved: frozenset[str] = frozenset()

    def back_up(self) -> Path:
        """Write something that is acknowledged, run backup.yml, and return the file that it fetched."""
        self.saved |= self._write(BEFORE)
        outcome, errors = self.run("backup.yml")
        assert errors == ""
        found = sorted((self.inventory.path.parent / "backups").glob("kubernetes-*.tar"))
        assert found, "no backup was fetched"
        print(f"figure: backup.yml took {outcome.seconds:.0f} s, {found[-1].stat().st_size >> 20} MiB")
        return found[-1]

    def write_more(self) -> None:
        """Write something more that is acknowledged and has to stay."""
        self.saved |= self._write(BEFORE)

    def save_member(self) -> Path:
        """Let a host of etcd save its member, and fetch what it saved."""
        host = self.inventory.etcd_hosts[-1]
        name = remote.output(host, SAVE, timeout=MINUTE).strip()
        path = self.folder / name
        path.write_bytes(base64.b64decode(remote.output(host, f"base64 {SAVED}/{name}")))
        return path

    def write_since(self) -> int:
        """Write something that a restore has to undo; how many writes were acknowledged."""
        return len(self._write(SINCE))

    def restore(self, backup: Path, *arguments: str) -> Outcome:
        """Run restore.yml, wait until the whole cluster is there, and see that it is the one of the backup."""
        outcome = self.succeed("restore.yml", f"--extra-vars=kube_restore_backup={backup}", CONFIRMED, *arguments)
        assert self.saved
        assert self.saved - self.written(BEFORE) == set()
        assert self.written(SINCE) == set()
        return outcome

    def break_restore_off(self, backup: Path, *arguments: str) -> None:
        """Run restore.yml, and kill it when it puts the data of a member back."""
        moment = Moment(self.inventory.etcd_hosts[0], DATA_COMES_BACK)
        kill_at(moment, self, "restore.yml", f"--extra-vars=kube_restore_backup={backup}", CONFIRMED, *arguments)

    def leaks(self) -> dict[str, list[str]]:
        """Secrets in the logs of all runs until now, the passphrase among them, by log."""
        texts = self.log_texts()
        found = {name: sorted({*leaks.in_text(text)}) for name, text in texts.items()}
        for name, text in texts.items():
            found[name] += ["the passphrase"] if PASSPHRASE in text else []
        return {name: secrets for name, secrets in found.items() if secrets}

    def _write(self, namespace: str) -> frozenset[str]:
        with self.writer(namespace) as writer:
            wait_acknowledged(writer, WRITES)
        return frozenset(writer.acknowledged)
