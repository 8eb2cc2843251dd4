"""The line at the bottom of a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from ansible_collections.quorum.kubernetes.plugins.plugin_utils.status_line import CLEAR, StatusLine


class Terminal:
    """Stands in for a terminal: what is written to it can be read from a pipe."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._writer

    def read(self) -> str:
        try:
            return os.read(self._reader, 65536).decode()
        except BlockingIOError:
            return ""

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    stand_in = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")
    yield stand_in
    stand_in.close()


def test_it_fits_into_one_line(terminal: Terminal) -> None:
    StatusLine(lambda: "x" * 100, stream=terminal).resume()
    assert terminal.read() == f"{CLEAR}{'x' * 19}\r"


def test_it_goes_away_while_others_print(terminal: Terminal) -> None:
    line = StatusLine(lambda: "now", stream=terminal)
    line.pause()
    line.pause()
    assert terminal.read() == CLEAR
    line.resume()
    assert terminal.read() == f"{CLEAR}now\r"


def test_nothing_is_drawn_after_the_end(terminal: Terminal) -> None:
    line = StatusLine(lambda: "now", interval=0.01, stream=terminal)
    line.start()
    line.stop()
    terminal.read()
    line.resume()
    assert terminal.read() == ""


def test_a_dumb_terminal_gets_no_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert not StatusLine(lambda: "now", stream=terminal).enabled
