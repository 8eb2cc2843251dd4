# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Files of a host: what is there, what is wanted, and putting it in place.

Comparing is pure; `read`, `left`, `put` and `replace` are the only functions that touch the file system.
"""

from __future__ import annotations

import glob
import grp
import os
import pwd
import stat
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError


@dataclass(frozen=True)
class WantedFile:
    """A text file as it should be. `mode` holds permission bits, `validate` is a command whose `%s` is the file."""

    path: str
    content: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    validate: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeenFile:
    """A file as it is; `content` is None when there is none. `mtime` is in seconds since the epoch."""

    path: str
    content: str | None = None
    mode: int = 0
    owner: str = ""
    group: str = ""
    mtime: float = 0.0


def content_differs(wanted: WantedFile, seen: SeenFile) -> bool:
    """Whether the text has to be written."""
    return wanted.content != seen.content


def attributes_differ(wanted: WantedFile, seen: SeenFile) -> bool:
    """Whether owner, group or permissions have to be set on a file that exists."""
    return (wanted.mode, wanted.owner, wanted.group) != (seen.mode, seen.owner, seen.group)


def differs(wanted: WantedFile, seen: SeenFile) -> bool:
    """Whether anything about the file has to change."""
    return content_differs(wanted, seen) or attributes_differ(wanted, seen)


def diff_of(wanted: WantedFile, seen: SeenFile) -> dict[str, str]:
    """The entry of Ansible's diff for a file that changes."""
    before, after = seen.content or "", wanted.content
    if not content_differs(wanted, seen):
        before = f"owner {seen.owner}:{seen.group}, mode {seen.mode:04o}\n"
        after = f"owner {wanted.owner}:{wanted.group}, mode {wanted.mode:04o}\n"
    return {"before_header": seen.path, "after_header": wanted.path, "before": before, "after": after}


def read(path: str) -> SeenFile:
    """What lies at `path`. Raises QuorumError for anything there that is no regular file."""
    try:
        info = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return SeenFile(path)
    if not stat.S_ISREG(info.st_mode):
        raise QuorumError("E2401", f"{path} is not a regular file", "move it away and run again")
    with open(path, encoding="utf-8", errors="replace") as stream:
        content = stream.read()
    mode = stat.S_IMODE(info.st_mode)
    return SeenFile(path, content, mode, _user_name(info.st_uid), _group_name(info.st_gid), info.st_mtime)


def left(pattern: str, first_line: str, wanted: Collection[str]) -> list[str]:
    """Paths that match the shell pattern, begin with this line, and are none of those that are wanted."""
    found = (path for path in sorted(glob.glob(pattern)) if path not in wanted and os.path.isfile(path))
    return [path for path in found if (read(path).content or "").splitlines()[:1] == [first_line]]


def put(wanted: WantedFile, seen: SeenFile) -> None:
    """Make the file as wanted."""
    if content_differs(wanted, seen):
        replace(wanted.path, wanted.content.encode(), lambda new: _set_attributes(new, wanted))
    else:
        _set_attributes(wanted.path, wanted)


def replace(path: str, content: bytes, settle: Callable[[str], None]) -> None:
    """Put new content in place in one step: a reader sees either the old or the new.

    `settle` gives the new file, by its path, its owner and mode before anybody sees it.
    """
    directory = os.path.dirname(path)
    os.makedirs(directory, mode=0o755, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=directory)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        settle(temporary)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _set_attributes(path: str, wanted: WantedFile) -> None:
    os.chown(path, _user_id(wanted.owner), _group_id(wanted.group))
    os.chmod(path, wanted.mode)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _user_id(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError as error:
        raise QuorumError("E2402", f"the user {name} does not exist on this host") from error


def _group_id(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise QuorumError("E2402", f"the group {name} does not exist on this host") from error
