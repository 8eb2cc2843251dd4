#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.kube_apply."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_apply
short_description: Apply objects to a cluster on the server's side
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Applies objects with C(kubectl apply --server-side) under the field manager C(quorum.kubernetes), which takes the
    fields that it sets from other managers.
  - What would change is asked of the API server first (C(kubectl diff)); where nothing would, nothing is applied.
  - Runs on a host with C(kubectl) and a kubeconfig, usually a control plane. Needs no Python library.
extends_documentation_fragment:
  - quorum.kubernetes.kube_api
options:
  objects:
    description: Objects as data.
    type: list
    elements: dict
    default: []
  manifests:
    description: Texts of YAML or JSON, each with one object or several. They are applied before O(objects).
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Asks the API server what would change. Where there is no cluster yet, everything would.
  diff_mode:
    support: full
    description: Shows the API server's answer.
"""

EXAMPLES = r"""
- name: Create a namespace
  quorum.kubernetes.kube_apply:
    objects:
      - apiVersion: v1
        kind: Namespace
        metadata: {name: shop}

- name: Apply a network plugin's own manifest
  quorum.kubernetes.kube_apply:
    manifests: ["{{ lookup('ansible.builtin.file', 'calico.yaml') }}"]
"""

RETURN = r"""
applied:
  description: What kubectl says of each object.
  returned: when something was applied
  type: list
  elements: str
  sample: [namespace/shop serverside-applied]
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import apply
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import Kubectl
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner

Json = dict[str, Any]

REQUEST_SECONDS = 30


def converge(params: Json, check_mode: bool, kubectl: Kubectl) -> Json:
    """Apply what differs."""
    text = apply.stream(params["objects"], params["manifests"])
    if not text:
        return {"changed": False}
    if check_mode and not os.path.exists(params["kubeconfig"]):
        return {"changed": True, "diff": {"before": "", "after": text}}
    difference = apply.difference(kubectl, text)
    result: Json = {"changed": bool(difference), "diff": {"prepared": difference}}
    if difference and not check_mode:
        result["applied"] = apply.apply(kubectl, text)
    return result


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "objects": {"type": "list", "elements": "dict", "default": []},
            "manifests": {"type": "list", "elements": "str", "default": []},
            "kubeconfig": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
        },
        supports_check_mode=True,
    )
    kubectl = Kubectl(SubprocessRunner(), module.params["kubeconfig"], request_timeout=REQUEST_SECONDS)
    finish(module, lambda: converge(module.params, module.check_mode, kubectl))


if __name__ == "__main__":
    main()
