# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A host is none, partial or complete: every way to be interrupted, and what must never be taken for one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state as hs
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import Seen, classify

CONTROL_PLANE = Seen(
    files=frozenset(hs.ALL_FILES) - {hs.BOOTSTRAP_CONF},
    manifests=hs.KUBEADM_MANIFESTS,
    etcd_data=True,
    node_exists=True,
    member=hs.MEMBER_VOTER,
)
WORKER = Seen(files=frozenset(hs.WORKER_FILES))
EXTERNAL_ETCD = Seen(
    files=frozenset(hs.CONTROL_PLANE_FILES),
    manifests=hs.COMPONENT_MANIFESTS,
    local_etcd=False,
)


@pytest.mark.parametrize(
    ("seen", "role"),
    [(CONTROL_PLANE, hs.CONTROL_PLANE), (WORKER, hs.WORKER), (EXTERNAL_ETCD, hs.CONTROL_PLANE)],
    ids=["control plane", "worker", "external etcd"],
)
def test_a_finished_host_is_complete(seen: Seen, role: str) -> None:
    assert classify(seen) == hs.State(hs.COMPLETE, role)


def test_a_host_that_kubeadm_never_saw_is_none() -> None:
    assert classify(Seen()) == hs.State(hs.NONE)


def test_a_manifest_of_somebody_else_alone_is_none() -> None:
    assert classify(Seen(manifests=("my-proxy.yaml",))).state == hs.NONE


@pytest.mark.parametrize("path", sorted(set(hs.CONTROL_PLANE_FILES) | set(hs.LOCAL_ETCD_FILES)))
def test_a_control_plane_without_any_one_of_its_files_is_partial(path: str) -> None:
    judged = classify(replace(CONTROL_PLANE, files=CONTROL_PLANE.files - {path}))
    assert (judged.state, judged.role) == (hs.PARTIAL, hs.CONTROL_PLANE)
    assert judged.reasons == (f"missing: {path}",)


@pytest.mark.parametrize("name", hs.KUBEADM_MANIFESTS)
def test_a_control_plane_without_any_one_manifest_is_partial(name: str) -> None:
    manifests = tuple(other for other in hs.KUBEADM_MANIFESTS if other != name)
    assert classify(replace(CONTROL_PLANE, manifests=manifests)).state == hs.PARTIAL


@pytest.mark.parametrize("path", hs.WORKER_FILES)
def test_a_worker_without_any_one_of_its_files_is_partial(path: str) -> None:
    assert classify(replace(WORKER, files=WORKER.files - {path})).state == hs.PARTIAL


def test_the_keys_of_the_authorities_may_be_elsewhere() -> None:
    keys = {f"{hs.PKI}/{name}.key" for name in ("ca", "front-proxy-ca", "etcd/ca")}
    assert classify(replace(CONTROL_PLANE, files=CONTROL_PLANE.files - keys)).state == hs.COMPLETE


def test_an_init_that_did_not_reach_its_last_phase_is_partial() -> None:
    judged = classify(replace(CONTROL_PLANE, kubelet_conf_embedded=True))
    assert judged.state == hs.PARTIAL
    assert "kubeadm init did not end" in judged.reasons[0]


def test_a_kubelet_that_does_not_rotate_keeps_its_first_certificate() -> None:
    seen = replace(
        CONTROL_PLANE,
        files=CONTROL_PLANE.files - {hs.KUBELET_CERTIFICATE},
        kubelet_conf_embedded=True,
        rotates_certificates=False,
    )
    assert classify(seen).state == hs.COMPLETE


def test_a_join_whose_only_trace_is_the_bootstrap_file_needs_no_second_join() -> None:
    judged = classify(replace(WORKER, files=WORKER.files | {hs.BOOTSTRAP_CONF}))
    assert judged.state == hs.PARTIAL
    assert judged.leftovers == (hs.BOOTSTRAP_CONF,)


def test_a_bootstrap_file_beside_missing_files_is_no_mere_leftover() -> None:
    judged = classify(Seen(files=frozenset({hs.BOOTSTRAP_CONF, hs.CA_CERTIFICATE})))
    assert (judged.state, judged.role, judged.leftovers) == (hs.PARTIAL, hs.WORKER, ())


@pytest.mark.parametrize("member", [hs.MEMBER_ABSENT, hs.MEMBER_LEARNER, hs.MEMBER_UNSTARTED])
def test_a_control_plane_whose_etcd_does_not_vote_is_partial(member: str) -> None:
    assert classify(replace(CONTROL_PLANE, member=member)).state == hs.PARTIAL
    bootstrapping = replace(CONTROL_PLANE, member=member, files=CONTROL_PLANE.files | {hs.BOOTSTRAP_CONF})
    assert classify(bootstrapping).leftovers == ()


def test_the_member_does_not_matter_with_external_etcd() -> None:
    assert classify(replace(EXTERNAL_ETCD, member=hs.MEMBER_ABSENT)).state == hs.COMPLETE


def test_a_cluster_that_cannot_be_asked_makes_no_host_partial() -> None:
    seen = replace(CONTROL_PLANE, node_exists=None, member=hs.MEMBER_UNKNOWN)
    assert classify(seen).state == hs.COMPLETE


def test_a_host_without_its_node_object_is_partial() -> None:
    assert classify(replace(CONTROL_PLANE, node_exists=False)).reasons == (
        "the cluster has no Node object of this host",
    )


def test_data_of_etcd_alone_is_partial_and_a_control_planes() -> None:
    judged = classify(Seen(etcd_data=True))
    assert (judged.state, judged.role) == (hs.PARTIAL, hs.CONTROL_PLANE)


def test_many_missing_files_make_a_short_sentence() -> None:
    judged = classify(Seen(files=frozenset({f"{hs.PKI}/ca.key"})))
    assert judged.reasons[0].startswith(f"missing: {hs.KUBELET_CONF}, ")
    assert "more" in judged.reasons[0]
    assert judged.reasons[0].count(",") == hs.NAMED_FILES - 1


def test_manifests_are_told_apart() -> None:
    names = ("etcd.yaml", "kube-apiserver.yaml.bak", ".hidden", "my-proxy.yaml")
    assert hs.known_manifests(names) == ("etcd.yaml",)
    assert hs.unknown_manifests(names) == ("kube-apiserver.yaml.bak", "my-proxy.yaml")
