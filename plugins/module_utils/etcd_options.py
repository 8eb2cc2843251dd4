# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that all etcd modules share (documented in the doc fragment etcd), and what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import PKI, Credentials, HttpGateway
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import ControlPlane

LOCAL_ENDPOINT = "https://127.0.0.1:2379"


def endpoints_option() -> dict[str, dict[str, Any]]:
    """Return the part of the argument specification that says where etcd is."""
    return {"endpoints": {"type": "list", "elements": "str", "default": [LOCAL_ENDPOINT]}}


def connection_options() -> dict[str, dict[str, Any]]:
    """Return the part of the argument specification that says how to speak with etcd."""
    return {
        "ca_cert": {"type": "path", "default": PKI + "/ca.crt"},
        "client_cert": {"type": "path", "default": PKI + "/healthcheck-client.crt"},
        "client_key": {"type": "path", "default": PKI + "/healthcheck-client.key", "no_log": False},
        "request_timeout": {"type": "float", "default": 5},
        "control_planes": {
            "type": "list",
            "elements": "dict",
            "options": {"name": {"type": "str", "required": True}, "healthy": {"type": "bool", "required": True}},
        },
    }


def gateway_of(params: Mapping[str, Any]) -> HttpGateway:
    """Return the gateway that the options describe."""
    credentials = Credentials(params["ca_cert"], params["client_cert"], params["client_key"])
    return HttpGateway(credentials, params["request_timeout"])


def control_planes_of(params: Mapping[str, Any]) -> list[ControlPlane] | None:
    """Return the control planes for the quorum rule, None if they were not given."""
    given = params["control_planes"]
    return None if given is None else [ControlPlane(host["name"], host["healthy"]) for host in given]
