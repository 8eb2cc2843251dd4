# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that all etcd modules share (documented in the doc fragment etcd), and what is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_client, host_files
from ansible_collections.quorum.kubernetes.plugins.module_utils.quorum import ControlPlane

LOCAL_ENDPOINT = "https://127.0.0.1:2379"


def endpoints_option() -> dict[str, dict[str, Any]]:
    """Return the part of the argument specification that says where etcd is."""
    return {"endpoints": {"type": "list", "elements": "str", "default": [LOCAL_ENDPOINT]}}


def connection_options() -> dict[str, dict[str, Any]]:
    """Return the part of the argument specification that says how to speak with etcd."""
    return {
        "ca_cert": {"type": "path", "default": etcd_client.PKI + "/ca.crt"},
        "client_cert": {"type": "path", "default": etcd_client.PKI + "/healthcheck-client.crt"},
        "client_key": {"type": "path", "default": etcd_client.PKI + "/healthcheck-client.key", "no_log": False},
        "request_timeout": {"type": "float", "default": 5},
        "control_planes": {
            "type": "list",
            "elements": "dict",
            "options": {"name": {"type": "str", "required": True}, "healthy": {"type": "bool", "required": True}},
        },
    }


def gateway_of(params: Mapping[str, Any]) -> etcd_client.HttpGateway:
    """Return the gateway that the options describe."""
    credentials = etcd_client.Credentials(params["ca_cert"], params["client_cert"], params["client_key"])
    return etcd_client.HttpGateway(credentials, params["request_timeout"])


def connection_of(params: Mapping[str, Any]) -> tuple[list[str], etcd_client.HttpGateway]:
    """Endpoints and gateway: the API server's if its manifest is there, else those of the options."""
    manifest = host_files.read(params["api_server_manifest"]).content if params["api_server_manifest"] else None
    found = etcd_client.api_server_connection(manifest or "")
    if found is None:
        return params["endpoints"], gateway_of(params)
    return found[0], etcd_client.HttpGateway(found[1], params["request_timeout"])


def control_planes_of(params: Mapping[str, Any]) -> list[ControlPlane] | None:
    """Return the control planes for the quorum rule, None if they were not given."""
    given = params["control_planes"]
    return None if given is None else [ControlPlane(host["name"], host["healthy"]) for host in given]
