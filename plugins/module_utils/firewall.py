# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rules that Kubernetes and its network plugins leave in the packet filter, told from those of others; pure.

Ours are the chains KUBE-*, CNI-* and FLANNEL-*, the rules of other chains that jump to them or carry flannel's comment,
the nftables tables of kube-proxy and flannel, and IPVS services on addresses of kube-ipvs0.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

OWN_CHAIN = re.compile(r"^(KUBE-|CNI-|FLANNEL-)")
OWN_COMMENT = "flanneld"
OWN_NFT_TABLES = ("kube-proxy", "flannel-ipv4", "flannel-ipv6")

_NFT_TABLE = re.compile(r"^table (\S+) (\S+)$")
_IPVS_SERVICE = re.compile(r"^-A (-[tu]) (\[?[0-9a-fA-F.:]+\]?):(\d+) ")


def own_chains(saved: str) -> list[str]:
    """Our chains in iptables-save's output as ``table/chain``."""
    return [
        f"{table}/{chain}"
        for table, lines in _tables(saved).items()
        for chain in _chains(lines)
        if OWN_CHAIN.match(chain)
    ]


def removal(saved: str) -> str:
    """The input for ``iptables-restore --noflush`` that removes what is ours in iptables-save's output; "" for nothing.

    A table is changed at once: jumps from other chains are deleted, our chains are emptied by declaring them, then
    deleted.
    """
    text = ""
    for table, lines in _tables(saved).items():
        chains = [chain for chain in _chains(lines) if OWN_CHAIN.match(chain)]
        rules = [line for line in lines if line.startswith("-A ") and _is_ours_elsewhere(line)]
        if chains or rules:
            commands = [f":{chain} - [0:0]" for chain in chains]
            commands += [f"-D{rule[2:]}" for rule in rules]
            commands += [f"-X {chain}" for chain in chains]
            text += "\n".join([f"*{table}", *commands, "COMMIT", ""])
    return text


def own_nft_tables(listed: str) -> list[tuple[str, str]]:
    """Our tables in the output of ``nft list tables``, as family and name."""
    found = [match.groups() for match in map(_NFT_TABLE.match, listed.splitlines()) if match]
    return [(str(family), str(name)) for family, name in found if name in OWN_NFT_TABLES]


def own_ipvs_services(saved: str, addresses: Iterable[str]) -> list[list[str]]:
    """Arguments of ``ipvsadm`` that delete the services of ``ipvsadm --save --numeric`` on kube-ipvs0's addresses."""
    own = set(addresses)
    found = []
    for match in map(_IPVS_SERVICE.match, saved.splitlines()):
        if match and match.group(2).strip("[]") in own:
            found.append(["--delete-service", match.group(1), f"{match.group(2)}:{match.group(3)}"])
    return found


def _tables(saved: str) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in saved.splitlines():
        if line.startswith("*"):
            lines = tables.setdefault(line[1:].strip(), [])
        else:
            lines.append(line)
    return tables


def _chains(lines: Iterable[str]) -> list[str]:
    return [line[1:].split()[0] for line in lines if line.startswith(":")]


def _is_ours_elsewhere(rule: str) -> bool:
    """Whether a rule of a chain of somebody else is ours; rules within our chains go with their chain."""
    try:
        words = shlex.split(rule)
    except ValueError:
        return False
    if OWN_CHAIN.match(words[1]):
        return False
    target = next((words[i + 1] for i, word in enumerate(words[:-1]) if word in ("-j", "-g")), "")
    comment = next((words[i + 1] for i, word in enumerate(words[:-1]) if word == "--comment"), "")
    return bool(OWN_CHAIN.match(target)) or comment.startswith(OWN_COMMENT)
