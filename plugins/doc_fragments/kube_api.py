# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of the modules that speak to the cluster's API."""

from __future__ import annotations


class ModuleDocFragment:
    """How to reach the API, and which pods may be evicted."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description: The administrator's kubeconfig on the host.
    type: path
    default: /etc/kubernetes/admin.conf
"""

    EVICTION = r"""
options:
  empty_dir:
    description: Evict pods although the data in their emptyDir volumes is lost.
    type: bool
    default: true
  unmanaged:
    description: Evict pods although no controller brings them back.
    type: bool
    default: false
"""
