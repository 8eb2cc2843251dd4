"""Print what a run of the gates was made with: the machine, the tools, and the software of the clusters."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

from lab import sources

TOOLS = ("ansible-core", "ansible-lint", "molecule", "pytest", "pytest-testinfra", "mypy", "ruff")


def print_versions() -> None:
    """Print one line each for the machine, the tools and the clusters' software."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"machine   {platform.system()} {platform.release()}, {os.cpu_count()} CPUs, {memory:.0f} GiB")
    print(f"tools     Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in TOOLS)}")
    release = sources.release_of(sources.DEFAULT_KUBERNETES)
    print(
        f"clusters  Kubernetes {release.kubernetes}, etcd {release.etcd}, containerd {sources.CONTAINERD},"
        f" CoreDNS {release.coredns}, flannel {sources.FLANNEL}, CNI plugins {sources.CNI_PLUGINS}"
    )


if __name__ == "__main__":
    print_versions()
