# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filter quorum.kubernetes.upgrade_path."""

from __future__ import annotations

DOCUMENTATION = r"""
name: upgrade_path
short_description: The stops from one Kubernetes version to another
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Kubernetes is upgraded one minor at a time. Lists the stops on the way, release lines in between and the target
    last.
  - The list is empty when the cluster is at the target already. A downgrade is an error.
options:
  _input:
    description: The version of the cluster, such as C(1.35.4).
    type: str
    required: true
  target:
    description: The version to arrive at.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the way to 1.37.1
  ansible.builtin.debug:
    msg: "{{ '1.35.4' | quorum.kubernetes.upgrade_path('1.37.1') }}"  # ["1.36", "1.37.1"]
"""

RETURN = r"""
_value:
  description: The stops.
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.module_utils import versions


def upgrade_path(current: Any, target: Any) -> list[str]:
    """See DOCUMENTATION."""
    parsed = []
    for text in (current, target):
        version = versions.parse(text) if isinstance(text, str) else None
        if version is None:
            raise AnsibleFilterError(f"quorum.kubernetes.upgrade_path wants versions of three numbers, got {text!r}")
        parsed.append(version)
    try:
        return versions.upgrade_path(*parsed)
    except ValueError as error:
        raise AnsibleFilterError(f"quorum.kubernetes.upgrade_path: {error}") from error


class FilterModule:
    """The filter as Ansible finds it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"upgrade_path": upgrade_path}
