# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The files of a host: reading never raises; a test gives another root."""

from __future__ import annotations

import contextlib
import os
import shutil

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError


class Disk:
    """Files below `root`. Paths are absolute as the host sees them."""

    def __init__(self, root: str = "/") -> None:
        self._root = root

    def path(self, path: str) -> str:
        """The real path of a host's path."""
        return os.path.join(self._root, path.lstrip("/"))

    def exists(self, path: str) -> bool:
        """Whether there is anything of this name."""
        return os.path.exists(self.path(path))

    def filled(self, path: str) -> bool:
        """Whether there is a file that is not empty: an interrupted write may leave an empty one."""
        try:
            return os.path.getsize(self.path(path)) > 0
        except OSError:
            return False

    def read(self, path: str) -> str:
        """A file's text, "" when it cannot be read."""
        try:
            with open(self.path(path), errors="replace") as stream:
                return stream.read()
        except OSError:
            return ""

    def names(self, path: str) -> list[str]:
        """What a directory holds, sorted; nothing when there is none."""
        try:
            return sorted(os.listdir(self.path(path)))
        except OSError:
            return []

    def modified(self, path: str) -> float:
        """When a file was last written, in epoch seconds; 0.0 when there is none."""
        try:
            return os.path.getmtime(self.path(path))
        except OSError:
            return 0.0

    def mount_points(self) -> list[str]:
        """Where file systems are mounted (/proc/self/mounts, in which a blank is written as \\040)."""
        lines = [line.split() for line in self.read("/proc/self/mounts").splitlines()]
        return [words[1].replace("\\040", " ") for words in lines if len(words) > 1]

    def remove(self, path: str) -> None:
        """Remove a file or a symbolic link; one that is gone already is no error."""
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.path(path))

    def empty(self, directory: str) -> None:
        """Remove what a directory holds; QuorumError names what cannot be read or removed."""
        path = self.path(directory)
        try:
            names = os.listdir(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise QuorumError("E2117", f"{path} cannot be emptied: {error.strerror}") from error
        for name in names:
            path = os.path.join(self.path(directory), name)
            try:
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path)
                else:
                    os.remove(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise QuorumError("E2117", f"{path} cannot be removed: {error.strerror}") from error
