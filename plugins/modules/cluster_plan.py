# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This is the documentation of the action plugin of the same name, which does the work on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_plan
short_description: Judge what was found on the hosts and plan what each is to do
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Takes the inventory and what M(quorum.kubernetes.kubeadm_info) found on all hosts, registered as
    C(__preflight_info).
  - Judges the hosts (operating system, memory, clocks, ports, addresses) and, where a cluster exists, what the
    inventory would change of it that cannot be changed. Prints every error and warning as one line, as
    M(quorum.kubernetes.validate_inventory) does.
  - Returns the plan that the rest of the playbook follows. Connects to no host and remembers nothing.
options:
  purpose:
    description:
      - What the playbook is for. V(build) makes hosts part of the cluster, V(upgrade) changes its version,
        V(maintain) changes neither, so that fewer things can be wrong.
    type: str
    choices: [build, upgrade, maintain]
    default: build
attributes:
  check_mode:
    description: Can run in check mode and return its result without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed when run in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Plan what each host is to do
  quorum.kubernetes.cluster_plan:
  run_once: true
  register: __preflight_plan
"""

RETURN = r"""
findings:
  description: The warnings, one line each. A run with errors fails instead.
  returned: success
  type: list
  elements: str
allowed:
  description: What is wrong but allowed by a C(kube_allow_*) variable, one line each.
  returned: success
  type: list
  elements: str
plan:
  description: What the cluster is to be and what each host is to do.
  returned: success
  type: dict
  contains:
    first_control_plane:
      description: The host that speaks for the cluster, one that exists if there is one.
      type: str
    initialized:
      description: Whether a cluster exists.
      type: bool
    endpoint:
      description: The API's endpoint as host:port.
      type: str
    endpoint_kind:
      description: How the endpoint is made, V(user), V(vip), V(load_balancer), V(local) or V(direct).
      type: str
    admin_endpoint:
      description: The endpoint of the administrator's kubeconfig.
      type: str
    admin_host:
      description: The control plane whose kubeconfig the administrator gets, the first one that was asked.
      type: str
    api_server_sans:
      description: More names for the API servers' certificates.
      type: list
      elements: str
    ca_cert_hash:
      description: SHA-256 of the cluster CA's public key, none before there is a cluster.
      type: str
    images:
      description: Images that hosts need beforehand, for C(control_plane) and C(worker).
      type: dict
    load_balancer:
      description: Data of haproxy and keepalived.
      type: dict
    etcd:
      description: >-
        Whether etcd is external, its version, its members and their URLs, and the hosts that save it at set times, or
        still do.
      type: dict
    versions:
      description: Versions and the names derived from them.
      type: dict
    nodes:
      description: Labels and taints of every node.
      type: list
      elements: dict
    hosts:
      description: For each host its node name, addresses, roles, state and action.
      type: dict
"""
