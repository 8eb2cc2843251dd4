# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd is installed from an archive with the right digest, once, and never by a step that etcd forbids."""

from __future__ import annotations

import hashlib
import io
import os
import pwd
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import etcd_release as release
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result, SubprocessRunner
from ansible_collections.quorum.kubernetes.plugins.modules import etcd_release
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

SCRIPT = "#!/bin/sh\necho '{} version: {}'\n"


def make_archive(path: Path, version: str, programs: tuple[str, ...] = release.PROGRAMS) -> str:
    """A release archive of scripts that say this version; returns its digest."""
    with tarfile.open(path, "w:gz") as archive:
        for name in (*programs, "README.md"):
            content = SCRIPT.format(name, version).encode()
            entry = tarfile.TarInfo(f"etcd-v{version}-linux-amd64/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def params(tmp_path: Path) -> dict[str, Any]:
    checksum = make_archive(tmp_path / "etcd-3.7.1.tar.gz", "3.7.1")
    return {
        "version": "3.7.1",
        "url": f"file://{tmp_path}/etcd-{{version}}.tar.gz",
        "checksum": checksum,
        "programs": list(release.PROGRAMS),
        "directory": str(tmp_path / "bin"),
        "data_directory": "",
    }


def versioned() -> FakeRunner:
    """Programs that are there already, in the wanted version."""
    said = Result(0, "etcd Version: 3.7.1\n")
    return FakeRunner().on("version", said).on("--version", said)


def apply(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    return etcd_release.run(params, etcd_release.Host(SubprocessRunner(), check_mode))


def test_check_then_run_then_check_then_run(params: dict[str, Any]) -> None:
    predicted = apply(params, check_mode=True)
    assert predicted["changed"]
    assert not os.path.exists(params["directory"])
    done = apply(params)
    assert done["changes"] == predicted["changes"]
    assert done["installed"] == dict.fromkeys(release.PROGRAMS, "")
    assert sorted(os.listdir(params["directory"])) == sorted(release.PROGRAMS)
    assert os.stat(os.path.join(params["directory"], "etcd")).st_mode & 0o777 == 0o755
    for check_mode in (True, False):
        again = apply(params, check_mode)
        assert (again["changed"], again["installed"]["etcdutl"]) == (False, "3.7.1")


def test_programs_of_mixed_versions_are_settled(params: dict[str, Any]) -> None:
    apply(params)
    Path(params["directory"], "etcdctl").write_text(SCRIPT.format("etcdctl", "3.6.14"))
    assert apply(params)["changed"]
    assert apply(params)["installed"]["etcdctl"] == "3.7.1"


def test_only_the_wanted_programs_are_put_there(params: dict[str, Any]) -> None:
    apply({**params, "programs": ["etcdutl"]})
    assert os.listdir(params["directory"]) == ["etcdutl"]


def test_an_archive_with_another_digest_is_refused_and_nothing_is_left(params: dict[str, Any]) -> None:
    with pytest.raises(QuorumError, match=r"E2315 .*is expected"):
        apply({**params, "checksum": "sha256:" + "0" * 64})
    assert os.listdir(params["directory"]) == []


def test_an_archive_that_is_not_there_is_named(params: dict[str, Any]) -> None:
    with pytest.raises(QuorumError, match=r"E2314 file:.*etcd-3.7.2.tar.gz cannot be downloaded"):
        apply({**params, "version": "3.7.2"})


def test_an_archive_without_a_program_is_refused_before_anything_is_replaced(
    params: dict[str, Any], tmp_path: Path
) -> None:
    checksum = make_archive(tmp_path / "etcd-3.7.1.tar.gz", "3.7.1", ("etcd",))
    with pytest.raises(QuorumError, match="E2313 the archive of etcd has no etcdctl, etcdutl"):
        apply({**params, "checksum": checksum})
    assert os.listdir(params["directory"]) == []


@pytest.mark.parametrize(
    ("installed", "problem"),
    [("3.6.8", "first upgrade to 3.6.11 or later"), ("3.5.33", "one line at a time"), ("3.8.0", "etcd cannot go back")],
)
def test_a_step_that_etcd_forbids_is_refused(params: dict[str, Any], installed: str, problem: str) -> None:
    os.makedirs(params["directory"])
    program = Path(params["directory"], "etcd")
    program.write_text(SCRIPT.format("etcd", installed))
    program.chmod(0o755)
    with pytest.raises(QuorumError, match=f"E2312 etcd must not go from {installed} to 3.7.1: {problem}"):
        apply(params)


def test_the_data_directory_is_the_users_alone(params: dict[str, Any], tmp_path: Path) -> None:
    me = pwd.getpwuid(os.getuid())
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    runner = versioned()
    wanted = {**params, "data_directory": str(data)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(etcd_release, "USER", me.pw_name)
        first = etcd_release.run(wanted, etcd_release.Host(runner, False))
        assert (data.stat().st_mode & 0o777, data.stat().st_uid) == (0o700, me.pw_uid)
        (data / "member").mkdir()
        second = etcd_release.run(wanted, etcd_release.Host(runner, False))
    assert (first["changed"], first["has_data"]) == (True, False)
    assert (second["changed"], second["has_data"]) == (False, True)


def test_a_user_that_is_missing_is_made(params: dict[str, Any], tmp_path: Path) -> None:
    runner = versioned()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(etcd_release, "USER", "nobody-has-this-name")
        result = etcd_release.run({**params, "data_directory": str(tmp_path / "data")}, etcd_release.Host(runner, True))
    assert result["changes"][0] == "make the user nobody-has-this-name"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("etcd Version: 3.7.0\nGit SHA: Not provided\n", "3.7.0"),
        ("etcdutl version: 3.6.14\nAPI version: 3.6\n", "3.6.14"),
        ("etcdctl version: 3.5.33\n", "3.5.33"),
        ("", ""),
        ("not found", ""),
    ],
)
def test_the_version_is_read_from_what_the_programs_print(output: str, version: str) -> None:
    assert release.reported_version(output) == version


def test_the_digest_is_the_given_one_or_a_known_one() -> None:
    given = "sha256:" + "A" * 64
    assert release.expected_digest(given, "9.9.9", "amd64") == "a" * 64
    assert release.expected_digest("", "3.7.1", "amd64") == release.KNOWN["3.7.1", "amd64"]
    with pytest.raises(QuorumError, match=r"E2311 no checksum is known of etcd 3\.7\.0 for amd64"):
        release.expected_digest("", "3.7.0", "amd64")
    with pytest.raises(QuorumError, match="E2311 the checksum 'md5:1' is not"):
        release.expected_digest("md5:1", "3.7.1", "amd64")


def test_the_architecture_is_etcds_name_of_it() -> None:
    assert (release.architecture("x86_64"), release.architecture("aarch64")) == ("amd64", "arm64")
    with pytest.raises(QuorumError, match="E2310 etcd has no release for the architecture i686"):
        release.architecture("i686")


@pytest.mark.parametrize(
    ("kubernetes", "etcd"), [("1.37.1", "3.7.1"), ("1.36.3", "3.6.14"), ("1.35.9", "3.6.14"), ("9.9.9", ""), ("", "")]
)
def test_the_default_release_is_of_kubeadms_line_without_known_holes_and_its_digest_is_known(
    kubernetes: str, etcd: str
) -> None:
    assert release.default_version(kubernetes) == etcd
    if etcd:
        assert release.expected_digest("", etcd, "amd64")
        assert release.expected_digest("", etcd, "arm64")
