# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filter quorum.kubernetes.to_toml."""

from __future__ import annotations

DOCUMENTATION = r"""
name: to_toml
short_description: Write a dictionary as TOML
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Renders nested dictionaries of strings, numbers, booleans and lists of those as a TOML document, in their order.
  - Such configuration can be merged from dictionaries, which text with markers in it cannot.
options:
  _input:
    description: The document.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the mirrors of a registry
  ansible.builtin.debug:
    msg: "{{ {'server': 'https://registry.k8s.io', 'host': {}} | quorum.kubernetes.to_toml }}"
"""

RETURN = r"""
_value:
  description: The document's text.
  type: str
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.module_utils import toml


def to_toml(document: Any) -> str:
    """See DOCUMENTATION."""
    if not isinstance(document, Mapping):
        raise AnsibleFilterError(f"quorum.kubernetes.to_toml wants a dict, got {type(document).__name__}")
    try:
        return toml.dump(document)
    except ValueError as error:
        raise AnsibleFilterError(f"quorum.kubernetes.to_toml: {error}") from error


class FilterModule:
    """The filter as Ansible finds it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"to_toml": to_toml}
