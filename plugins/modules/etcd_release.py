#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Install etcd's programs from a release archive with a checksum."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_release
short_description: Install etcd's programs from a release archive whose checksum is compared
version_added: 0.1.0
description:
  - Downloads a release archive of etcd, compares its SHA-256 digest and puts its programs in place.
  - Does nothing if the programs are there in the wanted version. A running etcd is not restarted.
  - Refuses a version that etcd must not be upgraded to directly.
  - With O(data_directory) it also makes the system user C(etcd) and that directory, for this user alone.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  version:
    description: Version of etcd, three numbers.
    type: str
    required: true
  url:
    description: Address of the archive. C({version}) and C({arch}) are filled in.
    type: str
    default: https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-{arch}.tar.gz
  checksum:
    description: The archive's digest as C(sha256:HEX). It may be empty for releases that the collection knows.
    type: str
    default: ""
  programs:
    description: Programs to install.
    type: list
    elements: str
    choices: [etcd, etcdctl, etcdutl]
    default: [etcd, etcdctl, etcdutl]
  directory:
    description: Where the programs are put.
    type: path
    default: /usr/local/bin
  data_directory:
    description: Data directory of a member that is to run on this host.
    type: path
    default: ""
attributes:
  check_mode:
    support: full
    description: Says what would be installed, without downloading it.
  diff_mode:
    support: full
    description: Shows the versions.
"""

EXAMPLES = r"""
- name: Install etcd for a member on this host
  quorum.kubernetes.etcd_release:
    version: 3.7.1
    data_directory: /var/lib/etcd
"""

RETURN = r"""
has_data:
  description: Whether a member's data is in O(data_directory).
  returned: success
  type: bool
installed:
  description: Version of each program before, empty if it was not there.
  returned: success
  type: dict
  sample: {"etcd": "3.6.14", "etcdctl": "3.6.14", "etcdutl": "3.6.14"}
"""

import hashlib
import os
import platform
import pwd
import tempfile
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_release
from ansible_collections.quorum.kubernetes.plugins.module_utils.entry import finish
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Runner, SubprocessRunner, run_checked

USER = "etcd"
DOWNLOAD_TIMEOUT = 60
"""Seconds without a byte after which a download is given up."""


def download(url: str, digest: str, path: str) -> None:
    """Write what is at ``url`` to ``path``; raise QuorumError unless it has this SHA-256 digest."""
    seen = hashlib.sha256()
    try:
        with open_url(url, timeout=DOWNLOAD_TIMEOUT) as answer, open(path, "wb") as target:
            for piece in iter(lambda: answer.read(1 << 20), b""):
                seen.update(piece)
                target.write(piece)
    except OSError as error:
        fix = "Check kube_etcd_archive_url, and the proxy of this host."
        raise QuorumError("E2314", f"{url} cannot be downloaded: {error}", fix) from error
    if seen.hexdigest() != digest:
        raise QuorumError(
            "E2315",
            f"{url} has the digest sha256:{seen.hexdigest()}, but sha256:{digest} is expected",
            "Do not use this archive before you know why.",
        )


class Host:
    """What this module reads and does on a host."""

    def __init__(self, runner: Runner, check_mode: bool) -> None:
        self._runner = runner
        self._check_mode = check_mode
        self.changes: list[str] = []

    def installed(self, directory: str, programs: list[str]) -> dict[str, str]:
        """The version of each program, "" if it is not there or does not run."""
        paths = {name: os.path.join(directory, name) for name in programs}
        return {
            name: etcd_release.reported_version(self._runner.run(etcd_release.version_argv(path), timeout=30).stdout)
            for name, path in paths.items()
        }

    def install(self, params: Mapping[str, Any]) -> None:
        """Download and unpack."""
        arch = etcd_release.architecture(platform.machine())
        digest = etcd_release.expected_digest(params["checksum"], params["version"], arch)
        self.changes.append(f"install etcd {params['version']} in {params['directory']}")
        if self._check_mode:
            return
        os.makedirs(params["directory"], exist_ok=True)
        with tempfile.TemporaryDirectory(dir=params["directory"]) as directory:
            archive = os.path.join(directory, "etcd.tar.gz")
            download(etcd_release.address(params["url"], params["version"], arch), digest, archive)
            etcd_release.unpack(archive, params["programs"], params["directory"])

    def make_home(self, directory: str) -> None:
        """Make the system user and its data directory, which nobody else may read."""
        try:
            uid = pwd.getpwnam(USER).pw_uid
        except KeyError:
            uid = -1
            self.changes.append(f"make the user {USER}")
            if not self._check_mode:
                shell = "/usr/sbin/nologin"
                argv = ["useradd", "--system", "--user-group", "--home-dir", directory, "--shell", shell, USER]
                run_checked(self._runner, argv, "E2316")
                uid = pwd.getpwnam(USER).pw_uid
        seen = os.stat(directory) if os.path.isdir(directory) else None
        if seen is not None and (seen.st_uid, seen.st_mode & 0o7777) == (uid, 0o700):
            return
        self.changes.append(f"make {directory} for the user {USER} alone")
        if not self._check_mode:
            os.makedirs(directory, mode=0o700, exist_ok=True)
            os.chown(directory, uid, pwd.getpwnam(USER).pw_gid)
            os.chmod(directory, 0o700)


def run(params: Mapping[str, Any], host: Host) -> dict[str, Any]:
    """Bring the host to the wanted state and return the module's result."""
    installed = host.installed(params["directory"], params["programs"])
    if any(version != params["version"] for version in installed.values()):
        if installed.get("etcd"):
            etcd_release.refuse_bad_step(installed["etcd"], params["version"])
        host.install(params)
    data = params["data_directory"]
    if data:
        host.make_home(data)
    result: dict[str, Any] = {
        "changed": bool(host.changes),
        "changes": host.changes,
        "installed": installed,
        "has_data": bool(data) and os.path.isdir(os.path.join(data, "member")),
    }
    if host.changes:
        result["diff"] = {"prepared": "".join(f"+ {change}\n" for change in host.changes)}
    return result


def main() -> None:
    """Run the module."""
    url = "https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-{arch}.tar.gz"
    programs = list(etcd_release.PROGRAMS)
    module = AnsibleModule(
        argument_spec={
            "version": {"type": "str", "required": True},
            "url": {"type": "str", "default": url},
            "checksum": {"type": "str", "default": ""},
            "programs": {"type": "list", "elements": "str", "choices": programs, "default": programs},
            "directory": {"type": "path", "default": "/usr/local/bin"},
            "data_directory": {"type": "path", "default": ""},
        },
        supports_check_mode=True,
    )
    finish(module, lambda: run(module.params, Host(SubprocessRunner(), module.check_mode)))


if __name__ == "__main__":
    main()
