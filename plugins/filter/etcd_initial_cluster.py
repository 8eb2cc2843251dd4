# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filter quorum.kubernetes.etcd_initial_cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
name: etcd_initial_cluster
short_description: Write the members of etcd as its option --initial-cluster wants them
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Turns a list of members into C(name=https://address:2380,...), in the order given.
options:
  _input:
    description: The members, each with C(name) and either C(peer_url) or C(address).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the initial cluster
  ansible.builtin.debug:
    msg: "{{ [{'name': 'etcd1', 'address': '10.0.0.41'}] | quorum.kubernetes.etcd_initial_cluster }}"
"""

RETURN = r"""
_value:
  description: The members, comma separated.
  type: str
  sample: etcd1=https://10.0.0.41:2380
"""

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_bootstrap import initial_cluster


def etcd_initial_cluster(members: Any) -> str:
    """See DOCUMENTATION."""
    if not isinstance(members, (list, tuple)) or not all(isinstance(member, dict) for member in members):
        raise AnsibleFilterError("quorum.kubernetes.etcd_initial_cluster wants a list of dicts")
    try:
        return initial_cluster(members)
    except QuorumError as error:
        raise AnsibleFilterError(f"quorum.kubernetes.etcd_initial_cluster: {error}") from error


class FilterModule:
    """The filter as Ansible finds it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"etcd_initial_cluster": etcd_initial_cluster}
