# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filter quorum.kubernetes.etcd_signing."""

from __future__ import annotations

DOCUMENTATION = r"""
name: etcd_signing
short_description: Say which host signs which certificate requests for etcd
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Takes what M(quorum.kubernetes.etcd_certificates) returned on each host and says which host signs, and what.
  - The host with the CA's key signs. A CA is made on the first candidate only if no host knows a CA yet.
options:
  _input:
    description: Results of V(requested) by host.
    type: dict
    required: true
  candidates:
    description: Hosts that may hold the CA's key, in order.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show who signs
  ansible.builtin.debug:
    msg: "{{ reports | quorum.kubernetes.etcd_signing(['etcd1', 'etcd2']) }}"
  vars:
    reports:
      etcd1: {ca: "", has_ca_key: false, requests: []}
"""

RETURN = r"""
_value:
  description: The signing C(host), the C(requests), whether a C(new_ca) is made, the known C(ca), and a C(problem).
  type: dict
"""

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_pki import signing_plan


def etcd_signing(reports: Any, candidates: Any) -> dict[str, Any]:
    """See DOCUMENTATION."""
    if not isinstance(reports, dict) or not all(isinstance(report, dict) for report in reports.values()):
        raise AnsibleFilterError("quorum.kubernetes.etcd_signing wants a dict of results by host")
    if not isinstance(candidates, (list, tuple)):
        raise AnsibleFilterError("quorum.kubernetes.etcd_signing wants a list of hosts as candidates")
    return signing_plan(reports, list(candidates))


class FilterModule:
    """The filter as Ansible finds it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"etcd_signing": etcd_signing}
