#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Repositories, packages and holds of a host, in one round trip."""

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_packages
short_description: Install packages from pinned repositories and hold them, in one task
version_added: 0.1.0
description:
  - Writes signed apt repositories, installs the packages that are not there in the wanted version, and holds them.
  - A repository's signing key is downloaded whenever something has to be installed, and kept only if it has the wanted
    OpenPGP fingerprint; other keys in the same file are left out.
  - Packages that an interrupted run left half installed are configured first, and a lock that another program holds is
    waited for.
  - Nothing is downloaded when everything is there already, and nothing is removed to make room for a package.
  - What came with Kubernetes is purged with the dependencies that are nobody else's. Where another package needs one of
    them the task fails (E2417) and changes nothing.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  repositories:
    description: Repositories that the packages come from.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Base of the names of its files in C(/etc/apt).
        type: str
        required: true
      uris:
        description: Addresses of the repository.
        type: list
        elements: str
        required: true
      suites:
        description: Suites, or C(/) for a flat repository.
        type: list
        elements: str
        default: ["/"]
      components:
        description: Components; none for a flat repository.
        type: list
        elements: str
        default: []
      key_url:
        description: Address of the signing key.
        type: str
        required: true
      key_fingerprint:
        description: OpenPGP fingerprint that the signing key must have.
        type: str
        required: true
  packages:
    description: Packages that must be installed, in one transaction.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the package.
        type: str
        required: true
      version:
        description: Version, or its beginning followed by C(*). Without it any version will do.
        type: str
        default: ""
  fetch:
    description: Packages that are only downloaded, so that a later installation waits for no network.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the package.
        type: str
        required: true
      version:
        description: Version, or its beginning followed by C(*).
        type: str
        default: ""
  hold:
    description: Packages that apt must not upgrade by itself.
    type: list
    elements: str
    default: []
  absent:
    description:
      - Packages that must not be there, before anything else. A package of somebody else stays.
      - So does what was there before the file of its repository was first written, which names it.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the package.
        type: str
        required: true
      proof:
        description: File that shows that the package came with Kubernetes. Without it the package is somebody else's.
        type: path
        required: true
      proof_line:
        description: Line that this file has, blanks around it apart.
        type: str
        default: "# Ansible managed (quorum.kubernetes)"
      service:
        description: Its unit, which is stopped and disabled first.
        type: str
        default: ""
      leaves:
        description: Paths that its programs made, which go as well. A disk that is mounted there is emptied.
        type: list
        elements: path
        default: []
  absent_repositories:
    description: Names of repositories whose files, if this module wrote them, are removed after O(absent).
    type: list
    elements: str
    default: []
  lock_timeout:
    description: How long to wait for another program that holds the package database, in seconds.
    type: int
    default: 300
attributes:
  check_mode:
    support: full
    description: Says what would be removed, written, installed and held, without downloading anything.
  diff_mode:
    support: full
    description: Shows the repositories' files and the packages' versions.
"""

EXAMPLES = r"""
- name: Install kubeadm and hold it
  quorum.kubernetes.apt_packages:
    repositories:
      - name: kubernetes
        uris: ["https://pkgs.k8s.io/core:/stable:/v1.37/deb/"]
        key_url: https://pkgs.k8s.io/core:/stable:/v1.37/deb/Release.key
        key_fingerprint: DE15B14486CD377B9E876E1A234654DA9A296436
    packages:
      - name: kubeadm
        version: "1.37.1-*"
    hold: [kubeadm]

- name: Take it away again
  quorum.kubernetes.apt_packages:
    absent:
      - name: kubeadm
        proof: /etc/apt/sources.list.d/kubernetes.sources
    absent_repositories: [kubernetes]
"""

RETURN = r"""
changes:
  description: What was changed, or would be, a sentence each.
  returned: always
  type: list
  elements: str
  sample: ["write /etc/apt/sources.list.d/kubernetes.sources", "install kubeadm=1.37.1-*", "hold kubeadm"]
versions:
  description: Version of each wanted package after the task.
  returned: always
  type: dict
  sample: {"kubeadm": "1.37.1-1.1"}
