# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How an init begins or goes on: nothing that cannot be made anew is ever removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state as hs
from ansible_collections.quorum.kubernetes.plugins.module_utils import init_plan
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import Seen, classify

UNFINISHED = Seen(
    files=frozenset(hs.ALL_FILES) - {hs.BOOTSTRAP_CONF},
    manifests=hs.KUBEADM_MANIFESTS,
    kubelet_conf_embedded=True,
    etcd_data=True,
)
AUTHORITIES = {
    f"{hs.PKI}/{name}" for name in ("ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub")
} | {f"{hs.PKI}/etcd/ca.crt", f"{hs.PKI}/etcd/ca.key"}


def plan(seen: Seen, clean: bool = True, ports: dict[str, Any] | None = None, local: bool = True) -> init_plan.InitPlan:
    return init_plan.plan(seen, classify(seen), ports or {}, local, clean)


def test_a_fresh_host_is_initialised_without_removing_or_ignoring_anything() -> None:
    assert plan(Seen(), clean=False) == init_plan.InitPlan(run=True)


def test_a_complete_host_is_left_alone() -> None:
    assert plan(replace(UNFINISHED, kubelet_conf_embedded=False)) == init_plan.InitPlan(run=False)


def test_going_on_must_be_allowed() -> None:
    with pytest.raises(QuorumError, match=r"E2110 .*kubeadm init did not end"):
        plan(UNFINISHED, clean=False)


def test_going_on_keeps_authorities_manifests_and_data() -> None:
    decided = plan(UNFINISHED)
    assert decided.run
    assert not AUTHORITIES & set(decided.remove)
    assert not [path for path in decided.remove if path.startswith((hs.MANIFESTS, hs.ETCD_DATA))]
    assert hs.KUBELET_CERTIFICATE not in decided.remove
    assert {f"{hs.PKI}/apiserver.crt", f"{hs.PKI}/etcd/peer.key", hs.ADMIN_CONF, hs.SUPER_ADMIN_CONF} <= set(
        decided.remove
    )


def test_only_what_the_interrupted_init_left_is_not_objected_to() -> None:
    ports = {
        "6443": {"process": "kube-apiserver"},
        "2379": {"process": "etcd"},
        "10257": {"process": "kube-controller"},
        "10250": {"process": "python3"},
    }
    assert plan(replace(UNFINISHED, manifests=("etcd.yaml", "mine.yaml")), ports=ports).ignore == (
        "FileAvailable--etc-kubernetes-manifests-etcd.yaml",
        "DirAvailable--var-lib-etcd",
        "Port-10257",
        "Port-2379",
        "Port-6443",
    )


@pytest.mark.parametrize("path", sorted(AUTHORITIES))
def test_data_without_any_one_part_of_its_authorities_is_refused(path: str) -> None:
    with pytest.raises(QuorumError, match=r"E2112 /var/lib/etcd holds a cluster's data"):
        plan(replace(UNFINISHED, files=UNFINISHED.files - {path}))


def test_data_alone_is_refused() -> None:
    with pytest.raises(QuorumError, match="E2112"):
        plan(Seen(etcd_data=True))


def test_half_an_authority_without_data_is_made_anew() -> None:
    seen = Seen(files=frozenset({f"{hs.PKI}/ca.crt", f"{hs.PKI}/ca.key", f"{hs.PKI}/front-proxy-ca.key"}))
    removed = set(plan(seen).remove)
    assert f"{hs.PKI}/front-proxy-ca.key" in removed
    assert not {f"{hs.PKI}/ca.crt", f"{hs.PKI}/ca.key"} & removed
    assert hs.KUBELET_CERTIFICATE in removed


def test_a_certificate_whose_key_is_elsewhere_stays() -> None:
    seen = Seen(files=frozenset({f"{hs.PKI}/ca.crt"}))
    assert f"{hs.PKI}/ca.crt" not in plan(seen).remove


def test_the_clients_of_external_etcd_stay() -> None:
    removed = plan(replace(UNFINISHED, local_etcd=False, etcd_data=False), local=False).remove
    assert not [path for path in removed if "etcd" in path]


def test_the_command_ends_with_the_phase_that_tells_that_it_ended() -> None:
    shell, flag, script = init_plan.command("/run/quorum/run-1.json", ["Swap", "Port-6443"])
    assert (shell, flag) == ("/bin/sh", "-c")
    assert script == (
        "kubeadm init --config=/run/quorum/run-1.json --skip-token-print --skip-certificate-key-print "
        "--skip-phases=kubelet-finalize,show-join-command --ignore-preflight-errors=Swap,Port-6443 "
        "&& kubeadm init phase kubelet-finalize all --config=/run/quorum/run-1.json"
    )
