# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds components with Go, once a recipe."""

from __future__ import annotations

import re
from pathlib import Path

from lab.cache import BINARIES, fingerprint, locked, new_directory
from lab.errors import LabError
from lab.process import attempt, bound, run, tail
from lab.progress import say, step
from lab.sources import Component

MINIMUM_GO = (1, 26)
_ATTEMPTS = 3
_DOWNLOAD_TROUBLE = re.compile(r"dial tcp|timeout|connection (reset|refused)|unexpected EOF|: 50[234]\b|TLS handshake")


def parse_go_version(text: str) -> tuple[int, int]:
    """Return (major, minor) from what `go version` prints."""
    found = re.search(r"\bgo(\d+)\.(\d+)", text)
    if not found:
        raise LabError(f"`go version` printed {text.strip()!r}", "Install Go 1.26 or later")
    return int(found.group(1)), int(found.group(2))


def check_go() -> None:
    """Fail at once where Go is missing or too old."""
    fix = "Install Go 1.26 or later (https://go.dev/dl/) and put it on PATH"
    try:
        version = parse_go_version(run(["go", "version"]))
    except LabError as error:
        raise LabError(error.seen, fix) from error
    if version < MINIMUM_GO:
        raise LabError(f"Go {version[0]}.{version[1]} is too old to build Kubernetes", fix)


def recipe(component: Component) -> str:
    """Return the fingerprint of everything that decides what a build gives."""
    sources = sorted(path for path in component.module.iterdir() if path.is_file())
    settings = repr((component.packages, component.linker_flags, component.tags, component.cgo, component.rename))
    return fingerprint(settings, *(path.name.encode() + b"\0" + path.read_bytes() for path in sources))


def programs(component: Component) -> Path:
    """Return the folder with the component's programs, building them if they are not there."""
    target = BINARIES / f"{component.name}-{component.version}-{recipe(component)}"
    if target.is_dir():
        return target
    with locked(f"build-{target.name}"):
        if not target.is_dir():
            _build(component, target)
    return target


def _build(component: Component, target: Path) -> None:
    with step(f"Build {component.name} {component.version}", slow=True), new_directory(target) as work:
        argv = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags", component.linker_flags]
        argv += ["-tags", component.tags] if component.tags else []
        _go_build([*argv, "-o", f"{work}/", *component.packages], component)
        for built, wanted in component.rename.items():
            (work / built).rename(work / wanted)


def _go_build(argv: list[str], component: Component) -> None:
    """Run `go build`, again where a download broke off: what Go has already, it keeps."""
    environment = {"CGO_ENABLED": "1" if component.cgo else "0"}
    for number in range(1, _ATTEMPTS + 1):
        result = attempt(bound(argv), cwd=component.module, env=environment)
        if result.returncode == 0:
            return
        if number == _ATTEMPTS or not _DOWNLOAD_TROUBLE.search(result.stderr):
            break
        say(f"A download broke off, trying again:\n{tail(result)}")
    raise LabError(
        f"{component.name} {component.version} could not be built:\n{tail(result)}",
        "If a module could not be downloaded, see `go env GOPROXY`, then run the command again: what is built is kept",
    )
