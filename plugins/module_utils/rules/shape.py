# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Form: names of variables, types, choices, what is required, and what must be the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, RawInventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import Rule, about
from ansible_collections.quorum.kubernetes.plugins.module_utils.suggest import closest
from ansible_collections.quorum.kubernetes.plugins.module_utils.values import WrongType, show, type_name, typed
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import CLUSTER, GROUPS, VARIABLES

RENAMED = {
    # kubespray's names of the same things
    "kube_pods_subnet": "kube_pod_subnet",
    "kube_service_addresses": "kube_service_subnet",
    "kube_network_node_prefix": "kube_node_cidr_mask",
    "kube_network_node_prefix_ipv6": "kube_node_cidr_mask_ipv6",
    "kube_apiserver_port": "kube_api_port",
    "kube_image_repo": "kube_image_repository",
    "kube_kubeadm_apiserver_extra_args": "kube_apiserver_extra_args",
    "kube_kubeadm_controller_extra_args": "kube_controller_manager_extra_args",
    "kube_kubeadm_scheduler_extra_args": "kube_scheduler_extra_args",
}
"""Names that other projects use for what has another name here."""

_ROLE_PREFIXES = ("kube_packages_",)  # variables of the role of that name

_ANYWHERE = frozenset(
    [
        "kube_own_variables",
        "kube_own_groups",
        "kube_kubeconfig_path",
        "kube_backup_fetch_directory",
        "kube_restore_backup",
        "kube_restore_keep_etcd",
        "kube_restore_snapshot",
        "kube_confirm_reset",
        "kube_confirm_restore",
        "kube_maintenance_hosts",
        "kube_remove_hosts",
    ]
    + [name for name in VARIABLES if name.startswith("kube_allow_")]
)
_CONTROL_PLANE_ONLY = frozenset(
    (
        "kube_apiserver_extra_args",
        "kube_controller_manager_extra_args",
        "kube_scheduler_extra_args",
        "kube_leader_election",
        "kube_cluster_configuration",
        "kube_cert_extra_sans",
        "kube_network_manifests",
        "kube_backup_directory",
        "kube_backup_keep",
        "kube_backup_passphrase",
    )
)
_BATCH = re.compile(r"[1-9]\d{0,3}|([1-9]\d?|100)%")
_LEAST = {"kube_drain_timeout": 1, "kube_renew_days": 0, "kube_backup_keep": 0, "kube_etcd_snapshot_keep": 1}
_PATHS = ("kube_kubeconfig_path", "kube_etcd_data_directory", "kube_backup_directory", "kube_backup_fetch_directory")
_LOAD_BALANCER_ONLY = frozenset(("kube_api_vip", "kube_api_vip_router_id", "kube_load_balancer_port"))


def unknown_names(raw: RawInventory) -> Iterator[Finding]:
    """kube_* is this collection's: what it does not know is a mistake, or named in kube_own_variables."""
    own = _own_variables(raw)
    for host, mine in raw.values.items():
        for name in [*mine, *raw.broken.get(host, {})]:
            if name not in VARIABLES and name not in own and name not in GROUPS:
                finding = _unknown(name, host, raw.origins.get(host, {}).get(name, ""))
                if finding is not None:
                    yield finding


def _own_variables(raw: RawInventory) -> frozenset[str]:
    listed = [mine.get("kube_own_variables") for mine in raw.values.values()]
    return frozenset(str(name) for names in listed if isinstance(names, list) for name in names)


def _unknown(name: str, host: str, file: str) -> Finding | None:
    if name in RENAMED:
        right = RENAMED[name]
        return Finding("0907", name, "", f"is called {right} here", f"rename it to {right}", host, file)
    if name.startswith(_ROLE_PREFIXES):
        return None
    suggestion = _suggestion(name)
    if suggestion:
        fix = f"did you mean {suggestion}? If it is your own, name it in kube_own_variables"
        return Finding("0901", name, "", "is no variable of this collection", fix, host, file)
    wrong = "is no variable of this collection and has no effect"
    return Finding("0908", name, "", wrong, "remove it, or name it in kube_own_variables", host, file)


_suggestions: dict[str, str] = {}


def _suggestion(name: str) -> str:
    """Comparing with every name is slow, and a group's variable comes once a host."""
    if name not in _suggestions:
        _suggestions[name] = closest(name, VARIABLES)
    return _suggestions[name]


def broken_values(raw: RawInventory) -> Iterator[Finding]:
    """Values with a template that cannot be worked out, or a vault that does not open."""
    for host, found in raw.broken.items():
        for name, reason in found.items():
            file = raw.origins.get(host, {}).get(name, "")
            fix = "define what it uses, or correct the expression"
            if "ansible_" in reason:
                fix = "write the value itself: facts of hosts are not there, because no host is asked before this check"
            secret = name in VARIABLES and VARIABLES[name].secret
            why = "(the reason may show the secret)" if secret else reason
            yield Finding("0904", name, "", f"cannot be worked out: {why}", fix, host, file)


def types(raw: RawInventory) -> Iterator[Finding]:
    """Values of the type, and among the choices, that their variable has."""
    for host, mine in raw.values.items():
        for name, value in mine.items():
            if name in VARIABLES:
                problem = _type_problem(name, value)
                if problem:
                    code, seen, wrong, fix = problem
                    yield Finding(code, name, seen, wrong, fix, host, raw.origins.get(host, {}).get(name, ""))


