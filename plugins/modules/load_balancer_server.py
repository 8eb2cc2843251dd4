#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Module quorum.kubernetes.load_balancer_server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: load_balancer_server
short_description: Take an API server out of a running load balancer, and put it back
version_added: 0.1.0
author: quorum.kubernetes contributors (@quorum-kubernetes)
description:
  - Runs on a host with haproxy and speaks to its admin socket. Nothing is written or reloaded.
  - The last server that takes connections is left alone.
options:
  name:
    description: Name of the server in haproxy's configuration. Empty with O(state=ready) for all of them.
    type: str
    default: ''
  state:
    description:
      - V(drained), it gets no new connections, and after O(grace) those that are left are ended.
      - V(ready), its health checks decide again.
    type: str
    choices: [drained, ready]
    required: true
  backend:
    description: Name of the backend.
    type: str
    default: kube_api
  grace:
    description: Seconds in which connections may end by themselves.
    type: float
    default: 3
  timeout:
    description: Seconds to wait until the server is up again; V(0) does not wait.
    type: float
    default: 120
  socket:
    description: haproxy's admin socket.
    type: path
    default: /run/haproxy/admin.sock
attributes:
  check_mode:
    support: full
    description: Says whether the server would be taken out or put back.
  diff_mode:
    support: none
    description: There is nothing to show.
"""

EXAMPLES = r"""
- name: Send nobody to cp1 while it is upgraded
  quorum.kubernetes.load_balancer_server:
    name: cp1
    state: drained
  delegate_to: lb1
"""

RETURN = r"""
serves:
  description: Whether the server, or all of them, takes new connections afterwards.
  returned: success
  type: bool
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import haproxy
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish

Json = dict[str, Any]


def run(params: Json, check_mode: bool, server: haproxy.Server) -> Json:
    """Bring one server into the wanted state and return the module's result."""
    if check_mode:
        drained = bool(server.states()[0].admin & haproxy.DRAINED)
        changed = server.would_drain() if params["state"] == "drained" else drained
    elif params["state"] == "drained":
        changed = server.drain(params["grace"])
    else:
        changed = server.ready(params["timeout"])
    return {"changed": changed, "serves": server.states()[0].serves}


def run_all(params: Json, check_mode: bool, send: haproxy.Socket) -> Json:
    """Bring the server that is named, or all of them, into the wanted state."""
    names = [params["name"]] if params["name"] else haproxy.names(send, params["backend"])
    results = [run(params, check_mode, haproxy.Server(send, params["backend"], name)) for name in names]
    return {key: (any if key == "changed" else all)(result[key] for result in results) for key in ("changed", "serves")}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "default": ""},
            "state": {"type": "str", "choices": ["drained", "ready"], "required": True},
            "backend": {"type": "str", "default": "kube_api"},
            "grace": {"type": "float", "default": 3},
            "timeout": {"type": "float", "default": 120},
            "socket": {"type": "path", "default": "/run/haproxy/admin.sock"},
        },
        required_if=[("state", "drained", ["name"])],
        supports_check_mode=True,
    )
    finish(module, lambda: run_all(module.params, module.check_mode, haproxy.ask(module.params["socket"])))


if __name__ == "__main__":
    main()
