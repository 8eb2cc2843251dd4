# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filter quorum.kubernetes.kubeadm_documents."""

from __future__ import annotations

DOCUMENTATION = r"""
name: kubeadm_documents
short_description: kubeadm's configuration documents from settings
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Turns the settings of a cluster and of one node into the documents of C(kubeadm init) (InitConfiguration,
    ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration) or of C(kubeadm join) (JoinConfiguration), all
    C(v1beta4).
  - The user's dicts C(kubelet_config), C(proxy_config) and C(cluster_configuration) are merged last, key by key; lists
    are replaced.
  - The documents carry no secrets. M(quorum.kubernetes.kubeadm_join) adds token and certificate key on the host.
options:
  _input:
    description:
      - "Settings: C(version) and C(node) (C(name), C(ip), C(control_plane), C(taints), C(cri_socket)) are required."
      - "Others: C(cluster_name), C(endpoint), C(pod_subnet), C(service_subnet), C(node_cidr_mask),
        C(node_cidr_mask_ipv6), C(dns_domain), C(image_repository), C(api_port), C(api_server_sans),
        C(apiserver_extra_args), C(controller_manager_extra_args), C(scheduler_extra_args), C(leader_election),
        C(kubelet_extra_args), C(kubelet_config), C(proxy_mode), C(proxy_config), C(cluster_configuration),
        C(external_etcd) (C(endpoints), C(ca_file), C(cert_file), C(key_file)), C(timeouts)."
    type: dict
    required: true
  kind:
    description: Which command the documents are for.
    type: str
    choices: [init, join]
    required: true
"""

EXAMPLES = r"""
- name: Show the documents of a node that joins as a worker
  ansible.builtin.debug:
    msg: "{{ settings | quorum.kubernetes.kubeadm_documents(kind='join') }}"
  vars:
    settings:
      version: 1.37.1
      node: {name: w1, ip: 10.0.0.21, control_plane: false}
"""

RETURN = r"""
_value:
  description: The documents, one dict each.
  type: list
  elements: dict
"""

from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible_collections.quorum.kubernetes.plugins.module_utils import documents
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError


def kubeadm_documents(settings: Any, kind: str) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    if not isinstance(settings, dict):
        raise AnsibleFilterError(
            f"quorum.kubernetes.kubeadm_documents wants a dict of settings, got {type(settings).__name__}"
        )
    try:
        return documents.kubeadm_documents(settings, kind)
    except (QuorumError, ValueError, KeyError, AttributeError) as error:
        raise AnsibleFilterError(f"quorum.kubernetes.kubeadm_documents: {error}") from error


class FilterModule:
    """The filter as Ansible finds it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"kubeadm_documents": kubeadm_documents}
