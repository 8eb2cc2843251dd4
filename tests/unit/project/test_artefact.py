"""The artefact's gate sees what does not belong to users."""

from __future__ import annotations

import pytest

from tools.artefact import unexpected


@pytest.mark.parametrize(
    "name",
    [
        "tests/unit/test_x.py",
        "lab/cli.py",
        ".github/workflows/ci.yml",
        "roles/node/.travis.yml",
        "plugins/modules/__pycache__/x.cpython-311",
        "roles/node/tasks/main.yml.orig",
        "inventory/sample/kubernetes.kubeconfig",
        "inventory/vagrant/inventory.ini",
        "playbooks/cluster.retry",
    ],
)
def test_what_no_user_needs_is_a_leak(name: str) -> None:
    assert unexpected(["README.md", name]) == [name]


def test_what_users_need_is_none() -> None:
    needed = ["MANIFEST.json", "roles/node/tasks/main.yml", "meta/runtime.yml", "plugins/filter/to_toml.py"]
    assert unexpected([*needed, "inventory", "inventory/sample", "inventory/sample/inventory.ini"]) == []
