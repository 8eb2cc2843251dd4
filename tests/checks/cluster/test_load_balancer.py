# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way to the API: haproxy on load balancer hosts or on every node, and one holder of the shared address."""

from __future__ import annotations

import pytest
import testinfra.host

from tests.tools.inventory import Host, Inventory
from tests.tools.shared_address import holders

CONFIGURATION = "/etc/haproxy/haproxy.cfg"
ASK = (
    "python3 -c 'import ssl,sys,urllib.request as u;"
    'c=ssl.create_default_context(cafile="/etc/kubernetes/pki/ca.crt");'
    "sys.exit(u.urlopen(sys.argv[1],context=c,timeout=5).status!=200)' "
)


def test_haproxy_runs_with_a_valid_configuration(load_balancer: Host, system: testinfra.host.Host) -> None:
    assert system.service("haproxy").is_running
    assert system.service("haproxy").is_enabled
    assert system.run(f"haproxy -c -q -f {CONFIGURATION}").rc == 0


def test_shared_address_is_on_exactly_one_host(inventory: Inventory) -> None:
    address = inventory.variable("kube_api_vip", "")
    if not address:
        pytest.skip("this kind of cluster has no shared address")
    assert len(holders(inventory.load_balancers, address)) == 1


def test_every_node_reaches_the_api_through_its_own_haproxy(
    inventory: Inventory, kubernetes_host: Host, system: testinfra.host.Host
) -> None:
    several = len(inventory.control_planes) > 1
    if inventory.load_balancers or inventory.variable("kube_api_endpoint", "") or not several:
        pytest.skip("the nodes of this kind of cluster have no haproxy")
    assert system.service("haproxy").is_running
    port = inventory.variable("kube_local_load_balancer_port", 8443)
    result = system.run(f"{ASK} https://127.0.0.1:{port}/readyz")
    assert result.rc == 0, result.stderr
