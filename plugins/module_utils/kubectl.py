# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The Kubernetes API through kubectl, which every control plane has.

Reading, server-side apply and deleting repeat safely, so they are tried again while the connection fails: an API server
behind a load balancer may be going down in the very moment it is asked.
"""

from __future__ import annotations

import builtins
import json
import time
from collections.abc import Sequence
from typing import Any, Callable

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result, Runner

Json = dict[str, Any]

ADMIN_KUBECONFIG = "/etc/kubernetes/admin.conf"
FIELD_MANAGER = "quorum.kubernetes"

# What kubectl and the API server say when nobody, or a dying server, is at the other end.
CONNECTION_ERRORS = (
    "connection refused",
    "connection reset",
    "unexpected eof",
    ": eof",
    "i/o timeout",
    "tls handshake timeout",
    "no route to host",
    "network is unreachable",
    "unable to connect to the server",
    "the connection to the server",
    "client connection lost",
    "connection lost",
    "http2: server sent goaway",
    "server closed idle connection",
    "context deadline exceeded",
    "client.timeout exceeded",
    "net/http: request canceled",
    "apiserver not ready",
    "the server is currently unable to handle the request",
    "apiserver is shutting down",
    "etcdserver: leader changed",
    "etcdserver: request timed out",
    "etcdserver: no leader",
    "too many requests",
    "did not answer within",
    # The administrator may do everything, but an API server that has just started does not know its roles yet.
    'is forbidden: user "kubernetes-admin" cannot',
)


def is_connection_error(result: Result) -> bool:
    """Whether a failed kubectl call never reached a working API server, so that asking again makes sense."""
    if result.ok:
        return False
    text = result.stderr.lower()
    return any(mark in text for mark in CONNECTION_ERRORS)


def is_not_found(result: Result) -> bool:
    """Whether the API answered that the object does not exist."""
    return not result.ok and "(notfound)" in result.stderr.lower()


class Kubectl:
    """kubectl with one kubeconfig; `server` (https://host:port) overrides the one in it.

    `request_timeout` bounds one request and `retry_seconds` the time spent on asking again after connection errors.
    """

    def __init__(
        self,
        runner: Runner,
        kubeconfig: str = ADMIN_KUBECONFIG,
        server: str | None = None,
        request_timeout: int = 10,
        retry_seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._runner = runner
        self._prefix = ["kubectl", "--kubeconfig", kubeconfig, f"--request-timeout={request_timeout}s"]
        if server:
            self._prefix += ["--server", server]
        self._process_timeout = request_timeout * 6.0
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._sleep = sleep

    def run(self, arguments: Sequence[str], stdin: str | None = None) -> Result:
        """Run kubectl once more and again while the connection fails; for calls that repeat safely."""
        deadline = self._clock() + self._retry_seconds
        pause = 0.5
        while True:
            result = self.run_once(arguments, stdin)
            if not is_connection_error(result) or self._clock() + pause > deadline:
                return result
            self._sleep(pause)
            pause = min(pause * 2, 4.0)

    def run_once(self, arguments: Sequence[str], stdin: str | None = None) -> Result:
        """Run kubectl exactly once, for calls that must not be repeated."""
        return self._runner.run(self._prefix + list(arguments), stdin=stdin, timeout=self._process_timeout)

    def checked(self, arguments: Sequence[str], stdin: str | None = None) -> Result:
        """As run, but raise QuorumError with kubectl's reason unless it succeeds."""
        result = self.run(arguments, stdin)
        if not result.ok:
            raise kubectl_error(arguments, result)
        return result

    def get(self, resource: str, name: str, namespace: str = "") -> Json | None:
        """One object, or None when the API says that it does not exist."""
        arguments = ["get", resource, name, "-o", "json", *_namespace(namespace)]
        result = self.run(arguments)
        if is_not_found(result):
            return None
        if not result.ok:
            raise kubectl_error(arguments, result)
        return _parse(result.stdout)

    def list(self, resource: str, namespace: str = "", selector: str = "") -> builtins.list[Json]:
        """All objects of a kind, narrowed by namespace and label selector."""
        arguments = ["get", resource, "-o", "json", *_namespace(namespace)]
        if selector:
            arguments += ["-l", selector]
        items = _parse(self.checked(arguments).stdout).get("items", [])
        return [item for item in items if isinstance(item, dict)]

    def get_each(self, resource: str, names: Sequence[str], namespace: str = "") -> dict[str, Json]:
        """Those of at least two objects that exist, by name, asked in one call."""
        arguments = ["get", resource, *names, "-o", "json", "--ignore-not-found", *_namespace(namespace)]
        text = self.checked(arguments).stdout
        items = _parse(text).get("items", []) if text.strip() else []
        return {item["metadata"]["name"]: item for item in items}

    def raw(self, path: str) -> Result:
        """GET a path of the API server, such as /readyz; asked once, the caller decides about waiting."""
        return self.run_once(["get", "--raw", path])

    def yaml_to_json(self, texts: Sequence[str]) -> builtins.list[Json]:
        """YAML documents as data, read by kubectl itself: hosts need no YAML library. No API server is asked."""
        if not texts:
            return []
        arguments = ["patch", "--local", "-f", "-", "--type=merge", "-p", "{}", "-o", "json"]
        stdin = "\n---\n".join(texts)
        found = _parse_each(self.checked(arguments, stdin=stdin).stdout)
        if len(found) != len(texts):
            raise QuorumError("E2013", f"kubectl found {len(found)} YAML documents instead of {len(texts)}")
        return found

    def patch(self, resource: str, name: str, patch: Json, namespace: str = "", kind: str = "strategic") -> None:
        """Patch an object; `kind` is strategic, merge or json. The patch goes by standard input, not argv."""
        arguments = ["patch", resource, name, f"--type={kind}", f"--field-manager={FIELD_MANAGER}"]
        self.checked([*arguments, "--patch-file=/dev/stdin", *_namespace(namespace)], stdin=json.dumps(patch))

    def delete(self, resource: str, names: Sequence[str], namespace: str = "") -> None:
        """Delete objects by name without waiting for finalizers; objects that are gone already are no error."""
        if names:
            self.checked(["delete", resource, *names, "--ignore-not-found", "--wait=false", *_namespace(namespace)])


def kubectl_error(arguments: Sequence[str], result: Result) -> QuorumError:
    """The error of a failed kubectl call, with a fix that fits its cause."""
    what = " ".join(word for word in arguments[:3] if not word.startswith("-"))
    if is_connection_error(result):
        return QuorumError(
            "E2011",
            f"the API server does not answer kubectl {what}: {result.reason()}",
            "look at the kube-apiserver container on this host (crictl ps -a) and run again",
        )
    return QuorumError("E2012", f"kubectl {what} failed: {result.reason()}")


def _namespace(namespace: str) -> list[str]:
    return ["-n", namespace] if namespace else []


def _parse(text: str) -> Json:
    found = _parse_each(text)
    if len(found) != 1:
        raise QuorumError("E2013", f"kubectl's answer is {len(found)} JSON objects")
    return found[0]


def _parse_each(text: str) -> list[Json]:
    """JSON objects one after another, as kubectl prints several documents."""
    decoder, found, rest = json.JSONDecoder(), [], text.strip()
    while rest:
        try:
            parsed, end = decoder.raw_decode(rest)
        except ValueError as error:
            raise QuorumError("E2013", f"kubectl's answer is not JSON: {error}") from error
        if not isinstance(parsed, dict):
            raise QuorumError("E2013", "kubectl's answer is not a JSON object")
        found.append(parsed)
        rest = rest[end:].lstrip()
    return found