"""

import os
from collections.abc import Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils import apt, host_files, openpgp
from ansible_collections.quorum.kubernetes.plugins.module_utils.apt import Installed, Package, Repository
from ansible_collections.quorum.kubernetes.plugins.module_utils.apt_locks import wait_for_locks
from ansible_collections.quorum.kubernetes.plugins.module_utils.apt_removal import Removal, Unwanted
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.plugins.module_utils.download import download
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_files import WantedFile
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result, Runner, SubprocessRunner

JOURNAL = "/var/lib/dpkg/updates"
TRANSACTION_TIMEOUT = 1800.0

ENVIRONMENT = {
    "DEBIAN_FRONTEND": "noninteractive",
    "APT_LISTCHANGES_FRONTEND": "none",
    # Restarting services is the collection's decision; needrestart only lists.
    "NEEDRESTART_MODE": "l",
}
KEEP_CONFIGURATION = ("--force-confdef", "--force-confold")


class Apt:
    """Brings repositories, packages and holds of one host to the wanted state."""

    def __init__(self, runner: Runner, check_mode: bool, lock_timeout: int) -> None:
        self._runner = runner
        self._check_mode = check_mode
        self._lock_timeout = lock_timeout
        self.changes: list[str] = []
        self.diff: list[dict[str, str]] = []

    def installed(self, names: list[str]) -> dict[str, Installed]:
        """What dpkg knows of these packages; names it never heard of are left out."""
        if not names:
            return {}
        # Status 1 says that some of the names are unknown; the others are printed all the same.
        result = self._runner.run(["dpkg-query", "--show", f"--showformat={apt.DPKG_FORMAT}", *names], timeout=60)
        return apt.parse_installed(result.stdout)

    def settle(
        self, repositories: list[Repository], packages: list[Package], hold: list[str], fetch: Sequence[Package] = ()
    ) -> dict[str, Installed]:
        """Repositories, then packages, then holds, and downloads last. Returns what is installed afterwards."""
        names = [package.name for package in packages]
        before = self.installed(names)
        needed = apt.missing(packages, before)
        if needed and not self._check_mode:
            wait_for_locks(self._lock_timeout)
            needed = apt.missing(packages, self.installed(names))
        fetched = self.installed([package.name for package in fetch])
        later = apt.missing(fetch, fetched)
        there = sorted(name for name, package in {**before, **fetched}.items() if package.unpacked)
        self._write_repositories(repositories, there, refresh=bool(needed or later))
        if needed:
            self._install(needed)
        if later and not self._check_mode:
            self._fetch(later, updated=bool(needed))
        seen = self.installed(sorted({*names, *hold}))
        self._hold(apt.unheld(hold, seen))
        return seen

    def remove(self, removal: Removal, unwanted: Sequence[Unwanted], repositories: Sequence[str]) -> None:
        """Purge packages that came with Kubernetes, then what they leave, then the files of their repositories."""
        plan = removal.plan(unwanted, repositories)
        if plan.packages and not self._check_mode:
            wait_for_locks(self._lock_timeout)
            self._repair()
            plan = removal.plan(unwanted, repositories)
        described = plan.described()
        self.changes += described
        if described:
            self.diff.append({"before": "".join(f"{line}\n" for line in described), "after": ""})
        if not self._check_mode:
            removal.carry_out(plan, self._apt_get)

    def _write_repositories(self, repositories: list[Repository], there: list[str], refresh: bool) -> None:
        for repository in repositories:
            self._write_key(repository, refresh)
            text = host_files.read(repository.sources_path).content or ""
            # Nothing came from a repository that is not there yet.
            earlier = apt.earlier(text) if apt.HEADER in text.splitlines() else there
            self._write(WantedFile(repository.sources_path, repository.sources(earlier)))

    def _write_key(self, repository: Repository, refresh: bool) -> None:
        """Keep the key fresh: a prolonged key has the same fingerprint and a later end."""
        seen = host_files.read(repository.key_path).content or ""
        good = list(openpgp.keys(seen.encode())) == [openpgp.normal_fingerprint(repository.key_fingerprint)]
        if good and not refresh:
            return
        if self._check_mode:
            if not good:
                self.changes.append(f"write {repository.key_path}")
            return
        key = openpgp.extract(download(repository.key_url), repository.key_fingerprint)
        self._write(WantedFile(repository.key_path, openpgp.armor(key)))

    def _write(self, wanted: WantedFile) -> None:
        seen = host_files.read(wanted.path)
        if not host_files.differs(wanted, seen):
            return
        self.changes.append(f"write {wanted.path}")
        self.diff.append(host_files.diff_of(wanted, seen))
        if not self._check_mode:
            host_files.put(wanted, seen)

    def _install(self, packages: list[Package]) -> None:
        before = self.installed([package.name for package in packages])
        self.changes.extend(f"install {package.argument}" for package in packages)
        self.diff.append(
            {
                "before_header": "installed packages",
                "after_header": "installed packages",
                "before": "".join(f"{name} {seen.version} ({seen.status})\n" for name, seen in before.items()),
                "after": "".join(f"{package.name} {package.version or '(newest)'}\n" for package in packages),
            }
        )
        if self._check_mode:
            return
        self._repair()
        self._apt_get(["update"])
        options = ["--yes", "--no-install-recommends", "--fix-broken", apt.ALLOW_HELD, "--no-remove"]
        options += [f"--option=Dpkg::Options::={option}" for option in KEEP_CONFIGURATION]
        self._apt_get(["install", *options, *(package.argument for package in packages)])

    def _fetch(self, packages: list[Package], updated: bool) -> None:
        """Download packages into apt's own cache. The host does not change by it, so that nothing is reported."""
        wait_for_locks(self._lock_timeout)
        if not updated:
            self._apt_get(["update"])
        options = ["--yes", "--download-only", "--no-install-recommends", apt.ALLOW_HELD]
        self._apt_get(["install", *options, *(package.argument for package in packages)])

    def _repair(self) -> None:
        """Finish what an interrupted run left; `dpkg --audit` ends with 0 either way, so its output is read."""
        audit = self._runner.run(["dpkg", "--audit"], timeout=60)
        journal = os.listdir(JOURNAL) if os.path.isdir(JOURNAL) else []
        if audit.stdout.strip() or journal:
            self.changes.append("configure the packages that were left half installed")
            # A package that cannot be configured may still be replaced by the version that is wanted: apt-get judges.
            self._runner.run(
                ["dpkg", *KEEP_CONFIGURATION, "--configure", "--pending"], env=ENVIRONMENT, timeout=TRANSACTION_TIMEOUT
            )

    def _apt_get(self, arguments: list[str]) -> Result:
        options = ["--quiet", "--option=Acquire::Retries=3", f"--option=DPkg::Lock::Timeout={self._lock_timeout}"]
        argv = ["apt-get", *options, *arguments]
        result = self._runner.run(argv, env=ENVIRONMENT, timeout=TRANSACTION_TIMEOUT)
        if not result.ok:
            raise apt.apt_error(f"apt-get {arguments[0]}", result)
        return result

    def _hold(self, names: list[str]) -> None:
        if not names:
            return
        self.changes.append(f"hold {', '.join(names)}")
        if self._check_mode:
            return
        result = self._runner.run(["apt-mark", "hold", *names], timeout=60)
        if not result.ok:
            raise apt.apt_error("apt-mark hold", result)


