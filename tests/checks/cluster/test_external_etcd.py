# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""External etcd: who may read what on its hosts."""

from __future__ import annotations

import pytest
import testinfra.host

from tests.tools.inventory import Host, Inventory


def test_data_and_keys_are_the_members_alone(
    inventory: Inventory, etcd_host: Host, system: testinfra.host.Host
) -> None:
    if not inventory.group("etcd"):
        pytest.skip("etcd is stacked")
    data = system.file("/var/lib/etcd")
    assert (data.user, data.mode) == ("etcd", 0o700)
    for name in ("server", "peer"):
        key = system.file(f"/etc/etcd/pki/{name}.key")
        assert (key.user, key.mode) == ("etcd", 0o600)
    ca = system.file("/etc/etcd/pki/ca.key")
    assert ca.exists is (etcd_host.name == inventory.group("etcd")[0].name)
    assert system.check_output("ps -o user= -C etcd").strip() == "etcd"
    assert system.check_output("ss -Hltn sport = :2381").split()[3] == "127.0.0.1:2381"
