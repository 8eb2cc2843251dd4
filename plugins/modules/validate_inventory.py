# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

# This is the documentation of the action plugin of the same name, which does the work on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: validate_inventory
short_description: Check the whole inventory before anything is touched
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Reads the variables of all hosts of the inventory on the controller, whatever C(--limit) says, and judges them
    together.
  - Prints every error and warning as one line with a stable code, the variable, the file it comes from, what is wrong
    and the fix. All codes are listed in C(docs/errors.md).
  - Connects to no host. Fails when there is an error, with all of them at once.
attributes:
  check_mode:
    description: Can run in check mode and return its result without changing anything.
    support: full
  diff_mode:
    description: Returns details on what has changed when run in diff mode.
    support: none
notes:
  - Run it once, in a play of all hosts that gathers no facts.
"""

EXAMPLES = r"""
- name: Check the inventory
  hosts: all
  gather_facts: false
  tasks:
    - name: Name everything that is wrong with the inventory
      quorum.kubernetes.validate_inventory:
      run_once: true
"""

RETURN = r"""
findings:
  description: The warnings, one line each. A run with errors fails instead.
  returned: success
  type: list
  elements: str
  sample: ["W0102 kube_control_plane: 2 hosts tolerate the loss of 0, as 1 would. Fix: use 1 or 3."]
allowed:
  description: What is wrong but allowed by a C(kube_allow_*) variable, one line each.
  returned: success
  type: list
  elements: str
  sample: ["0407 kube_api_endpoint (group_vars/all/cluster.yml) is allowed by kube_allow_single_endpoint"]
"""
