# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""containerd's hosts.toml for registries that have mirrors (containerd, docs/hosts.md). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.quorum.kubernetes.plugins.module_utils import toml

HEADER = "# Ansible managed (quorum.kubernetes)\n"


def registry_server(registry: str) -> str:
    """Where a registry itself answers, which is asked after its mirrors; Docker Hub's name and server differ."""
    return "https://registry-1.docker.io" if registry == "docker.io" else f"https://{registry}"


def hosts_files(mirrors: Mapping[str, Sequence[str]], folder: str) -> list[dict[str, str]]:
    """One file (`path`, `content`) for each registry; its mirrors are tried in the given order."""
    files = []
    for registry, urls in mirrors.items():
        hosts = {url: {"capabilities": ["pull", "resolve"]} for url in urls}
        document = toml.dump({"server": registry_server(registry), "host": hosts})
        files.append({"path": f"{folder}/{registry}/hosts.toml", "content": HEADER + document})
    return files
