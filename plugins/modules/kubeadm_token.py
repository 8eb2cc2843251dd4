#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kubeadm_token."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_token
short_description: Bootstrap tokens that live no longer than a run
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Creates a token for C(kubeadm join), deletes one by its public id, or deletes all that runs of this collection left.
  - Talks to the cluster's API from a control plane. The token travels on standard input, never in an argument.
  - Tasks that create a token must have C(no_log), since they return it.
extends_documentation_fragment:
  - quorum.kubernetes.kube_api
options:
  state:
    description:
      - V(present) creates a new token each time.
      - V(absent) deletes the token O(token_id); an empty one, or one that is gone, is nothing to do.
      - V(cleanup) deletes all tokens of this collection, expired or not, those that C(kubeadm) makes for uploaded
        certificates, and the uploaded certificates themselves.
    type: str
    choices: [present, absent, cleanup]
    default: present
  ttl:
    description: How long a new token lives, at most 30 minutes, as a number with C(s) or C(m).
    type: str
    default: 30m
  description:
    description: What to write into the token beside the collection's name, such as an id of the run.
    type: str
    default: ''
  token_id:
    description: The public id, the first six characters of a token.
    type: str
attributes:
  check_mode:
    support: full
    description: >-
      Creates nothing and returns no token. Where there is no cluster yet, a cleanup is told to be needed after init.
"""

EXAMPLES = r"""
- name: Create a token for the joins
  quorum.kubernetes.kubeadm_token:
    description: "{{ run_id }}"
  register: token
  no_log: true

- name: Delete every token of ours
  quorum.kubernetes.kubeadm_token:
    state: cleanup
"""

RETURN = r"""
token:
  description: The token. Secret.
  returned: when state is present, not in check mode
  type: str
token_id:
  description: Its public id.
  returned: when state is present, not in check mode
  type: str
expires:
  description: When it expires, RFC 3339 in UTC.
  returned: when state is present, not in check mode
  type: str
  sample: '2026-11-29T02:00:00Z'
ca_cert_hash:
  description: The pin of the cluster's CA.
  returned: when state is present
  type: str
deleted:
  description: Public ids of the tokens that were, or would be, deleted.
  returned: when state is absent or cleanup
  type: list
  elements: str
"""

import os
import re
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import gather_kubeadm, host_state, tokens
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner

Json = dict[str, Any]

LONGEST_SECONDS = 30 * 60
UNITS = {"s": 1, "m": 60}


def seconds(ttl: str) -> int:
    """``90s`` or ``30m`` in seconds; more than half an hour is refused (design: tokens are short-lived)."""
    found = re.fullmatch(r"(\d+)([sm])", ttl)
    if not found:
        raise QuorumError("E2153", f"ttl '{ttl}' is not a number with s or m, such as 30m")
    value = int(found.group(1)) * UNITS[found.group(2)]
    if not 0 < value <= LONGEST_SECONDS:
        raise QuorumError("E2153", f"ttl '{ttl}' is not between 1s and 30m")
    return value


def create(kubectl: Kubectl, disk: Disk, params: Json, check_mode: bool, now: float) -> Json:
    """A new token."""
    lifetime = seconds(params["ttl"])
    pin = gather_kubeadm.ca_hash(disk.read(host_state.CA_CERTIFICATE))
    if check_mode:
        return {"changed": True, "ca_cert_hash": pin}
    if not pin:
        raise QuorumError("E2154", f"{host_state.CA_CERTIFICATE} is not there", "run this on a control plane")
    token_id, secret = tokens.new_token()
    expires = tokens.expiration(now, lifetime)
    tokens.create(kubectl, tokens.token_object(token_id, secret, expires, tokens.describe(params["description"])))
    return {
        "changed": True,
        "token": f"{token_id}.{secret}",
        "token_id": token_id,
        "expires": expires,
        "ca_cert_hash": pin,
    }


def delete(kubectl: Kubectl, params: Json, check_mode: bool) -> Json:
    """Delete one token or all of ours."""
    if check_mode and not os.path.exists(params["kubeconfig"]):
        # There is no cluster yet. Its init cannot be told to make no token, so that a cleanup will find that one.
        return {"changed": params["state"] == "cleanup", "deleted": []}
    certificates = False
    if params["state"] == "absent":
        # By its name alone, whoever made it: the caller knows the id.
        doomed = [params["token_id"]] if tokens.exists(kubectl, params["token_id"] or "") else []
    else:
        doomed = tokens.ours(kubectl)
        certificates = tokens.certificates_uploaded(kubectl)
    if not check_mode:
        tokens.delete(kubectl, doomed)
        if certificates:
            tokens.delete_certificates(kubectl)
    return {"changed": bool(doomed or certificates), "deleted": doomed}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent", "cleanup"], "default": "present"},
            "ttl": {"type": "str", "default": "30m"},
            "description": {"type": "str", "default": ""},
            "token_id": {"type": "str"},
            "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
        },
        supports_check_mode=True,
    )
    kubectl = Kubectl(SubprocessRunner(), module.params["kubeconfig"])

    def work() -> Json:
        if module.params["state"] == "present":
            return create(kubectl, Disk(), module.params, module.check_mode, time.time())
        return delete(kubectl, module.params, module.check_mode)

    finish(module, work)


if __name__ == "__main__":
    main()
