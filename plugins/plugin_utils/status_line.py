# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One line at the bottom of a terminal that tells, every second, what goes on."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from typing import Protocol

CLEAR = "\r\x1b[K"


class Terminal(Protocol):
    """What is asked of a stream."""

    def isatty(self) -> bool:
        """Return whether a person looks at it."""

    def fileno(self) -> int:
        """Return its file descriptor."""


class StatusLine:
    """Redraws the line that `text` returns; does nothing where there is no terminal.

    The line is written to the file descriptor: Ansible forks its workers while the thread runs, and a child must not
    inherit the lock of a buffered stream that the thread held.
    """

    def __init__(self, text: Callable[[], str], interval: float = 1.0, stream: Terminal | None = None) -> None:
        self._text = text
        self._stream: Terminal = stream or sys.stdout
        self._interval = interval
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._paused = False
        self.enabled = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def start(self) -> None:
        """Begin to redraw, once."""
        if self.enabled and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="status-line", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Remove the line for good."""
        self._wake.set()
        self.pause()
        self.enabled = False

    def pause(self) -> None:
        """Remove the line so that others can print, until `resume`."""
        with self._lock:
            if self.enabled and not self._paused:
                self._write(CLEAR)
            self._paused = True

    def resume(self) -> None:
        """Show the line again."""
        with self._lock:
            self._paused = False
        self._draw()

    def _run(self) -> None:
        while not self._wake.wait(self._interval):
            self._draw()

    def _draw(self) -> None:
        with self._lock:
            if self.enabled and not self._paused and not self._wake.is_set():
                width = shutil.get_terminal_size().columns - 1
                self._write(f"{CLEAR}{self._text()[:width]}\r")  # what others print begins at the left

    def _write(self, text: str) -> None:
        try:
            os.write(self._stream.fileno(), text.encode("utf-8", errors="replace"))
        except (OSError, ValueError):
            return  # the terminal went away; the run goes on without its status line
