# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names and addresses that every API server's certificate has to carry beside those that kubeadm adds by itself.

kubeadm adds the node's own name and address, the host of controlPlaneEndpoint, ``kubernetes*`` and the first service
address. The list here makes each control plane's certificate valid for every way to reach the API: the other control
planes' addresses do no harm there, and the local load balancer needs 127.0.0.1.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

Host = dict[str, str]


def api_server_sans(
    control_planes: Sequence[Host],
    endpoint: str = "",
    vip: str = "",
    load_balancers: Sequence[Host] = (),
    extra: Sequence[str] = (),
) -> list[str]:
    """Subject alternative names in a stable order, without duplicates, addresses in their canonical form.

    Hosts are ``{name, address}``; `endpoint` is ``host:port``, an IPv6 host in brackets or not.
    """
    names = [endpoint_host(endpoint), vip]
    for host in [*control_planes, *load_balancers]:
        names += [host.get("name", ""), host.get("address", "")]
    names += ["localhost", "127.0.0.1", *extra]
    return list(dict.fromkeys(canonical(name) for name in names if name))


def endpoint_host(endpoint: str) -> str:
    """The host part of ``host:port``, ``[v6]:port``, a bare host or a bare IPv6 address."""
    if endpoint.startswith("["):
        return endpoint[1:].split("]")[0]
    return endpoint.split(":")[0] if endpoint.count(":") == 1 else endpoint


def canonical(name: str) -> str:
    """An address as Kubernetes prints it (``fd00::1``), any other name in lower case."""
    try:
        return str(ipaddress.ip_address(name.strip().strip("[]")))
    except ValueError:
        return name.strip().lower()
