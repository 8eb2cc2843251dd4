# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running a playbook under control: the recap is read, and nothing of a killed run survives."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.tools.playbook import PlaybookRun, changed_tasks, descendants, parse_changes, parse_codes, parse_recap

RECAP = """
PLAY RECAP *********************************************************************
\x1b[0;33mcp1\x1b[0m      : \x1b[0;32mok=31  \x1b[0m \x1b[0;33mchanged=2   \x1b[0m unreachable=0    failed=0 skipped=3
w1       : ok=12   changed=0    unreachable=1    failed=0    skipped=0
"""


def test_recap_is_read_without_its_colours() -> None:
    recap = parse_recap("TASK [x] ok=9\n" + RECAP)
    assert recap["cp1"] == {"ok": 31, "changed": 2, "unreachable": 0, "failed": 0, "skipped": 3}
    assert recap["w1"]["unreachable"] == 1


def test_tasks_that_changed_something_are_named_with_their_result() -> None:
    text = 'TASK [a : Look] ****\nok: [cp1] => {\n}\nTASK [a : Write] ****\nchanged: [cp1] => {\n    "moved": "x"\n}\n'
    assert changed_tasks(text) == ['TASK [a : Write]: changed: [cp1] => { "moved": "x" }']


def test_run_without_a_recap_has_none() -> None:
    assert parse_recap("PLAY [all]\nTASK [x]\nok: [cp1]\n") == {}


def test_changes_are_read_with_their_hosts_and_tasks() -> None:
    text = (
        "TASK [quorum.kubernetes.node : Write files] ****\ntask path: /x.yml:1\n"
        '\x1b[0;33mchanged: [cp1] => {\x1b[0m\n    "changed": true\nok: [w1] => {\n'
        "TASK [Put it there] ***\nchanged: [cp1 -> localhost] => {\n"
        "TASK [Do nothing] ***\nok: [cp1]\nskipping: [w1]\n"
    )
    assert parse_changes(text) == {("cp1", "quorum.kubernetes.node : Write files"), ("cp1", "Put it there")}


def test_codes_are_read_from_the_beginning_of_lines() -> None:
    text = "E1022 kube_dns_domain (x.yml): 'b' cannot be changed. Fix: see E1021 too.\n<cp1> E1020 \nW0101 a: b\n"
    assert parse_codes(text) == {"E1022", "W0101"}


def test_descendants_include_those_in_sessions_of_their_own() -> None:
    script = "import subprocess,sys;subprocess.Popen(['sleep','60'],start_new_session=True);sys.stdin.read()"
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 10
        while len(descendants(parent.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        tree = descendants(parent.pid)
        assert len(tree) == 2
    finally:
        for pid in descendants(parent.pid)[1:]:
            os.kill(pid, signal.SIGKILL)
        parent.communicate()


def test_killed_playbook_leaves_no_worker_behind(tmp_path: Path) -> None:
    playbook = tmp_path / "sleep.yml"
    playbook.write_text(
        "- name: Sleep\n  hosts: localhost\n  gather_facts: false\n  tasks:\n"
        "    - name: Sleep\n      ansible.builtin.command: sleep 98765\n",
        encoding="utf-8",
    )
    inventory = tmp_path / "inventory.ini"
    inventory.write_text(
        f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}\n", encoding="utf-8"
    )
    with PlaybookRun(inventory, str(playbook), tmp_path / "log") as run:
        deadline = time.monotonic() + 60
        while "sleep 98765" not in _commands() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert "sleep 98765" in _commands()
        run.end(signal.SIGTERM)
        assert not run.running
    assert "sleep 98765" not in _commands()


def _commands() -> list[str]:
    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # a process may end while it is looked at
            commands.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip())
    return commands
