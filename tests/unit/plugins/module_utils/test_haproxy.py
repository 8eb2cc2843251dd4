"""A server of the load balancer leaves and comes back without a reload, and never the last one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import haproxy
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.modules.load_balancer_server import run, run_all
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeClock

HEADER = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight\n"


class FakeHaproxy:
    """Three servers; one that is made ready is found up by its checks `delay` seconds later."""

    def __init__(self, *down: str, delay: float = 1.0) -> None:
        self.clock = FakeClock()
        self.commands: list[str] = []
        self._admin = {"cp1": 0, "cp2": 0, "cp3": 0}
        self._up_at = {name: 1e12 if name in down else 0.0 for name in self._admin}
        self._delay = delay

    def __call__(self, command: str) -> str:
        if command == "show servers state kube_api":
            rows = [
                f"3 kube_api {number} {name} 10.0.0.{number} {2 if self._up_at[name] <= self.clock() else 0} {admin} 1"
                for number, (name, admin) in enumerate(self._admin.items(), 1)
            ]
            return HEADER + "\n".join(rows)
        self.commands.append(command)
        name = command.split("kube_api/")[1].split()[0]
        if command.endswith("state drain"):
            self._admin[name] = 8
        elif command.endswith("state ready"):
            self._admin[name] = 0
            self._up_at[name] = max(self._up_at[name], self.clock() + self._delay)
        return ""

    def server(self, name: str = "cp1") -> haproxy.Server:
        """Return one of its servers."""
        return haproxy.Server(self, "kube_api", name, self.clock, self.clock.sleep)


def test_a_server_leaves_gently_and_comes_back() -> None:
    balancer = FakeHaproxy()
    assert balancer.server().drain(3.0) is True
    assert balancer.commands == [
        "set server kube_api/cp1 state drain",
        "shutdown sessions server kube_api/cp1",
    ]
    assert balancer.clock.slept == [3.0]
    assert balancer.server().states()[0].serves is False
    assert balancer.server().ready(10) is True
    assert balancer.server().states()[0].serves is True


def test_the_last_server_stays() -> None:
    balancer = FakeHaproxy("cp2", "cp3")
    assert balancer.server().drain(0) is False
    assert balancer.commands == []


def test_a_server_that_does_not_come_back_is_said() -> None:
    balancer = FakeHaproxy("cp1")
    with pytest.raises(QuorumError, match="E2532 haproxy gives cp1 no connections after 5 s"):
        balancer.server().ready(5)


def test_nobody_has_to_wait_for_a_server_that_cannot_be_up_yet() -> None:
    balancer = FakeHaproxy("cp1")
    assert balancer.server().ready(0) is False
    assert balancer.clock.slept == []


def test_a_server_that_is_not_configured_is_said() -> None:
    with pytest.raises(QuorumError, match="E2531 haproxy has no server cp9"):
        FakeHaproxy().server("cp9").drain(0)


def test_a_refusal_is_told() -> None:
    balancer = FakeHaproxy()
    server = balancer.server()
    server.send = lambda command: balancer(command) if command.startswith("show") else "Permission denied"
    with pytest.raises(QuorumError, match=r"E2533 .*Permission denied"):
        server.drain(0)


def test_a_socket_nobody_listens_on_is_said() -> None:
    with pytest.raises(QuorumError, match="E2530"):
        haproxy.ask("/nonexistent/admin.sock")("show servers state")


def test_all_servers_come_back_after_an_interruption() -> None:
    balancer = FakeHaproxy()
    for name in ("cp1", "cp3"):
        balancer.server(name).drain(0)
    params: dict[str, Any] = {"name": "", "backend": "kube_api", "state": "ready", "grace": 0.0, "timeout": 0.0}
    assert run_all(params, False, balancer)["changed"] is True
    assert [balancer.server(name).states()[0].admin for name in ("cp1", "cp2", "cp3")] == [0, 0, 0]
    assert run_all(params, False, balancer)["changed"] is False


@pytest.mark.parametrize("state", ["drained", "ready"])
def test_check_then_run_then_check_then_run(state: str) -> None:
    balancer = FakeHaproxy()
    if state == "ready":
        balancer.server().drain(0)
    params: dict[str, Any] = {"state": state, "grace": 0.0, "timeout": 5.0}
    before = list(balancer.commands)
    assert run(params, True, balancer.server())["changed"] is True
    assert balancer.commands == before
    assert run(params, False, balancer.server()) == {"changed": True, "serves": state == "ready"}
    for check_mode in (True, False):
        assert run(params, check_mode, balancer.server())["changed"] is False
