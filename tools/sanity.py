"""Run `ansible-test sanity` on what the artefact ships, from a copy laid out as ansible-test wants it.

ansible-test makes one virtual environment a test and gets pip for them from a site of Ansible's own. Where that
site cannot be reached the run would end there; it accepts a bootstrap script put into its cache instead, so a
script that uses Python's own `ensurepip` is put there. Everything stays below `build/`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages

from tools.artefact import BUILD, build

ROOT = Path(__file__).resolve().parent.parent
HOME = BUILD / "sanity-home"
CHECKOUT = BUILD / "ansible_collections" / "quorum" / "kubernetes"

#: Sanity tests that are left out, and why.
EXCLUDED = {
    "pslint": "checks PowerShell, of which there is none, and needs pwsh",
}


def main() -> int:
    """Lay the collection out, run every sanity test but the excluded ones, and return the exit status."""
    lay_out(build())
    provide_pip()
    for name, reason in EXCLUDED.items():
        print(f"not run: {name} ({reason})")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    argv = ["ansible-test", "sanity", "--python", version, "--color", "no"]
    for name in EXCLUDED:
        argv += ["--skip-test", name]
    environment = {**os.environ, "HOME": str(HOME)}
    return subprocess.run(argv, check=False, cwd=CHECKOUT, env=environment).returncode


def lay_out(tarball: Path) -> None:
    """Unpack the artefact below `build/ansible_collections`, with the ignore files of `tests/sanity`."""
    shutil.rmtree(BUILD / "ansible_collections", ignore_errors=True)
    CHECKOUT.mkdir(parents=True)
    shutil.unpack_archive(tarball, CHECKOUT, filter="data")
    for name in ("MANIFEST.json", "FILES.json"):
        CHECKOUT.joinpath(name).unlink()
    shutil.copy(ROOT / "galaxy.yml", CHECKOUT)
    ignores = ROOT / "tests" / "sanity"
    # ansible-test asks git for the files, and must not find the clone's, which ignores `build/`.
    subprocess.run(["git", "init", "--quiet"], cwd=CHECKOUT, check=True)
    if ignores.is_dir():
        shutil.copytree(ignores, CHECKOUT / "tests" / "sanity")


def provide_pip() -> None:
    """Put a bootstrap script based on `ensurepip` where ansible-test caches the one it would download."""
    python = SimpleNamespace(version=f"{sys.version_info[0]}.{sys.version_info[1]}")
    version = get_venv_packages(python)["pip"].replace(".", "_")
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{version}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("import ensurepip\n\nensurepip.bootstrap()\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
