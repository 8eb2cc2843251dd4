#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Keys, certificate requests and signatures for etcd; no private key leaves its host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_certificates
short_description: Make keys and certificate requests for etcd, and sign them on the host that has the CA's key
version_added: 0.1.0
description:
  - With V(requested) it makes the private keys of this host that are missing and returns certificate requests for
    those certificates that are missing, end soon, or do not fit.
  - With V(signed) it signs the requests of all hosts with the CA's key of this host; a missing CA is made.
  - Certificates are returned and not written. Private keys never leave the host they were made on.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  state:
    description: What to do on this host.
    type: str
    choices: [requested, signed]
    required: true
  directory:
    description: Directory of C(ca.crt), C(ca.key) and of a C(.crt) and a C(.key) for each certificate.
    type: path
    default: /etc/etcd/pki
  owner:
    description: User that owns the keys.
    type: str
    default: root
  certificates:
    description: The certificates that this host needs, for V(requested).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Base name of its files.
        type: str
        required: true
      common_name:
        description: Common name of its subject.
        type: str
        required: true
      names:
        description: DNS names and addresses that it is for.
        type: list
        elements: str
        default: []
      usages:
        description: What it is used as.
        type: list
        elements: str
        choices: [client, server]
        required: true
      owner:
        description: User that owns its key; O(owner) by default.
        type: str
        default: ""
  renew_days:
    description: A certificate that ends within this many days is requested anew.
    type: int
    default: 90
  plan:
    description: Who signs what, as the filter P(quorum.kubernetes.etcd_signing#filter) says, for V(signed).
    type: dict
  common_name:
    description: Common name of a CA that has to be made.
    type: str
    default: etcd-ca
  days:
    description: Days that a signed certificate is valid.
    type: int
    default: 365
attributes:
  check_mode:
    support: full
    description: Makes no key and signs nothing.
  diff_mode:
    support: full
    description: Shows what is requested or signed, and why. Keys are never shown.
"""

EXAMPLES = r"""
- name: Ask for the certificates of this member
  quorum.kubernetes.etcd_certificates:
    state: requested
    owner: etcd
    certificates:
      - name: server
        common_name: etcd1
        names: [etcd1, 10.0.0.41, 127.0.0.1]
        usages: [server, client]
"""

RETURN = r"""
ca:
  description: The CA's certificate that this host has, as PEM.
  returned: success
  type: str
has_ca_key:
  description: Whether the CA's key is on this host.
  returned: when O(state=requested)
  type: bool
requests:
  description: Certificate requests, with what the certificate is for.
  returned: when O(state=requested)
  type: list
  elements: dict
certificates:
  description: The certificates as PEM; those that this host has, or by host those that were signed.
  returned: success
  type: dict
changes:
  description: What was made, or would be, a sentence each.
  returned: success
  type: list
  elements: str
"""

import os
import pwd
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_pki, host_files
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_pki import Pki, Wanted
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import SubprocessRunner

KEY_MODE = 0o600


def write_key(pki: Pki, name: str, owner: str) -> None:
    """Make a private key that only its owner may read."""
    os.makedirs(pki.directory, mode=0o755, exist_ok=True)
    path = pki.path(f"{name}.key")
    host_files.put(host_files.WantedFile(path, pki.new_key(), KEY_MODE, owner), host_files.SeenFile(path))


def secure_key(pki: Pki, name: str, owner: str, check_mode: bool) -> list[str]:
    """Give an existing key to its owner alone."""
    path = pki.path(f"{name}.key")
    seen, uid = os.stat(path), pwd.getpwnam(owner).pw_uid
    if (seen.st_uid, seen.st_mode & 0o7777) == (uid, KEY_MODE):
        return []
    if not check_mode:
        os.chown(path, uid, -1)
        os.chmod(path, KEY_MODE)
    return [f"let only {owner} read {path}"]


def request(params: Mapping[str, Any], pki: Pki, check_mode: bool) -> dict[str, Any]:
    """Make missing keys and return requests for what is missing."""
    changes, requests = [], []
    for entry in params["certificates"]:
        owner = entry["owner"] or params["owner"]
        wanted = Wanted(entry["name"], entry["common_name"], tuple(entry["names"]), tuple(entry["usages"]))
        has_key = os.path.exists(pki.path(f"{wanted.name}.key"))
        if has_key:
            changes += secure_key(pki, wanted.name, owner, check_mode)
        flaw = pki.flaw(wanted, params["renew_days"])
        if not flaw:
            continue
        changes.append(f"request the certificate {wanted.name}: {flaw}")
        if not has_key and not check_mode:
            write_key(pki, wanted.name, owner)
        csr = "" if check_mode else pki.request(wanted)
        requests.append({"name": wanted.name, "csr": csr, "names": entry["names"], "usages": entry["usages"]})
    return {
        "changes": changes,
        "ca": pki.read("ca.crt"),
        "has_ca_key": os.path.exists(pki.path("ca.key")),
        "requests": requests,
        "certificates": {entry["name"]: pki.read(f"{entry['name']}.crt") for entry in params["certificates"]},
    }


def make_ca(pki: Pki, common_name: str) -> None:
    """Make the CA: its key, then its certificate."""
    if not os.path.exists(pki.path("ca.key")):
        write_key(pki, "ca", "root")
    path = pki.path("ca.crt")
    host_files.put(host_files.WantedFile(path, pki.new_ca(common_name), 0o644), host_files.SeenFile(path))


def sign(params: Mapping[str, Any], pki: Pki, check_mode: bool) -> dict[str, Any]:
    """Sign all requests of the plan."""
    plan = params["plan"] or {}
    etcd_pki.refuse(plan.get("problem", ""))
    changes, certificates = [], dict[str, dict[str, str]]()
    if not pki.read("ca.crt"):
        changes.append(f"make the CA {params['common_name']}")
        if not check_mode:
            make_ca(pki, params["common_name"])
    for entry in plan.get("requests", ()):
        changes.append(f"sign {entry['name']} of {entry['host']}")
        if not check_mode:
            signed = pki.sign(entry["csr"], entry["usages"], entry["names"], params["days"])
            certificates.setdefault(entry["host"], {})[entry["name"]] = signed
    return {"changes": changes, "ca": pki.read("ca.crt"), "certificates": certificates}


def run(params: Mapping[str, Any], pki: Pki, check_mode: bool) -> dict[str, Any]:
    """Do what the state says and return the module's result."""
    act = request if params["state"] == "requested" else sign
    result = act(params, pki, check_mode)
    result["changed"] = bool(result["changes"])
    if result["changes"]:
        result["diff"] = {"prepared": "".join(f"+ {change}\n" for change in result["changes"])}
    return result


def main() -> None:
    """Run the module."""
    certificate = {
        "name": {"type": "str", "required": True},
        "common_name": {"type": "str", "required": True},
        "names": {"type": "list", "elements": "str", "default": []},
        "usages": {"type": "list", "elements": "str", "choices": ["client", "server"], "required": True},
        "owner": {"type": "str", "default": ""},
    }
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["requested", "signed"], "required": True},
            "directory": {"type": "path", "default": "/etc/etcd/pki"},
            "owner": {"type": "str", "default": "root"},
            "certificates": {"type": "list", "elements": "dict", "options": certificate, "default": []},
            "renew_days": {"type": "int", "default": 90},
            "plan": {"type": "dict"},
            "common_name": {"type": "str", "default": "etcd-ca"},
            "days": {"type": "int", "default": 365},
        },
        supports_check_mode=True,
    )
    pki = Pki(SubprocessRunner(), module.params["directory"])
    finish(module, lambda: run(module.params, pki, module.check_mode))


if __name__ == "__main__":
    main()
