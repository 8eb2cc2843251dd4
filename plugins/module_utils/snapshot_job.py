# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Save a member of etcd on this host, prove what was saved, keep the newest: for a timer, and before an upgrade.

There is no passphrase on that host and no PKI in the file: restore.yml takes it together with an earlier backup.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import backups, etcd_client, etcd_snapshots, pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import Member
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner

SCRATCH = ".snapshot-"
REQUEST_TIMEOUT = 30.0


@dataclass(frozen=True)
class Job:
    """What to save and where: the name of the cluster, the member's URL, how many files are kept (0 for all)."""

    cluster: str
    directory: str
    keep: int
    endpoint: str
    etcdutl: str
    credentials: etcd_client.Credentials


def refuse_sick(member: Member) -> None:
    """Raise QuorumError unless the member serves with a majority and has no alarm."""
    if not member.healthy:
        why = member.error or f"it has the alarm {', '.join(member.alarms)}"
        raise QuorumError("E2340", f"{member.label} is not healthy, so it cannot be trusted with a snapshot: {why}")


def say(what: str) -> None:
    """Tell the journal."""
    sys.stdout.write(f"{what}\n")


def save(job: Job, gateway: etcd_client.HttpGateway, runner: Runner) -> tuple[str, dict[str, Any]]:
    """Save the member into one file, which appears when it is proved and complete; return its path and the snapshot."""
    os.makedirs(job.directory, mode=0o700, exist_ok=True)
    # A timer never runs twice at once, and nobody waits any more for what a killed upgrade may still write.
    etcd_snapshots.remove_leftovers(job.directory, SCRATCH)
    member = etcd_client.local_member(gateway, job.endpoint)
    refuse_sick(member)
    timestamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    name = backups.snapshot_name(job.cluster, timestamp, member.listed.name)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=job.directory) as folder:
        parts = {part: os.path.join(folder, part) for part in backups.SNAPSHOT_PARTS}
        utl = etcd_snapshots.EtcdUtl(runner, job.etcdutl)
        snapshot = etcd_snapshots.take(gateway, member, parts[backups.SNAPSHOT], utl)
        with open(job.credentials.ca, encoding="utf-8") as file:
            etcd_ca = pki.ca_cert_hash(file.read())
        manifest = backups.snapshot_manifest(job.cluster, timestamp, snapshot, etcd_ca)
        with open(parts[backups.MANIFEST], "w", encoding="utf-8") as file:
            json.dump(manifest, file, indent=2, sort_keys=True)
        backups.bundle(os.path.join(folder, name), parts)
        os.replace(os.path.join(folder, name), os.path.join(job.directory, name))
    return os.path.join(job.directory, name), snapshot


def prune(job: Job) -> list[str]:
    """Remove snapshots of the cluster beyond the newest that are kept; return their names."""
    older = backups.outdated_snapshots(os.listdir(job.directory), job.cluster, job.keep)
    for name in older:
        os.unlink(os.path.join(job.directory, name))
    return older


def parse(arguments: Sequence[str]) -> Job:
    """Read the command line; it holds paths of keys and never a secret."""
    parser = argparse.ArgumentParser(prog="etcd-snapshot", description="Save this host's member of etcd.")
    for name in ("cluster", "directory", "endpoint", "etcdutl", "ca-cert", "client-cert", "client-key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--keep", type=int, required=True)
    given = parser.parse_args(arguments)
    credentials = etcd_client.Credentials(given.ca_cert, given.client_cert, given.client_key)
    return Job(given.cluster, given.directory, given.keep, given.endpoint, given.etcdutl, credentials)


def main() -> None:
    """Save and prune; what is wrong is one line on standard error."""
    job = parse(sys.argv[1:])
    os.umask(0o077)
    try:
        path, made = save(job, etcd_client.HttpGateway(job.credentials, REQUEST_TIMEOUT), SubprocessRunner())
        saved = f"{made['keys']} keys at revision {made['revision']}, proved by restoring them"
        say(f"saved {os.path.basename(path)}: {saved}")
        for name in prune(job):
            say(f"removed {name}")
    except (QuorumError, OSError) as error:
        raise SystemExit(str(error)) from error
