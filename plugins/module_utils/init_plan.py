# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How kubeadm init begins, or goes on after it was interrupted; pure.

An interrupted init is never started over: the data of etcd and the CAs stay, what kubeadm derives from the CAs is made
anew, and kubeadm runs again over all of it. Its phases write the same files and objects again
(kubernetes/cmd/kubeadm/app/cmd/init.go), so that nothing is lost whatever had been reached.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import Seen, State

Json = dict[str, Any]

# kubelet-finalize comes last and by itself: what it leaves in kubelet.conf tells that all the rest is done.
LAST_PHASE = "kubelet-finalize"
SKIPPED_PHASES = (LAST_PHASE, "show-join-command")

# As the kernel cuts them to 15 characters.
OWN_PROCESSES = ("kube-apiserver", "kube-controller", "kube-scheduler", "etcd", "kubelet")

# key: what signs with it. Each pair belongs together; kubeadm writes the key first.
AUTHORITIES = (("ca.key", "ca.crt"), ("front-proxy-ca.key", "front-proxy-ca.crt"), ("sa.key", "sa.pub"))
ETCD_AUTHORITY = ("etcd/ca.key", "etcd/ca.crt")


@dataclass(frozen=True)
class InitPlan:
    """Whether kubeadm is to run, which files go first, which of its checks do not apply."""

    run: bool
    remove: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def plan(seen: Seen, judged: State, ports: Mapping[str, Json], local_etcd: bool, clean: bool) -> InitPlan:
    """What to do on a host in this state.

    `ports`: who listens on which port, as gather_network finds it. `clean` allows to go on with an interrupted init.
    Raises QuorumError when going on is not allowed, or would need keys that are not there.
    """
    if judged.state == host_state.COMPLETE:
        return InitPlan(run=False)
    if judged.state == host_state.NONE:
        return InitPlan(run=True)
    if not clean:
        raise QuorumError("E2110", f"kubeadm was interrupted here: {'; '.join(judged.reasons)}", "allow it with clean")
    broken = broken_authorities(seen, local_etcd)
    if seen.etcd_data and local_etcd and broken:
        raise QuorumError(
            "E2112",
            f"{host_state.ETCD_DATA} holds a cluster's data, but {', '.join(broken)} in {host_state.PKI} is missing",
            "put the PKI of that cluster back, or move the data away yourself if it is not needed",
        )
    return InitPlan(True, _derived(seen, local_etcd, broken), _checks(seen, ports))


def broken_authorities(seen: Seen, local_etcd: bool) -> list[str]:
    """Files without which no certificate can be signed, of those that a control plane has."""
    pairs = [*AUTHORITIES, *([ETCD_AUTHORITY] if local_etcd else [])]
    return [name for pair in pairs for name in pair if f"{host_state.PKI}/{name}" not in seen.files]


def _derived(seen: Seen, local_etcd: bool, broken: Sequence[str]) -> tuple[str, ...]:
    """What kubeadm makes anew from its CAs, and halves of CAs that have not signed for any data."""
    leaves = [*host_state.LEAVES, *(host_state.LOCAL_ETCD_LEAVES if local_etcd else ())]
    paths = [f"{host_state.PKI}/{name}{end}" for name in leaves for end in (".crt", ".key")]
    paths += [*host_state.CONTROL_PLANE_CONFS, host_state.SUPER_ADMIN_CONF, host_state.KUBELET_CONF]
    paths += [host_state.BOOTSTRAP_CONF]
    pairs = [*AUTHORITIES, *([ETCD_AUTHORITY] if local_etcd else [])]
    for pair in pairs:
        # A certificate without its key may be the user's; kubeadm says what it thinks of that.
        if pair[1] in broken:
            paths += [f"{host_state.PKI}/{name}" for name in pair]
    if broken:
        paths.append(host_state.KUBELET_CERTIFICATE)
    return tuple(paths)


def _checks(seen: Seen, ports: Mapping[str, Json]) -> tuple[str, ...]:
    """kubeadm's preflight checks that object to what the interrupted init itself left."""
    manifests = [
        f"FileAvailable--etc-kubernetes-manifests-{name}" for name in host_state.known_manifests(seen.manifests)
    ]
    data = ["DirAvailable--var-lib-etcd"] if seen.etcd_data else []
    owned = [f"Port-{port}" for port, owner in sorted(ports.items()) if owner.get("process") in OWN_PROCESSES]
    return (*manifests, *data, *owned)


def command(config_path: str, ignore: Sequence[str]) -> list[str]:
    """kubeadm init in two steps, without tokens or keys in its output."""
    config = f"--config={config_path}"
    first = ["kubeadm", "init", config, "--skip-token-print", "--skip-certificate-key-print"]
    first += [f"--skip-phases={','.join(SKIPPED_PHASES)}"]
    if ignore:
        first.append(f"--ignore-preflight-errors={','.join(ignore)}")
    last = ["kubeadm", "init", "phase", LAST_PHASE, "all", config]
    return ["/bin/sh", "-c", f"{shlex.join(first)} && {shlex.join(last)}"]


def local_ports(api_port: int) -> tuple[int, ...]:
    """The ports of a control plane that kubeadm checks."""
    return (api_port, 2379, 2380, 10250, 10257, 10259)
