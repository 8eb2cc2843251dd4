"""Make or refresh `.venv` and the collection's link; needs only the Python it is called with.

Quick when nothing changed: the requirements' checksum is kept in the environment itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.collection_link import ensure_link  # noqa: E402  (the path above makes it importable)

VENV = ROOT / ".venv"
STAMP = VENV / "requirements.sha256"
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


def main() -> int:
    """Bring `.venv` up to date; return the exit status."""
    if sys.version_info[:2] < (3, 11):
        print(f"Python 3.11 or later is needed, this is {sys.version.split()[0]}: make venv PYTHON=python3.13")
        return 1
    ensure_link()
    if is_current():
        return 0
    if not has_ensurepip():
        return 1
    if not VENV.joinpath("bin", "python").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    print("Installing the tools into .venv", flush=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "-r", str(ROOT / REQUIREMENTS[-1])], check=False).returncode:
        print("pip could not install requirements-dev.txt: see its message above")
        return 1
    STAMP.write_text(wanted_stamp(), encoding="utf-8")
    return 0


def wanted_stamp() -> str:
    """Return what the environment was made from: this Python and the requirement files."""
    content = b"".join((ROOT / name).read_bytes() for name in REQUIREMENTS)
    return f"{sys.version_info[0]}.{sys.version_info[1]} {hashlib.sha256(content).hexdigest()}\n"


def is_current() -> bool:
    """Return whether `.venv` was made from these requirements and still has its interpreter."""
    return (
        STAMP.exists()
        and STAMP.read_text(encoding="utf-8") == wanted_stamp()
        and VENV.joinpath("bin", "python").exists()
    )


def has_ensurepip() -> bool:
    """Return whether this Python can make environments; on Debian and Ubuntu, as root, install what lacks."""
    if importlib.util.find_spec("ensurepip"):
        return True
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"This Python cannot make virtual environments: install {package} (Debian, Ubuntu)")
        return False
    print(f"Installing {package}", flush=True)
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(["apt-get", "install", "-y", "-qq", package], env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
