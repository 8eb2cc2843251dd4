# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A controller of today: a container with Debian 13's Python and the newest Ansible that the requirements take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab import nodeimage
from lab.cache import CACHE, fingerprint, locked, scratch_directory
from lab.debian import DEBIAN_13
from lab.podman import LIMITS, podman, try_podman
from lab.progress import step

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "localhost/quorum-lab-controller"
_REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")

_CONTAINERFILE = """\
FROM {base}
RUN apt-get update -q && apt-get install -q -y --no-install-recommends git python3-venv && apt-get clean
COPY {requirements} /opt/
ENV LANG=C.UTF-8 PATH=/opt/ansible/bin:/usr/sbin:/usr/bin:/sbin:/bin PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN python3 -m venv /opt/ansible && pip install --quiet --no-cache-dir -r /opt/{last}
"""


def ensure() -> str:
    """Return the name of the controller's image, making it if it is not there."""
    base = nodeimage.ensure(DEBIAN_13)
    recipe = _CONTAINERFILE.format(base=base, requirements=" ".join(_REQUIREMENTS), last=_REQUIREMENTS[-1])
    name = f"{REPOSITORY}:{fingerprint(recipe, *((ROOT / each).read_bytes() for each in _REQUIREMENTS))}"
    with locked("controller-image"):
        if try_podman("image", "exists", name).returncode != 0:
            with step("Make the controller's image", slow=True), scratch_directory(CACHE / "controller-image") as work:
                (work / "Containerfile").write_text(recipe, encoding="utf-8")
                for each in _REQUIREMENTS:
                    (work / each).write_bytes((ROOT / each).read_bytes())
                podman("build", "--quiet", "--network", "host", *LIMITS, "--tag", name, str(work))
    return name


def run_arguments(image: str, arguments: Sequence[str]) -> list[str]:
    """Return the arguments of `podman run` for a command in the clone that sees the lab's clusters as the host does."""
    folders = (part for folder in (ROOT, CACHE) for part in ("--volume", f"{folder}:{folder}"))
    return ["run", "--rm", "--network", "host", *LIMITS, *folders, "--workdir", str(ROOT), image, *arguments]
