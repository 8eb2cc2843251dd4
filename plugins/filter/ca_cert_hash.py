# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filter quorum.kubernetes.ca_cert_hash."""

from __future__ import annotations

DOCUMENTATION = r"""
name: ca_cert_hash
short_description: The pin of a cluster's CA for kubeadm join
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Returns the SHA-256 of the SubjectPublicKeyInfo of the first certificate in a PEM text, the form that
    C(kubeadm join) takes as C(caCertHashes).
  - RSA and EC keys give the same as openssl. No cryptography library is needed.
options:
  _input:
    description: The CA certificate, PEM encoded.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the pin of a CA
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', 'ca.crt') | quorum.kubernetes.ca_cert_hash }}"
"""

RETURN = r"""
_value:
  description: C(sha256:) followed by 64 hexadecimal digits.
  type: str
"""

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.module_utils import pki
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError


def ca_cert_hash(pem: Any) -> str:
    """See DOCUMENTATION."""
    if not isinstance(pem, str):
        raise AnsibleFilterError(f"quorum.kubernetes.ca_cert_hash wants a PEM text, got {type(pem).__name__}")
    try:
        return pki.ca_cert_hash(pem)
    except QuorumError as error:
        raise AnsibleFilterError(f"quorum.kubernetes.ca_cert_hash: {error}") from error


class FilterModule:
    """The filter as Ansible finds it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"ca_cert_hash": ca_cert_hash}