def repository_of(parameters: dict[str, Any]) -> Repository:
    """Read one entry of `repositories`."""
    lists = {name: tuple(parameters[name]) for name in ("uris", "suites", "components")}
    return Repository(**dict(parameters, **lists))


def packages_of(parameters: list[dict[str, Any]]) -> list[Package]:
    """Read `packages` or `fetch`."""
    return [Package(entry["name"], entry["version"]) for entry in parameters]


def unwanted_of(parameters: list[dict[str, Any]]) -> list[Unwanted]:
    """Read `absent`."""
    return [Unwanted(**dict(entry, leaves=tuple(entry["leaves"]))) for entry in parameters]


def main() -> None:
    """Run the module."""
    words = {"type": "list", "elements": "str", "default": []}
    package = {"name": {"type": "str", "required": True}, "version": {"type": "str", "default": ""}}
    packages_option = {"type": "list", "elements": "dict", "default": [], "options": package}
    module = AnsibleModule(
        argument_spec={
            "repositories": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "uris": {"type": "list", "elements": "str", "required": True},
                    "suites": {"type": "list", "elements": "str", "default": ["/"]},
                    "components": words,
                    # Addresses and fingerprints of public keys are no secrets.
                    "key_url": {"type": "str", "required": True, "no_log": False},
                    "key_fingerprint": {"type": "str", "required": True, "no_log": False},
                },
            },
            "packages": packages_option,
            "fetch": packages_option,
            "hold": words,
            "absent": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "proof": {"type": "path", "required": True},
                    "proof_line": {"type": "str", "default": apt.HEADER},
                    "service": {"type": "str", "default": ""},
                    "leaves": {"type": "list", "elements": "path", "default": []},
                },
            },
            "absent_repositories": words,
            "lock_timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    host = Apt(SubprocessRunner(), module.check_mode, module.params["lock_timeout"])
    repositories = [repository_of(entry) for entry in module.params["repositories"]]
    packages, fetch = (packages_of(module.params[option]) for option in ("packages", "fetch"))
    try:
        host.remove(
            Removal(SubprocessRunner(), Disk()),
            unwanted_of(module.params["absent"]),
            module.params["absent_repositories"],
        )
        seen = host.settle(repositories, packages, module.params["hold"], fetch)
    except QuorumError as error:
        module.fail_json(msg=str(error), changes=host.changes)
    module.exit_json(
        changed=bool(host.changes),
        changes=host.changes,
        versions={name: package.version for name, package in seen.items()},
        diff=host.diff,
    )


if __name__ == "__main__":
    main()