def _type_problem(name: str, value: object) -> tuple[str, str, str, str] | None:
    variable = VARIABLES[name]
    if value is None and not variable.required:
        return "0906", "", "is set to nothing (null)", "write a value, or remove the line to get the default"
    if value is None:
        return None
    try:
        usable = typed(variable, value)
    except WrongType as error:
        if variable.secret:
            return "0903", "(value not shown)", f"wants a {variable.kind}, got a {type_name(value)}", error.fix
        if name.endswith("_port"):
            return "0403", show(value), "is no port: a port must be 1-65535", "write a number, such as 6443"
        return "0903", "", error.wrong, error.fix
    if variable.choices and usable not in variable.choices:
        suggestion = closest(str(usable), variable.choices, likeness=0.6)
        wrong = f"is not one of {', '.join(variable.choices)}"
        return "0902", show(value), wrong, f"write {suggestion or 'one of them'}"
    return None


def required(inventory: Inventory) -> Iterator[Finding]:
    """What has no default is set and not empty, on every node."""
    for name, variable in VARIABLES.items():
        if not variable.required or not inventory.nodes:
            continue
        if not any(inventory.text(name, host) for host in inventory.nodes):
            file = inventory.origin(name, inventory.nodes[0])
            yield Finding(
                "0905", name, "", "is required and is empty", "set it in group_vars/all/cluster.yml", file=file
            )


def same_everywhere(inventory: Inventory) -> Iterator[Finding]:
    """What the whole cluster shares is the same on all hosts that need it."""
    for name, variable in VARIABLES.items():
        if variable.scope != CLUSTER or name in _ANYWHERE:
            continue
        speaker = inventory.speaker(name)
        if not speaker:
            continue
        value = inventory.value(name)
        for host in inventory.hosts:
            if inventory.has(host, name) and inventory.host_value(host, name) != value:
                yield _differs(inventory, name, speaker, host)
                break
            if not inventory.has(host, name) and host in _needed_by(inventory, name) and not _is_default(name, value):
                fix = "set it in group_vars/all, where every host has it"
                yield about(inventory, "0909", name, f"is set on {speaker} but not on {host}", fix, seen="")
                break


def _needed_by(inventory: Inventory, name: str) -> Sequence[str]:
    if name in _LOAD_BALANCER_ONLY:
        return inventory.load_balancers
    return inventory.control_planes if name in _CONTROL_PLANE_ONLY else inventory.nodes


def _is_default(name: str, value: object) -> bool:
    return value == VARIABLES[name].default


def _differs(inventory: Inventory, name: str, speaker: str, host: str) -> Finding:
    first, other = show(inventory.host_value(speaker, name)), show(inventory.host_value(host, name))
    wrong = f"is {first} on {speaker} and {other} on {host}"
    file = inventory.origin(name, host)
    if VARIABLES[name].secret:
        wrong = f"is not the same on {speaker} and {host} (values not shown)"
    return Finding("0909", name, "", wrong, "set it once, in group_vars/all", "", file)


def numbers(inventory: Inventory) -> Iterator[Finding]:
    """Times and days are not below what makes sense."""
    for name, least in _LEAST.items():
        if inventory.number(name) < least:
            yield about(inventory, "0912", name, f"must be at least {least}", f"write {least} or more")
    if not _BATCH.fullmatch(inventory.text("kube_upgrade_batch")):
        wrong = "must be a number of hosts or a percentage of them, at least 1"
        yield about(inventory, "0912", "kube_upgrade_batch", wrong, "write '1' or '25%'")


def paths(inventory: Inventory) -> Iterator[Finding]:
    """Paths mean the same wherever the playbook is started."""
    wrong, fix = "must be an absolute path without '..'", "write it from the root, or begin it with {{ inventory_dir }}"
    for name in _PATHS:
        text = inventory.text(name)
        if not text and name == "kube_backup_fetch_directory":
            continue
        if inventory.speaker(name) and not _is_plain_path(text):
            yield about(inventory, "0910", name, wrong, fix)
    for text in inventory.strings("kube_network_manifests"):
        if not _is_plain_path(text):
            yield about(inventory, "0910", "kube_network_manifests", wrong, fix, seen=show(text))


def _is_plain_path(text: str) -> bool:
    return text.startswith("/") and ".." not in text.split("/")


def files(raw: RawInventory) -> Iterator[Finding]:
    """Manifests that are named are there."""
    for host, mine in raw.values.items():
        listed = mine.get("kube_network_manifests")
        for path in listed if isinstance(listed, list) else []:
            if str(path) in raw.missing_files:
                file = raw.origins.get(host, {}).get("kube_network_manifests", "")
                fix = "write the path of a file on this machine"
                yield Finding("0911", "kube_network_manifests", show(path), "is not there", fix, host, file)


RAW_RULES = (
    Rule("0901", unknown_names),
    Rule("0904", broken_values),
    Rule("0903", types),
    Rule("0911", files),
)
RULES = (
    Rule("0905", required),
    Rule("0909", same_everywhere),
    Rule("0912", numbers),
    Rule("0910", paths),
)
