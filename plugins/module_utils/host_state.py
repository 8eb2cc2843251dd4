# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether kubeadm has never run on a host, has finished there, or was interrupted: none, complete or partial.

Judged from what is on disk and, on a control plane whose API server and etcd answer, from the cluster. There is no
marker file: a killed init or join leaves the files of the phases that it finished, and each phase leaves its own
(kubernetes/cmd/kubeadm/app/cmd/{init,join}.go, the order of AppendPhase).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

NONE = "none"
PARTIAL = "partial"
COMPLETE = "complete"

CONTROL_PLANE = "control_plane"
WORKER = "worker"

KUBERNETES = "/etc/kubernetes"
PKI = f"{KUBERNETES}/pki"
KUBEADM_SCRATCH = f"{KUBERNETES}/tmp"  # noqa: S108 - kubeadm's own directory, not the shared one
MANIFESTS = f"{KUBERNETES}/manifests"
ETCD_DATA = "/var/lib/etcd"
KUBELET = "/var/lib/kubelet"

KUBELET_CONF = f"{KUBERNETES}/kubelet.conf"
BOOTSTRAP_CONF = f"{KUBERNETES}/bootstrap-kubelet.conf"
ADMIN_CONF = f"{KUBERNETES}/admin.conf"
KUBELET_CONFIG = f"{KUBELET}/config.yaml"
KUBELET_FLAGS = f"{KUBELET}/kubeadm-flags.env"
KUBELET_INSTANCE_CONFIG = f"{KUBELET}/instance-config.yaml"
KUBELET_CERTIFICATE = f"{KUBELET}/pki/kubelet-client-current.pem"
CA_CERTIFICATE = f"{PKI}/ca.crt"

SNAPSHOT_TIMER = "/etc/systemd/system/quorum-etcd-snapshot.timer"

API_SERVER = "kube-apiserver"
COMPONENTS = (API_SERVER, "kube-controller-manager", "kube-scheduler")
ETCD_MANIFEST = "etcd.yaml"
API_SERVER_MANIFEST = f"{MANIFESTS}/{API_SERVER}.yaml"
COMPONENT_MANIFESTS = tuple(f"{name}.yaml" for name in COMPONENTS)
KUBEADM_MANIFESTS = (*COMPONENT_MANIFESTS, ETCD_MANIFEST)

CONTROL_PLANE_CONFS = tuple(f"{KUBERNETES}/{name}.conf" for name in ("admin", "controller-manager", "scheduler"))
SUPER_ADMIN_CONF = f"{KUBERNETES}/super-admin.conf"

# Keys of CAs are not asked for: a cluster may have its CA elsewhere ("external CA" in kubeadm's documentation).
WORKER_FILES = (KUBELET_CONF, CA_CERTIFICATE, KUBELET_CONFIG, KUBELET_CERTIFICATE)
# Certificates with their keys that kubeadm signs with its CAs, so that they can be made anew at any time.
LEAVES = ("apiserver", "apiserver-kubelet-client", "front-proxy-client")
LOCAL_ETCD_LEAVES = ("apiserver-etcd-client", "etcd/server", "etcd/peer", "etcd/healthcheck-client")
CONTROL_PLANE_FILES = (
    *WORKER_FILES,
    *CONTROL_PLANE_CONFS,
    *(f"{PKI}/{name}{end}" for name in LEAVES for end in (".crt", ".key")),
    *(f"{PKI}/{name}" for name in ("front-proxy-ca.crt", "sa.key", "sa.pub")),
)
LOCAL_ETCD_FILES = (
    f"{PKI}/etcd/ca.crt",
    *(f"{PKI}/{name}{end}" for name in LOCAL_ETCD_LEAVES for end in (".crt", ".key")),
)
ALL_FILES = tuple(
    dict.fromkeys(
        [
            *CONTROL_PLANE_FILES,
            *LOCAL_ETCD_FILES,
            BOOTSTRAP_CONF,
            SUPER_ADMIN_CONF,
            KUBELET_FLAGS,
            *(f"{PKI}/{name}.key" for name in ("ca", "front-proxy-ca", "etcd/ca")),
        ]
    )
)

# kubeadm's own name for a member that has not said its name yet is the empty one.
MEMBER_UNKNOWN = "unknown"
MEMBER_ABSENT = "absent"
MEMBER_LEARNER = "learner"
MEMBER_UNSTARTED = "unstarted"
MEMBER_VOTER = "voter"

NAMED_FILES = 4


def static_pods(filled: Callable[[str], bool]) -> list[str]:
    """Names of kubeadm's static pods that have a manifest on this host; `filled` tells whether a file has content."""
    return [name.rpartition(".")[0] for name in KUBEADM_MANIFESTS if filled(f"{MANIFESTS}/{name}")]


