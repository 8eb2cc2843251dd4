# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""cluster.yml renews the certificates of external etcd while it serves: no restart, no lost write."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.tools import remote, snapshot
from tests.tools.figures import Figure
from tests.tools.inventory import Inventory, node_ip
from tests.tools.site import Site, wait_acknowledged

WRITES = 10
TIMEOUT = 30.0  # seconds for a handshake
PORTS = {"server": 2379, "peer": 2380}
# Longer than certificates are valid, so that none is young enough.
RENEW_ALL = "--extra-vars=etcd_renew_days=400"


def served(inventory: Inventory) -> dict[tuple[str, str], str]:
    """The certificate that every member shows on each of its ports."""
    return {
        (host.name, name): ssl.get_server_certificate((node_ip(host), port), timeout=TIMEOUT).strip()
        for host in inventory.group("etcd")
        for name, port in PORTS.items()
    }


def test_certificates_are_renewed_while_etcd_serves(
    inventory: Inventory, scenario_folder: Path, figure: Figure
) -> None:
    if not inventory.group("etcd"):
        pytest.skip("etcd is stacked: its certificates are kubeadm's")
    site = Site("certificates", inventory, scenario_folder)
    old, before = served(inventory), snapshot.take(inventory.path)
    with site.writer("certificates") as writer:
        wait_acknowledged(writer, WRITES)
        outcome = site.succeed("cluster.yml", RENEW_ALL)
        wait_acknowledged(writer, WRITES)
    new = served(inventory)
    assert [who for who in old if new[who] == old[who]] == []
    for host in inventory.group("etcd"):
        assert remote.output(host, "cat /etc/etcd/pki/server.crt").strip() == new[host.name, "server"]
    after = snapshot.take(inventory.path)
    assert {host: seen["processes"] for host, seen in after.items()} == {
        host: seen["processes"] for host, seen in before.items()
    }
    figure(
        f"{len(new)} certificates of etcd renewed in {outcome.seconds:.0f} s without a restart; "
        f"{len(writer.acknowledged)} writes acknowledged, {writer.failed} refused, {len(writer.lost())} lost"
    )
    assert writer.lost() == []
