# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filter quorum.kubernetes.containerd_hosts_files."""

from __future__ import annotations

DOCUMENTATION = r"""
name: containerd_hosts_files
short_description: containerd's files about the mirrors of registries
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Turns registries and their mirrors into the C(hosts.toml) files that containerd reads, one for each registry.
options:
  _input:
    description: Registry host to a list of mirror URLs, in the order in which they are tried.
    type: dict
    required: true
  folder:
    description: containerd's folder for these files.
    type: str
    default: /etc/containerd/certs.d
"""

EXAMPLES = r"""
- name: Show the files for one registry
  ansible.builtin.debug:
    msg: "{{ {'registry.k8s.io': ['http://mirror.example.com:5000']} | quorum.kubernetes.containerd_hosts_files }}"
"""

RETURN = r"""
_value:
  description: The files, each with C(path) and C(content).
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.module_utils import mirrors


def containerd_hosts_files(registries: Any, folder: str = "/etc/containerd/certs.d") -> list[dict[str, str]]:
    """See DOCUMENTATION."""
    if not isinstance(registries, Mapping) or not all(isinstance(urls, (list, tuple)) for urls in registries.values()):
        raise AnsibleFilterError("quorum.kubernetes.containerd_hosts_files wants a dict of registry to list of URLs")
    return mirrors.hosts_files(registries, folder)


class FilterModule:
    """The filter as Ansible finds it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"containerd_hosts_files": containerd_hosts_files}
