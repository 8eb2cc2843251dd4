# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that all etcd modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """How to reach etcd."""

    DOCUMENTATION = r"""
options:
  ca_cert:
    description: Certificate of etcd's CA.
    type: path
    default: /etc/kubernetes/pki/etcd/ca.crt
  client_cert:
    description: Client certificate.
    type: path
    default: /etc/kubernetes/pki/etcd/healthcheck-client.crt
  client_key:
    description: Key of the client certificate.
    type: path
    default: /etc/kubernetes/pki/etcd/healthcheck-client.key
  request_timeout:
    description: Seconds that one request may take.
    type: float
    default: 5
  control_planes:
    description:
      - The control planes and whether each is fully healthy, so that a step is refused that would leave none.
      - Without it etcd alone is judged.
    type: list
    elements: dict
    suboptions:
      name:
        description: Node name, which is also the name of its etcd member where etcd is stacked.
        type: str
        required: true
      healthy:
        description: Whether API server, etcd member and node are all healthy.
        type: bool
        required: true
requirements:
  - The JSON gateway of etcd, which is on unless C(--enable-grpc-gateway=false) is set.
"""

    ENDPOINTS = r"""
options:
  endpoints:
    description: Client URLs of members. The first that answers names all members.
    type: list
    elements: str
    default: ["https://127.0.0.1:2379"]
"""
