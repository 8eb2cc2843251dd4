# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask every etcd member for its own view, on its own host, through etcd's JSON gateway."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.tools.inventory import Inventory
from tests.tools.remote import RemoteError, on_all
from tests.tools.waiting import PATIENCE

# Stacked etcd as kubeadm lays it out, or external as role etcd does. Without linearizable a view is the member's own.
_SCRIPT = """
import json, os, ssl, sys, urllib.request
pki, client = "/etc/etcd/pki/", "client"
if not os.path.exists(pki + "client.crt"):
    pki, client = "/etc/kubernetes/pki/etcd/", "healthcheck-client"
context = ssl.create_default_context(cafile=pki + "ca.crt")
context.load_cert_chain(pki + client + ".crt", pki + client + ".key")
def ask(path, body):
    request = urllib.request.Request("https://127.0.0.1:2379/v3/" + path, json.dumps(body).encode())
    return json.load(urllib.request.urlopen(request, context=context, timeout=float(sys.argv[1])))
print(json.dumps({
    "members": ask("cluster/member/list", {"linearizable": False})["members"],
    "status": ask("maintenance/status", {}),
    "alarms": ask("maintenance/alarm", {"action": "GET"}).get("alarms", []),
}))
"""
_LIMIT = 10 * PATIENCE  # seconds for one answer
ASK = f"python3 - {_LIMIT:g} <<'PYTHON'{_SCRIPT}PYTHON\n"


@dataclass(frozen=True, order=True)
class Member:
    """A member as another one describes it."""

    name: str
    peer_urls: tuple[str, ...]
    learner: bool


@dataclass(frozen=True)
class View:
    """What one member says: its own id, its leader's ("0" for none), all members, alarms and errors."""

    member: str
    leader: str
    version: str
    members: tuple[Member, ...]
    troubles: tuple[str, ...]


def parse(text: str) -> View:
    """Make a view of the JSON that the script prints."""
    answer = json.loads(text)
    status = answer["status"]
    members = [
        Member(entry.get("name", ""), tuple(entry.get("peerURLs", [])), bool(entry.get("isLearner")))
        for entry in answer["members"]
    ]
    troubles = [f"alarm {entry.get('alarm')}" for entry in answer["alarms"]] + list(status.get("errors", []))
    return View(
        member=status["header"]["member_id"],
        leader=status.get("leader", "0"),
        version=status.get("version", "?"),
        members=tuple(sorted(members)),
        troubles=tuple(troubles),
    )


def views(inventory: Inventory) -> dict[str, View]:
    """Every member's view by host name, asked at once. RemoteError if a member does not answer."""
    return {host: parse(text) for host, text in on_all(inventory.etcd_hosts, ASK, timeout=60).items()}


def disagreement(inventory: Inventory) -> str:
    """In words why etcd is not whole: a member that does not answer, a learner, two opinions; "" if it is."""
    try:
        seen = views(inventory)
    except RemoteError as error:
        return str(error)
    lists = {view.members for view in seen.values()}
    if len(lists) > 1 or len({view.leader for view in seen.values()}) > 1:
        return f"etcd's members disagree: {seen}"
    only = next(iter(lists))
    if len(only) != len(inventory.etcd_hosts) or any(member.learner or not member.name for member in only):
        return f"etcd has the members {only}"
    return ""
