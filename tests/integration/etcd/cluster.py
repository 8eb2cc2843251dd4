# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real etcd members with TLS on loopback ports, for tests: nothing outlives the ``with`` block."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_client import Credentials, HttpGateway, look
from ansible_collections.quorum.kubernetes.plugins.module_utils.etcd_state import ClusterView, disagreements
from ansible_collections.quorum.kubernetes.plugins.module_utils.waiter import wait_until

# The addresses certificates are made for; a member stays on its own port when it is started again.
SAN = "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n"


def openssl(*arguments: str | Path, stdin: str | None = None) -> None:
    """Run openssl and fail with what it says."""
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def make_pki(directory: Path) -> Credentials:
    """A CA and one certificate for every purpose."""
    ca, ca_key, cert, key = (directory / name for name in ("ca.crt", "ca.key", "etcd.crt", "etcd.key"))
    openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
        *("-subj", "/CN=etcd-ca", "-keyout", ca_key, "-out", ca),
    )
    request, extensions = directory / "etcd.csr", directory / "extensions"
    extensions.write_text(SAN)
    openssl(
        *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=etcd"),
        *("-keyout", key, "-out", request),
    )
    openssl(
        *("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2"),
        *("-extfile", extensions, "-out", cert),
    )
    return Credentials(str(ca), str(cert), str(key))


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Node:
    """One member: its ports and its process, if it runs."""

    name: str
    directory: Path
    client_port: int = field(default_factory=free_port)
    peer_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def client_url(self) -> str:
        return f"https://127.0.0.1:{self.client_port}"

    @property
    def peer_url(self) -> str:
        return f"https://127.0.0.1:{self.peer_port}"


class RealEtcd:
    """A cluster of real members. ``binaries`` holds etcd and etcdutl."""

    def __init__(self, binaries: Path, directory: Path) -> None:
        self.binaries, self.directory = binaries, directory
        self.credentials = make_pki(directory)
        self.gateway = HttpGateway(self.credentials, timeout=2.0)
        self.nodes: dict[str, Node] = {}

    def __enter__(self) -> RealEtcd:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for node in self.nodes.values():
            self.kill(node.name)

    def new(self, name: str) -> Node:
        """A member that does not run yet."""
        self.nodes[name] = Node(name, self.directory / name)
        return self.nodes[name]

    def start(self, name: str, *initial: str, state: str = "existing", **extra: str) -> None:
        """Start a member. ``initial`` are the names in its initial cluster, ``extra`` further options."""
        node, tls = self.nodes[name], self.credentials
        options = {
            "name": name,
            "data-dir": str(node.directory),
            "listen-client-urls": node.client_url,
            "advertise-client-urls": node.client_url,
            "listen-peer-urls": node.peer_url,
            "initial-advertise-peer-urls": node.peer_url,
            "initial-cluster": ",".join(f"{n}={self.nodes[n].peer_url}" for n in initial or (name,)),
            "initial-cluster-state": state,
            **{f"{side}{kind}": path for side in ("", "peer-") for kind, path in _tls_options(tls)},
            "client-cert-auth": "true",
            "peer-client-cert-auth": "true",
            "heartbeat-interval": "50",
            "election-timeout": "500",
            "logger": "zap",
            **{key.replace("_", "-"): value for key, value in extra.items()},
        }
        with (self.directory / f"{name}.log").open("ab") as log:
            node.process = subprocess.Popen(
                [self.binaries / "etcd", *(f"--{key}={value}" for key, value in options.items())],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "GOMAXPROCS": "1"},
            )

    def form(self, *names: str, **extra: str) -> None:
        """Start a new cluster of these members and wait until they agree."""
        for name in names:
            self.new(name)
        for name in names:
            self.start(name, *names, state="new", **extra)
        self.settle()

    def kill(self, name: str) -> None:
        """Kill a member as a power cut would."""
        node = self.nodes[name]
        if node.process is not None:
            node.process.send_signal(signal.SIGKILL)
            node.process.wait(10)
            node.process = None

    @property
    def endpoints(self) -> list[str]:
        """The client URLs of those that run."""
        return [node.client_url for node in self.nodes.values() if node.process is not None]

    def look(self) -> ClusterView:
        """What all members say."""
        return look(self.gateway, self.endpoints)

    def settle(self, timeout: float = 20) -> ClusterView:
        """Wait until all members are healthy and agree."""
        return wait_until(self.look, disagreements, timeout, "E2305", interval=0.1)

    def leader(self) -> str:
        """The leader's name; waits for one."""

        def missing(view: ClusterView) -> list[str]:
            return [] if view.leader is not None and view.leader.view is not None else ["no leader"]

        leader = wait_until(self.look, missing, 15, "E2305", interval=0.1).leader
        if leader is None:
            raise QuorumError("E2305", "there is no leader")
        return leader.listed.name


def _tls_options(tls: Credentials) -> list[tuple[str, str]]:
    return [("cert-file", tls.cert), ("key-file", tls.key), ("trusted-ca-file", tls.ca)]
