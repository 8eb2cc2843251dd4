# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sampler sees short processes and their final arguments, and writes each vector once."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.tools.argv_sampler import PID_FILE, SAMPLES, YOUNG, Sampler, read_samples, start, stop
from tests.tools.waiting import wait_until


def _process(proc: Path, pid: int, *vector: str) -> None:
    folder = proc / str(pid)
    folder.mkdir(exist_ok=True)
    (folder / "cmdline").write_bytes(b"".join(part.encode() + b"\0" for part in vector))


def test_arguments_after_exec_are_seen_and_each_vector_once(tmp_path: Path) -> None:
    output = io.StringIO()
    sampler = Sampler(output, tmp_path)
    (tmp_path / "self").mkdir()
    _process(tmp_path, 10, "sh", "-c", "kubeadm init")
    sampler.look(0.0)
    _process(tmp_path, 10, "kubeadm", "init")
    sampler.look(0.1)
    sampler.look(0.2)
    assert [json.loads(line) for line in output.getvalue().splitlines()] == [
        ["sh", "-c", "kubeadm init"],
        ["kubeadm", "init"],
    ]


def test_old_process_is_not_read_again(tmp_path: Path) -> None:
    output = io.StringIO()
    sampler = Sampler(output, tmp_path)
    _process(tmp_path, 10, "sleep", "100")
    sampler.look(0.0)
    _process(tmp_path, 10, "something", "else")
    sampler.look(YOUNG + 0.1)
    assert json.loads(output.getvalue()) == ["sleep", "100"]


def test_kernel_threads_and_ended_processes_are_passed_over(tmp_path: Path) -> None:
    output = io.StringIO()
    _process(tmp_path, 2)
    (tmp_path / "3").mkdir()
    Sampler(output, tmp_path).look(0.0)
    assert output.getvalue() == ""


def test_started_sampler_writes_from_any_folder_until_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    start(tmp_path)
    try:
        wait_until(
            lambda: "" if (tmp_path / SAMPLES).is_file() and read_samples(tmp_path / SAMPLES) else "no samples yet",
            timeout=30,
            what="the sampler",
            interval=0.1,
        )
    finally:
        pid = int((tmp_path / PID_FILE).read_text(encoding="utf-8"))
        stop(tmp_path)
    wait_until(lambda: "it runs" if Path(f"/proc/{pid}/fd/0").exists() else "", timeout=30, what="its end")
