# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd through its JSON gateway (POST /v3/...) over TLS with a client certificate: no etcdctl has to be on the host.

Every call opens its own connection, is bounded by a timeout in seconds, and ends in an answer or in a QuorumError.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import (
    ClusterView,
    Listed,
    Member,
    OwnView,
    decimal_id,
    merge,
    parse_members,
    parse_view,
)

PKI = "/etc/kubernetes/pki/etcd"

MEMBER_LIST = "/v3/cluster/member/list"
MEMBER_ADD = "/v3/cluster/member/add"
MEMBER_PROMOTE = "/v3/cluster/member/promote"
MEMBER_REMOVE = "/v3/cluster/member/remove"
STATUS = "/v3/maintenance/status"
MOVE_LEADER = "/v3/maintenance/transfer-leadership"
SNAPSHOT = "/v3/maintenance/snapshot"
RANGE = "/v3/kv/range"

# The gateway writes one message of a stream on a line; etcd sends a snapshot in pieces of 32 KiB, base64 coded.
MAX_LINE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Credentials:
    """Paths of PEM files; the defaults are those that kubeadm makes for stacked etcd."""

    ca: str = PKI + "/ca.crt"
    cert: str = PKI + "/healthcheck-client.crt"
    key: str = PKI + "/healthcheck-client.key"


# A flag in the manifest of a static pod; the stock manifests write one flag on a line.
_ETCD_FLAG = re.compile(r"^\s*-\s*[\"']?--(etcd-[a-z]+)=(.*?)[\"']?\s*$", re.MULTILINE)


def api_server_connection(manifest: str) -> tuple[list[str], Credentials] | None:
    """How the API server of this manifest (kube-apiserver.yaml) reaches etcd, stacked or external; None if unsaid."""
    flags = dict(_ETCD_FLAG.findall(manifest))
    files = [flags.get(name, "") for name in ("etcd-cafile", "etcd-certfile", "etcd-keyfile")]
    endpoints = [url for url in flags.get("etcd-servers", "").split(",") if url]
    return (endpoints, Credentials(*files)) if endpoints and all(files) else None


