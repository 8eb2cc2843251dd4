# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of the timeline callback: durations, lists of hosts, failures, the closing summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

NAMESPACE = "quorum.kubernetes."
MANY_HOSTS = 8
FAILURE_LINES = 40
STDERR_LINES = 5
CENSORED = "its output is hidden, because the task handles a secret (no_log)"


def clock(seconds: float) -> str:
    """Return a time since the start as `m:ss`, or `h:mm:ss` from one hour on."""
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"


def duration(seconds: float) -> str:
    """Return how long something took: tenths of seconds below a minute, then minutes and seconds."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s"


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts cp2 before cp10."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part]


def host_list(hosts: Iterable[str]) -> str:
    """Return the hosts' names in order; of many, the first ones and how many there are."""
    names = sorted(hosts, key=natural)
    if len(names) <= MANY_HOSTS:
        return " ".join(names)
    return f"{' '.join(names[: MANY_HOSTS - 2])} ... {names[-1]} ({len(names)} hosts)"


def task_title(name: str) -> str:
    """Return a task's name without this collection's namespace: `node : Load the modules`."""
    return name.strip().removeprefix(NAMESPACE)


def counted(changes: Mapping[str, int]) -> str:
    """Return hosts with how many changes each had: `cp1 (3) cp2 (1)`; of many hosts, how many and the total."""
    if len(changes) > MANY_HOSTS:
        return f"{len(changes)} hosts ({sum(changes.values())} in all)"
    return " ".join(f"{name} ({changes[name]})" for name in sorted(changes, key=natural))


def failure_lines(result: Mapping[str, Any]) -> list[str]:
    """Return what a failed result says, as a person wants it: its message, and a command's last words.

    The result may be censored by Ansible; arguments and other keys of it are never shown.
    """
    if "censored" in result or result.get("_ansible_no_log"):
        return [CENSORED]
    lines = [line for line in str(result.get("msg") or "no reason was given").splitlines() if line.strip()]
    stderr = str(result.get("stderr") or result.get("module_stderr") or "").rstrip().splitlines()
    lines += [f"  {line}" for line in stderr[-STDERR_LINES:] if line.strip() and line.strip() not in "\n".join(lines)]
    if len(lines) > FAILURE_LINES:
        lines = [*lines[:FAILURE_LINES], f"... and {len(lines) - FAILURE_LINES} lines more (-v shows all)"]
    return lines


def labelled(label: str, lines: Sequence[str]) -> str:
    """Return a label and what belongs to it, following lines indented below the first."""
    return "\n".join([f"{label}{lines[0]}", *(f"{' ' * 10}{line}" for line in lines[1:])])


def columns(rows: Sequence[Sequence[str]], indent: int = 2) -> list[str]:
    """Return rows as lines with their columns aligned."""
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    padding = " " * indent
    return [
        padding + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def cluster_summary(summary: Mapping[str, Any]) -> list[str]:
    """Return the closing words about a cluster from the `quorum_summary` that a playbook's last play provides.

    Keys: cluster, version, endpoint, kubeconfig, nodes (name, roles, version, ready, internal_ip), next (lines).
    All may be missing.
    """
    lines: list[str] = []
    for key in ("cluster", "version", "endpoint", "kubeconfig"):
        if summary.get(key):
            lines.append(f"  {key:<10}  {summary[key]}")
    nodes = [node_row(node) for node in summary.get("nodes") or ()]
    if nodes:
        lines += ["", *columns([("NODE", "STATUS", "ROLES", "VERSION", "ADDRESS"), *nodes])]
    following = summary.get("next") or ()
    if following:
        lines += ["", "What to do next", *(f"  {line}" for line in following)]
    return lines


def node_row(node: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """Return one node as the columns of the closing table."""
    roles = node.get("roles") or ()
    return (
        str(node.get("name", "")),
        "Ready" if node.get("ready") else "NotReady",
        roles if isinstance(roles, str) else ",".join(str(role) for role in roles) or "-",
        str(node.get("version") or "-"),
        str(node.get("internal_ip") or "-"),
    )


def recap_line(host: str, width: int, totals: Mapping[str, int]) -> str:
    """Return a host's totals in the form of Ansible's own recap, which other programs read."""
    shown = {name: totals["failures"] if name == "failed" else totals[name] for name in RECAP}
    return f"{host:<{width}} : " + " ".join(f"{name}={value:<4}" for name, value in shown.items()).rstrip()


RECAP = ("ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored")
