"""Build the collection, list what is in it, install it somewhere new and run it by its full name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
INSTALLED = BUILD / "installed"

#: Top level names that a user needs; anything else in the artefact is a leak.
EXPECTED_TOP = frozenset(
    {
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "FILES.json",
        "LICENSE",
        "MANIFEST.json",
        "README.md",
        "changelogs",
        "docs",
        "inventory",
        "meta",
        "playbooks",
        "plugins",
        "requirements.txt",
        "roles",
    }
)


def main() -> int:
    """Build, check the content, install into `build/installed`, list and check every playbook by FQCN."""
    tarball = build()
    leaks = unexpected(names_in(tarball))
    if leaks:
        print("The artefact holds what no user needs (see build_ignore in galaxy.yml):", *leaks, sep="\n  ")
        return 1
    install(tarball)
    return syntax_check_all()


def build() -> Path:
    """Return the path of a freshly built tarball."""
    out = BUILD / "artefact"
    shutil.rmtree(out, ignore_errors=True)
    run("ansible-galaxy", "collection", "build", "--output-path", str(out), str(ROOT))
    return next(out.glob("quorum-kubernetes-*.tar.gz"))


def names_in(tarball: Path) -> list[str]:
    """Return the member names of the artefact, sorted, and print how many and how large."""
    with tarfile.open(tarball) as archive:
        names = sorted(member.name for member in archive.getmembers())
    print(f"{tarball.name}: {len(names)} entries, {tarball.stat().st_size // 1024} KiB")
    return names


def unexpected(names: list[str]) -> list[str]:
    """Return the members that should not have been packed: what no user needs, hidden files, leftovers of programs."""
    leftovers = (".pyc", ".kubeconfig", ".retry", ".orig", ".rej", "~")
    return [name for name in names if _is_stray(name.split("/")) or name.endswith(leftovers)]


def _is_stray(parts: list[str]) -> bool:
    if parts[0] not in EXPECTED_TOP or (parts[0] == "inventory" and parts[1:2] not in ([], ["sample"])):
        return True  # `vagrant up` writes an inventory of the user's own beside the sample
    return any(part == "__pycache__" or part.startswith(".") for part in parts)


def install(tarball: Path) -> None:
    """Install the tarball into `build/installed`, which is emptied first."""
    shutil.rmtree(INSTALLED, ignore_errors=True)
    run("ansible-galaxy", "collection", "install", "--offline", "-p", str(INSTALLED), str(tarball))


def syntax_check_all() -> int:
    """Check every installed playbook by its full name from an empty directory; return the exit status."""
    collection = INSTALLED / "ansible_collections" / "quorum" / "kubernetes"
    playbooks = sorted(path.stem for path in collection.joinpath("playbooks").glob("*.yml"))
    if not playbooks:
        print("The artefact has no playbooks")
        return 1
    inventory = collection / "inventory" / "sample" / "inventory.ini"
    for name in playbooks:
        run("ansible-playbook", "--syntax-check", "-i", str(inventory), f"quorum.kubernetes.{name}")
    print(f"{len(playbooks)} playbooks found by their full name: {', '.join(playbooks)}")
    return 0


def run(*argv: str) -> None:
    """Run a program that must succeed, seeing only the installed collection and no settings of the clone."""
    environment = {name: value for name, value in os.environ.items() if name != "ANSIBLE_CONFIG"}
    environment["ANSIBLE_COLLECTIONS_PATH"] = str(INSTALLED)
    subprocess.run(argv, check=True, cwd=BUILD, env=environment)


if __name__ == "__main__":
    BUILD.mkdir(exist_ok=True)
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd[:3])} failed with exit status {error.returncode}")
