# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small client of the Kubernetes API that speaks with the certificate of a kubeconfig, as kubectl would."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.tools.waiting import PATIENCE

REQUEST_TIMEOUT = 10.0 * PATIENCE  # seconds for one request
TRANSIENT = frozenset({429, 500, 502, 503, 504})  # what an API server says while it starts or stops


class ApiError(OSError):
    """The API answered with an error, or not at all. `status` is 0 where there was no answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class KubeConfig:
    """What a kubeconfig with one cluster and an embedded client certificate says."""

    server: str
    ca: bytes
    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)

    @property
    def endpoint(self) -> tuple[str, int]:
        """Host and port of the API server's URL."""
        url = urlsplit(self.server)
        return str(url.hostname), int(url.port or 443)

    def trust(self) -> ssl.SSLContext:
        """A TLS context that trusts this cluster's CA alone and shows no client certificate."""
        return ssl.create_default_context(cadata=self.ca.decode())

    def login(self) -> ssl.SSLContext:
        """The same context with the administrator's client certificate."""
        context = self.trust()
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # ssl reads certificates from files only; 0600
            file.write(self.certificate + b"\n" + self.key)
            file.flush()
            context.load_cert_chain(file.name)
        return context


def read_kubeconfig(path: Path) -> KubeConfig:
    """Read the current context of a kubeconfig as kubeadm writes it."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    context = _named(document["contexts"], document["current-context"])["context"]
    cluster = _named(document["clusters"], context["cluster"])["cluster"]
    user = _named(document["users"], context["user"])["user"]
    return KubeConfig(
        server=cluster["server"],
        ca=base64.b64decode(cluster["certificate-authority-data"]),
        certificate=base64.b64decode(user["client-certificate-data"]),
        key=base64.b64decode(user["client-key-data"]),
    )


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


class KubeApi:
    """Requests to the API. Each opens a connection of its own, so that a dead server is never asked twice."""

    def __init__(self, config: KubeConfig) -> None:
        self._config = config
        self._context = config.login()

    def request(
        self, method: str, path: str, body: Any = None, *, content: str = "application/json", retry_for: float = 30
    ) -> Any:
        """The decoded answer. Answers of a server that starts or stops are tried again for `retry_for` seconds.

        ApiError carries the last answer. Only idempotent requests should be made with `retry_for` above 0.
        """
        deadline = time.monotonic() + retry_for * PATIENCE
        while True:
            try:
                return self._once(method, path, body, content)
            except ApiError as error:
                if error.status not in TRANSIENT | {0} or time.monotonic() > deadline:
                    raise
            time.sleep(0.3)

    def get(self, path: str, *, retry_for: float = 30) -> Any:
        """GET, decoded."""
        return self.request("GET", path, retry_for=retry_for)

    def items(self, path: str, *, retry_for: float = 30) -> list[dict[str, Any]]:
        """The items of a list."""
        found: list[dict[str, Any]] = self.get(path, retry_for=retry_for)["items"]
        return found

    def apply(self, path: str, document: dict[str, Any]) -> Any:
        """Server-side apply of one object at its own path."""
        where = f"{path}?fieldManager=quorum-checks&force=true"
        return self.request("PATCH", where, document, content="application/apply-patch+yaml")

    def delete(self, path: str) -> None:
        """Delete; an object that is not there is fine."""
        try:
            self.request("DELETE", path)
        except ApiError as error:
            if error.status != http.client.NOT_FOUND:
                raise

    def _once(self, method: str, path: str, body: Any, content: str) -> Any:
        host, port = self._config.endpoint
        connection = http.client.HTTPSConnection(host, port, context=self._context, timeout=REQUEST_TIMEOUT)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"Content-Type": content, "Accept": "application/json, */*"})
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise ApiError(0, f"{method} {path}: {type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise ApiError(response.status, f"{method} {path}: {response.status}: {text[:300]}")
        return json.loads(text) if text.startswith(("{", "[")) else text


def node_ready(node: dict[str, Any]) -> bool:
    """Whether a Node object says Ready."""
    conditions = node.get("status", {}).get("conditions", [])
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def nodes_missing(nodes: list[dict[str, Any]], wanted: list[str]) -> str:
    """Which of the wanted nodes are not there or not Ready, in words; "" if none."""
    ready = {node["metadata"]["name"] for node in nodes if node_ready(node)}
    known = {node["metadata"]["name"] for node in nodes}
    absent = [
        f"{name} {'is not Ready' if name in known else 'has no Node object'}" for name in wanted if name not in ready
    ]
    return ", ".join(absent)
