# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filter quorum.kubernetes.api_server_sans."""

from __future__ import annotations

DOCUMENTATION = r"""
name: api_server_sans
short_description: Names for the certificates of the API servers
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Lists every name and address by which clients may reach an API server, in a stable order, without duplicates and
    with addresses in their canonical form.
  - kubeadm adds its own (the node's name and address, C(kubernetes), the first service address) to them.
options:
  _input:
    description: The control planes, each with C(name) and C(address).
    type: list
    elements: dict
    required: true
  endpoint:
    description: The API endpoint as C(host:port).
    type: str
    default: ''
  vip:
    description: The address that the load balancers share.
    type: str
    default: ''
  load_balancers:
    description: The load balancers, each with C(name) and C(address).
    type: list
    elements: dict
    default: []
  extra:
    description: Names and addresses of the user.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show the names for the API servers
  ansible.builtin.debug:
    msg: "{{ hosts | quorum.kubernetes.api_server_sans(endpoint='10.0.0.100:6443', extra=['api.example.com']) }}"
  vars:
    hosts:
      - {name: cp1, address: 10.0.0.11}
      - {name: cp2, address: 10.0.0.12}
"""

RETURN = r"""
_value:
  description: Names and addresses.
  type: list
  elements: str
"""

from collections.abc import Sequence
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.module_utils import sans


def api_server_sans(
    control_planes: Any,
    endpoint: str = "",
    vip: str = "",
    load_balancers: Sequence[dict[str, str]] = (),
    extra: Sequence[str] = (),
) -> list[str]:
    """See DOCUMENTATION."""
    for name, value in (("control planes", control_planes), ("load_balancers", load_balancers)):
        if not isinstance(value, (list, tuple)) or not all(isinstance(host, dict) for host in value):
            raise AnsibleFilterError(f"quorum.kubernetes.api_server_sans wants a list of dicts as {name}")
    return sans.api_server_sans(control_planes, endpoint, vip, load_balancers, extra)


class FilterModule:
    """The filter as Ansible finds it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"api_server_sans": api_server_sans}