@dataclass(frozen=True)
class Seen:
    """What was found on one host.

    `files`: those of ALL_FILES that exist and are not empty. `manifests`: names in the manifest directory.
    `kubelet_conf_embedded`: kubelet.conf holds its client certificate itself, as kubeadm init writes it first.
    `rotates_certificates`: what the kubelet's configuration says, true by default.
    `local_etcd`: the API server's manifest (or, without one, the default) points at an etcd on this host.
    `etcd_data`: there is an etcd member directory. `node_exists`: None when the cluster could not be asked.
    `member`: this host's etcd member as etcd sees it, one of the MEMBER_* words.
    """

    files: frozenset[str] = frozenset()
    manifests: tuple[str, ...] = ()
    kubelet_conf_embedded: bool = False
    rotates_certificates: bool = True
    local_etcd: bool = True
    etcd_data: bool = False
    node_exists: bool | None = None
    member: str = MEMBER_UNKNOWN


@dataclass(frozen=True)
class State:
    """The judgement: state, role (None when nothing tells), reasons why it is not complete, and what a finished join
    only has to remove (`leftovers`)."""

    state: str
    role: str | None = None
    reasons: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = field(default=())


def classify(seen: Seen) -> State:
    """Judge one host; pure."""
    if not (seen.files or seen.etcd_data or known_manifests(seen.manifests)):
        return State(NONE)
    role = _role(seen)
    reasons = [*_missing(seen, role), *_unfinished(seen), *_not_in_cluster(seen, role)]
    leftovers = (BOOTSTRAP_CONF,) if BOOTSTRAP_CONF in seen.files and not reasons else ()
    if leftovers:
        reasons.append(f"{BOOTSTRAP_CONF} is still there: kubeadm join did not end")
    return State(PARTIAL if reasons else COMPLETE, role, tuple(reasons), leftovers)


def known_manifests(manifests: Iterable[str]) -> tuple[str, ...]:
    """Those manifests that kubeadm writes."""
    return tuple(name for name in manifests if name in KUBEADM_MANIFESTS)


def unknown_manifests(manifests: Iterable[str]) -> tuple[str, ...]:
    """Other files that the kubelet would run too: it reads every file there whose name does not start with a dot."""
    return tuple(name for name in manifests if name not in KUBEADM_MANIFESTS and not name.startswith("."))


def _role(seen: Seen) -> str | None:
    control_plane = {*CONTROL_PLANE_CONFS, f"{PKI}/ca.key", f"{PKI}/apiserver.crt", f"{PKI}/sa.key"}
    if known_manifests(seen.manifests) or seen.files & control_plane or seen.etcd_data:
        return CONTROL_PLANE
    worker = {KUBELET_CONF, BOOTSTRAP_CONF, CA_CERTIFICATE}
    return WORKER if seen.files & worker else None


def _missing(seen: Seen, role: str | None) -> list[str]:
    wanted = list(CONTROL_PLANE_FILES if role == CONTROL_PLANE else WORKER_FILES)
    manifests = list(COMPONENT_MANIFESTS if role == CONTROL_PLANE else ())
    if role == CONTROL_PLANE and seen.local_etcd:
        wanted += LOCAL_ETCD_FILES
        manifests.append(ETCD_MANIFEST)
    # A kubelet that does not rotate its certificate keeps the one in kubelet.conf.
    if seen.kubelet_conf_embedded and not seen.rotates_certificates:
        wanted.remove(KUBELET_CERTIFICATE)
    missing = [path for path in wanted if path not in seen.files]
    missing += [f"{MANIFESTS}/{name}" for name in manifests if name not in seen.manifests]
    if not missing:
        return []
    named = ", ".join(missing[:NAMED_FILES])
    more = f" and {len(missing) - NAMED_FILES} more" if len(missing) > NAMED_FILES else ""
    return [f"missing: {named}{more}"]


def _unfinished(seen: Seen) -> list[str]:
    """kubeadm init's last phase here (see kubeadm_init) makes kubelet.conf point at the rotated certificate."""
    if seen.kubelet_conf_embedded and seen.rotates_certificates:
        return [f"{KUBELET_CONF} still holds its first certificate: kubeadm init did not end"]
    return []


def _not_in_cluster(seen: Seen, role: str | None) -> list[str]:
    reasons = []
    if seen.node_exists is False:
        reasons.append("the cluster has no Node object of this host")
    if role == CONTROL_PLANE and seen.local_etcd:
        if seen.member == MEMBER_ABSENT:
            reasons.append("etcd has no member of this host")
        elif seen.member in (MEMBER_LEARNER, MEMBER_UNSTARTED):
            reasons.append(f"the etcd member of this host is {seen.member}")
    return reasons
