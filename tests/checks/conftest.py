# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fixtures of the checks: the inventory decides which hosts and which kinds of cluster there are.

    pytest tests/checks/cluster --ansible-inventory PATH

An inventory that is empty, missing or names hosts that do not answer makes every check fail; a check that does not
apply to a kind of cluster is skipped only after that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import testinfra.host
from testinfra.backend.base import BaseBackend, CommandResult

from tests.tools import remote
from tests.tools.figures import Figure
from tests.tools.inventory import Host, Inventory, InventoryError, kubeconfig_path, read_inventory
from tests.tools.kube_api import KubeApi, KubeConfig, read_kubeconfig
from tests.tools.nodes import Lab
from tests.tools.restoring import RestoreSite, passphrase

MACHINES: dict[str, Callable[[Inventory], list[Host]]] = {
    "machine": lambda inventory: list(inventory.hosts.values()),
    "kubernetes_host": lambda inventory: inventory.kubernetes_hosts,
    "etcd_host": lambda inventory: inventory.etcd_hosts,
    "load_balancer": lambda inventory: inventory.load_balancers,
}


class SudoBackend(BaseBackend):  # type: ignore[misc]  # testinfra has no types
    """testinfra over the ssh of tests.tools.remote, which also knows sudo passwords."""

    NAME = "sudo"

    def __init__(self, machine: Host) -> None:
        super().__init__(machine.name)
        self._machine = machine

    def run(self, command: str, *args: str, **_kwargs: Any) -> CommandResult:
        """Run as root."""
        line = self.quote(command, *args)
        done = remote.run(self._machine, line)
        return self.result(done.rc, line.encode(), done.stdout, done.stderr)


_read: dict[str, Inventory | InventoryError] = {}


def _inventory(config: pytest.Config) -> Inventory:
    """The inventory of the command line, read once. InventoryError if it is of no use."""
    given = str(config.getoption("ansible_inventory") or "")
    if given not in _read:
        try:
            if not given:
                raise InventoryError("no inventory was given: --ansible-inventory PATH")
            _read[given] = read_inventory(Path(given))
        except InventoryError as error:
            _read[given] = error
    found = _read[given]
    if isinstance(found, InventoryError):
        raise found
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a host. Where there is no host, one test remains, which fails or says that it does not apply."""
    for name, choose in MACHINES.items():
        if name not in metafunc.fixturenames:
            continue
        try:
            hosts = choose(_inventory(metafunc.config))
        except InventoryError:
            hosts = []
        metafunc.parametrize(name, hosts or [None], ids=[host.name for host in hosts] or ["no-host"])


@pytest.fixture(scope="session")
def unreachable(request: pytest.FixtureRequest) -> dict[str, str]:
    """Hosts that did not answer when the checks began, with the reasons."""
    try:
        return remote.unreachable(list(_inventory(request.config).hosts.values()))
    except InventoryError:
        return {}


@pytest.fixture(scope="session")
def inventory(request: pytest.FixtureRequest, unreachable: dict[str, str]) -> Inventory:
    """The inventory, whose hosts all answer; everything fails otherwise."""
    found = _inventory(request.config)
    if unreachable:
        pytest.fail(f"hosts do not answer: {unreachable}", pytrace=False)
    return found


@pytest.fixture(autouse=True)
def _hosts_answer(inventory: Inventory) -> None:
    """No check may pass, or be skipped, without hosts."""
    assert inventory.control_planes


@pytest.fixture
def system(request: pytest.FixtureRequest) -> testinfra.host.Host:
    """testinfra's view of the host a test is parametrised with."""
    machine = next(request.getfixturevalue(name) for name in MACHINES if name in request.fixturenames)
    if machine is None:
        pytest.skip("this kind of cluster has no such host")
    return testinfra.host.Host(SudoBackend(machine))


@pytest.fixture(scope="session")
def kubeconfig(inventory: Inventory) -> KubeConfig:
    """The administrator's kubeconfig that cluster.yml fetched."""
    return read_kubeconfig(kubeconfig_path(inventory))


@pytest.fixture(scope="session")
def api(kubeconfig: KubeConfig) -> KubeApi:
    """The API as the administrator reaches it."""
    return KubeApi(kubeconfig)


@pytest.fixture(scope="session")
def lab() -> Lab:
    """The lab's hand on the nodes, for checks that take nodes away."""
    topology, name = os.environ.get("LAB_TOPOLOGY", ""), os.environ.get("LAB_NAME", "")
    if not (topology and name):
        pytest.skip("LAB_TOPOLOGY and LAB_NAME do not name a lab cluster: nothing here may be stopped")
    return Lab(topology, name)


@pytest.fixture(scope="session")
def scenario_folder() -> Path:
    """Where the scenario's earlier steps left what they saw."""
    folder = os.environ.get("MOLECULE_EPHEMERAL_DIRECTORY", "")
    if not folder:
        pytest.skip("outside molecule there is no earlier step to compare with")
    return Path(folder)


@pytest.fixture(scope="module")
def restore_site(request: pytest.FixtureRequest, inventory: Inventory, scenario_folder: Path) -> Iterator[RestoreSite]:
    """The cluster of a check that restores it; its playbooks know the passphrase."""
    with passphrase():
        yield RestoreSite(request.path.parent.name, inventory, scenario_folder)


@pytest.fixture(scope="module")
def backup(restore_site: RestoreSite) -> Path:
    """A backup that was made after some writes."""
    return restore_site.back_up()


@pytest.fixture
def figure(capsys: pytest.CaptureFixture[str]) -> Figure:
    """Print a measured value so that it is seen even when everything passes."""

    def write(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\nfigure: {text}\n")
            sys.stdout.flush()

    return write