class Gateway(Protocol):
    """Calls a member. Tests replace it."""

    def call(self, endpoint: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST ``body`` as JSON to ``path`` of the member at the URL ``endpoint`` and return its answer."""


class HttpGateway:
    """The real one. ``timeout`` bounds connecting and each read, in seconds."""

    def __init__(self, credentials: Credentials, timeout: float = 5.0) -> None:
        self.timeout = timeout
        self.credentials = credentials
        self._context: ssl.SSLContext | None = None

    def call(self, endpoint: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to one request; see Gateway."""
        connection = self._connect(endpoint)
        try:
            response = self._request(connection, endpoint, path, body)
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise unreachable(endpoint, error) from error
        finally:
            connection.close()
        if not isinstance(answer, dict):
            raise unreachable(endpoint, "the answer is no JSON object")
        return answer

    def snapshot(self, endpoint: str) -> Iterator[bytes]:
        """Yield the pieces of a snapshot of the member: its database, then the SHA-256 digest of it (32 bytes)."""
        connection = self._connect(endpoint)
        try:
            response = self._request(connection, endpoint, SNAPSHOT, {})
            while True:
                line = response.readline(MAX_LINE)
                if not line:
                    return
                yield decode_piece(line, endpoint)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise unreachable(endpoint, error) from error
        finally:
            connection.close()

    def _connect(self, endpoint: str) -> http.client.HTTPSConnection:
        host, port = split_endpoint(endpoint)
        # Read at the first call, since a host that is still to be set up has no certificate yet.
        self._context = self._context or client_context(self.credentials)
        return http.client.HTTPSConnection(host, port, timeout=self.timeout, context=self._context)

    def _request(
        self, connection: http.client.HTTPSConnection, endpoint: str, path: str, body: Mapping[str, Any]
    ) -> http.client.HTTPResponse:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise QuorumError("E2302", f"etcd at {endpoint} refused {path}: {refusal(response.read())}")
        return response


def client_context(credentials: Credentials) -> ssl.SSLContext:
    """TLS with a client certificate, verifying the server's."""
    try:
        context = ssl.create_default_context(cafile=credentials.ca)
        context.load_cert_chain(credentials.cert, credentials.key)
    except OSError as error:
        raise QuorumError(
            "E2303",
            f"the client certificate for etcd cannot be used ({credentials.cert}, {credentials.ca}): {error}",
            "Name the PEM files of a client certificate that etcd's CA signed.",
        ) from error
    return context


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Return host and port of a URL such as https://10.0.0.1:2379 (2379 if it names no port)."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port or 2379
    except ValueError:
        parts, host, port = urlsplit(""), None, 0
    if parts.scheme != "https" or not host:
        raise QuorumError("E2304", f"{endpoint!r} is no etcd endpoint", "Write https://ADDRESS:2379.")
    return host, port


def unreachable(endpoint: str, reason: object) -> QuorumError:
    """The error for a member that does not answer."""
    said = str(reason) or type(reason).__name__
    return QuorumError("E2301", f"etcd at {endpoint} does not answer: {said}", "Look at the member's log.")


def refusal(body: bytes) -> str:
    """The gateway's own words for why it refused, from its JSON error or as they are."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body.decode(errors="replace").strip() or "no reason given"
    if isinstance(answer, dict):
        error = answer.get("error")
        answer = error if isinstance(error, dict) else answer
        return str(answer.get("message") or error or answer)
    return str(answer)


def decode_piece(line: bytes, endpoint: str) -> bytes:
    """Return the bytes in one line of a snapshot's stream."""
    message = json.loads(line)
    if "error" in message:
        raise QuorumError("E2302", f"etcd at {endpoint} broke off the snapshot: {refusal(line)}")
    return base64.b64decode(message.get("result", {}).get("blob", ""), validate=True)


def read_members(gateway: Gateway, endpoint: str) -> tuple[Listed, ...]:
    """The member list as this member has it, whether or not there is a quorum."""
    return parse_members(gateway.call(endpoint, MEMBER_LIST, {"linearizable": False}))


def read_view(gateway: Gateway, endpoint: str) -> OwnView:
    """The member's own view. It is complete even without a quorum; then ``read_error`` says so.

    A learner answers for its status alone and refuses everything else.
    """
    status = gateway.call(endpoint, STATUS, {})
    if status.get("isLearner"):
        return parse_view(status, None, "")
    members, read_error = read_members(gateway, endpoint), ""
    try:
        # Linearizable by default: the member has to hear from the leader, and the leader from a majority.
        gateway.call(endpoint, RANGE, {"key": _coded("health"), "count_only": True})
    except QuorumError as error:
        read_error = error.seen
    return parse_view(status, members, read_error)


def look(gateway: Gateway, endpoints: Sequence[str]) -> ClusterView:
    """Ask any of ``endpoints`` who the members are, then all members at once for their own view.

    Never raises for members that are silent: they are in the result with the reason.
    """
    listed: tuple[Listed, ...] = ()
    silence = "no etcd endpoint was given"
    for endpoint in endpoints:
        try:
            listed = read_members(gateway, endpoint)
            break
        except QuorumError as error:
            silence = error.seen
    if not listed:
        return ClusterView((), silence)
    asked = [member for member in listed if member.client_urls]
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        answers = list(pool.map(lambda member: _ask(gateway, member), asked))
    return merge(listed, {member.member_id: answer for member, answer in zip(asked, answers)})


def _ask(gateway: Gateway, member: Listed) -> OwnView | str:
    """Return a member's own view by the first of its client URLs that works, or why none does."""
    silence = ""
    for url in member.client_urls:
        try:
            return read_view(gateway, url)
        except QuorumError as error:
            silence = error.seen
    return silence


def local_member(gateway: Gateway, endpoint: str) -> Member:
    """The member at this URL, by its own view alone. Raises QuorumError if it does not answer, or is a learner."""
    view = read_view(gateway, endpoint)
    listed = [one for one in view.members or () if one.member_id == view.member_id]
    if not listed:
        raise QuorumError("E2340", f"the member of etcd at {endpoint} is a learner, which has not all data yet")
    return merge(listed, {view.member_id: view}).members[0]


def describe(endpoints: Sequence[str], credentials: Credentials, timeout: float = 3.0) -> dict[str, Any]:
    """Return the cluster as a dictionary (see ClusterView.as_dict) and never raise: for gathering facts of a host."""
    try:
        return look(HttpGateway(credentials, timeout), endpoints).as_dict()
    except QuorumError as error:
        return ClusterView((), error.seen).as_dict()


def kubernetes_nodes(gateway: Gateway, endpoint: str, prefix: str = "/registry") -> list[str]:
    """The names of the Node objects that etcd holds, from the keys alone."""
    first = f"{prefix}/minions/"
    body = {"key": _coded(first), "range_end": _coded(first[:-1] + "0"), "keys_only": True}
    keys = [base64.b64decode(entry["key"]).decode() for entry in gateway.call(endpoint, RANGE, body).get("kvs", ())]
    return sorted(key[len(first) :] for key in keys)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def add_learner(gateway: Gateway, endpoint: str, peer_urls: Sequence[str]) -> Listed:
    """Add a member that learns and does not vote; return its entry."""
    answer = gateway.call(endpoint, MEMBER_ADD, {"peerURLs": list(peer_urls), "isLearner": True})
    return parse_members({"members": [answer.get("member", {})]})[0]


def promote(gateway: Gateway, endpoint: str, member_id: str) -> None:
    """Let a learner vote. etcd itself refuses while the learner is not in step."""
    gateway.call(endpoint, MEMBER_PROMOTE, {"ID": decimal_id(member_id)})


def remove(gateway: Gateway, endpoint: str, member_id: str) -> None:
    """Remove a member."""
    gateway.call(endpoint, MEMBER_REMOVE, {"ID": decimal_id(member_id)})


def move_leader(gateway: Gateway, leader_endpoint: str, member_id: str) -> None:
    """Hand leadership over; only the leader itself accepts this."""
    gateway.call(leader_endpoint, MOVE_LEADER, {"targetID": decimal_id(member_id)})
