# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mirror's two background processes: an image registry and a server of files."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.cache import MIRROR, write_file
from lab.errors import LabError
from lab.progress import say
from lab.repository import FILES

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Server:
    """A background process: its name and the port it is expected on unless another program has it."""

    name: str
    preferred_port: int

    @property
    def _state(self) -> Path:
        return MIRROR / f"{self.name}.json"

    @property
    def log(self) -> Path:
        """Return the file with what the process wrote."""
        return MIRROR / f"{self.name}.log"

    def port(self) -> int:
        """Return the port the server was last started on, or the preferred one."""
        return self._read().get("port", self.preferred_port)

    def alive(self) -> bool:
        """Tell whether our process runs and answers on its port."""
        state = self._read()
        return bool(state) and _is_ours(state["pid"], self.name) and _answers(state["port"])

    def ensure(self) -> int:
        """Start the process unless it is alive; return its port."""
        if self.alive():
            return self.port()
        self.stop()
        port = _free_port(self.port())
        MIRROR.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._command(port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, _MARK: self.name},
            )
        write_file(self._state, json.dumps({"pid": process.pid, "port": port}))
        _wait(process, port, self.log)
        say(f"Started the mirror's {self.name} server on port {port}")
        return port

    def stop(self) -> None:
        """End the process if it is ours, and wait until it is gone."""
        state = self._read()
        deadline = time.monotonic() + _STOP_SECONDS
        while state and _is_ours(state["pid"], self.name) and time.monotonic() < deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(state["pid"], signal.SIGTERM)
            time.sleep(0.1)

    def _read(self) -> dict[str, int]:
        try:
            state: dict[str, int] = json.loads(self._state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return state

    def _command(self, port: int) -> Sequence[str]:
        if self.name == "registry":
            configuration = MIRROR / "registry.yml"
            write_file(configuration, registry_configuration(MIRROR / "registry", port))
            return ["docker-registry", "serve", str(configuration)]
        FILES.mkdir(parents=True, exist_ok=True)
        options = ["--bind", "0.0.0.0", "--protocol", "HTTP/1.1", "--directory", str(FILES)]  # noqa: S104 - nodes reach it through their gateway
        return [sys.executable, "-m", "http.server", *options, str(port)]


# Set in the environment of our processes, so that a process number used again is not taken for ours.
_MARK = "QUORUM_LAB_SERVER"

REGISTRY = Server("registry", 5680)
FILE_SERVER = Server("files", 5681)


def registry_configuration(folder: Path, port: int) -> str:
    """Render the configuration of docker-registry; JSON is YAML."""
    return json.dumps(
        {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder)}, "cache": {"blobdescriptor": "inmemory"}},
            "http": {"addr": f"0.0.0.0:{port}", "secret": "the registry is read by nodes of this machine only"},
        }
    )


def _is_ours(pid: int, name: str) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{_MARK}={name}".encode() in environment.split(b"\0")


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


def _free_port(preferred: int) -> int:
    """Return the preferred port, or any free one where another program listens on it."""
    for port in (preferred, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("", port))
            return int(probe.getsockname()[1])
    raise LabError("no free port for the mirror")


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"a server of the mirror did not come up on port {port}", f"Read {log}")
        time.sleep(0.1)
