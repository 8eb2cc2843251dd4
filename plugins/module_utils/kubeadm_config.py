# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a living cluster lacks of the configuration that is wanted, and which parts of which host have to change; pure.

Three things are compared: what is wanted, what the cluster keeps (ConfigMaps, read by joins and upgrades), and what a
host runs with (manifests of static pods, a certificate, the kubelet's file). A host is judged by what it runs with, so
that an interrupted change goes on where it was. What the cluster keeps tells what was asked for until now: it is
written when every host is done.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import find, merge
from ansible_collections.quorum.kubernetes.plugins.module_utils.host_state import API_SERVER
from ansible_collections.quorum.kubernetes.plugins.module_utils.sans import canonical

Json = dict[str, Any]

KUBELET = "kubelet"
CERTIFICATE = "apiserver.crt"
ETCD = "etcd"

# Static pods in the order in which they are changed, and where ClusterConfiguration has their settings.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    ETCD: ("etcd", "local"),
    API_SERVER: ("apiServer",),
    "kube-controller-manager": ("controllerManager",),
    "kube-scheduler": ("scheduler",),
}
ARGUMENTS = "extraArgs"
VOLUMES = "extraVolumes"
SANS = "certSANs"

# kubeadm's names of the ConfigMaps in kube-system, and what each of them keeps.
KUBEADM_MAP, KUBELET_MAP, PROXY_MAP = "kubeadm-config", "kubelet-config", "kube-proxy"
KEPT = {KUBEADM_MAP: "ClusterConfiguration", KUBELET_MAP: "kubelet", PROXY_MAP: "config.conf"}

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+")
_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


@dataclass(frozen=True)
class Configuration:
    """kubeadm's documents as they are wanted or as the cluster keeps them; `proxy` is empty without kube-proxy."""

    cluster: Json = field(default_factory=dict)
    kubelet: Json = field(default_factory=dict)
    proxy: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """What a host runs with: each static pod's settings (see `pod_settings`), the names in the API server's
    certificate, and the kubelet's configuration."""

    components: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sans: Sequence[str] = ()
    kubelet: Mapping[str, Any] = field(default_factory=dict)


def of_documents(documents: Sequence[Json]) -> Configuration:
    """The wanted configuration out of kubeadm's documents."""
    return Configuration(
        *(find(documents, f"{kind}Configuration") or {} for kind in ("Cluster", "Kubelet", "KubeProxy"))
    )


def host_changes(running: Running, kept: Configuration, wanted: Configuration) -> dict[str, list[str]]:
    """For each part of a host that has to change what comes (`+ x`) and what goes (`- x`)."""
    found: dict[str, list[str]] = {}
    for name in COMPONENTS:
        if name in running.components:
            before, after = (component_settings(one.cluster, name) for one in (kept, wanted))
            found[name] = _differences(running.components[name], before, after)
    if API_SERVER in running.components:
        found[CERTIFICATE] = _differences(
            running.sans, certificate_names(kept.cluster), certificate_names(wanted.cluster)
        )
    if running.kubelet:
        found[KUBELET] = _lacking(running.kubelet, wanted.kubelet)
    return {name: lines for name, lines in found.items() if lines}


def kept_changes(kept: Configuration, wanted: Configuration) -> dict[str, list[str]]:
    """The same for what the cluster keeps, by the name of the ConfigMap. Nothing where it is not known."""
    if not (kept.cluster and kept.kubelet):
        return {}
    before, after = _kept_lines(kept.cluster), _kept_lines(wanted.cluster)
    found = {KUBEADM_MAP: _differences(before, before, after), KUBELET_MAP: _lacking(kept.kubelet, wanted.kubelet)}
    if kept.proxy:
        found[PROXY_MAP] = _lacking(kept.proxy, wanted.proxy)
    return {name: lines for name, lines in found.items() if lines}


def laid_on(kept: Configuration, wanted: Configuration) -> Configuration:
    """What the cluster is to keep: only what can change on a living one is taken from what is wanted."""
    cluster = copy.deepcopy(kept.cluster)
    for path, setting in _changeable():
        value = _at(wanted.cluster, (*path, setting))
        if value:
            holder = cluster
            for key in path:
                holder = holder.setdefault(key, {})
            holder[setting] = copy.deepcopy(value)
        else:
            (_at(cluster, path) or {}).pop(setting, None)
    proxy = merge(kept.proxy, wanted.proxy) if kept.proxy else {}
    return Configuration(cluster, merge(kept.kubelet, wanted.kubelet), proxy)


def component_settings(cluster: Json, name: str) -> list[str]:
    """A component's settings of its own in the form of `pod_settings`."""
    path = COMPONENTS[name]
    arguments = (f"--{one.get('name')}={one.get('value', '')}" for one in _records(cluster, (*path, ARGUMENTS)))
    volumes = (
        _mount(one.get("hostPath"), one.get("mountPath"), one.get("readOnly"))
        for one in _records(cluster, (*path, VOLUMES))
    )
    return [*arguments, *volumes]


def certificate_names(cluster: Json) -> list[str]:
    """Names that the API server's certificate has beside those that kubeadm adds by itself."""
    return [canonical(str(name)) for name in _list(cluster, (*COMPONENTS[API_SERVER], SANS))]


def pod_settings(pod: Json) -> list[str]:
    """The arguments of a static pod's only container, and what of the host is mounted where."""
    spec = pod.get("spec") or {}
    container = (spec.get("containers") or [{}])[0]
    paths = {one.get("name"): (one.get("hostPath") or {}).get("path") for one in spec.get("volumes") or []}
    mounts = (
        _mount(paths.get(one.get("name")), one.get("mountPath"), one.get("readOnly"))
        for one in container.get("volumeMounts") or []
    )
    return [*(str(one) for one in (container.get("command") or [])[1:]), *mounts]


def _changeable() -> Iterator[tuple[tuple[str, ...], str]]:
    """Path and name of each setting of ClusterConfiguration that can change on a living cluster.

    Those of external etcd are not among them: kubeadm has nothing to say about that.
    """
    for path in COMPONENTS.values():
        yield path, ARGUMENTS
        yield path, VOLUMES
    yield COMPONENTS[API_SERVER], SANS


def _mount(host_path: object, mount_path: object, read_only: object) -> str:
    return f"mount {host_path} at {mount_path}{' read-only' if read_only else ''}"


def _kept_lines(cluster: Json) -> list[str]:
    lines = [f"{name} {one}" for name in COMPONENTS for one in component_settings(cluster, name)]
    return [*lines, *(f"{CERTIFICATE} {name}" for name in certificate_names(cluster))]


def _differences(seen: Iterable[str], before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What is wanted and is not there, and what was asked for until now, is wanted no more and is still there."""
    there = set(seen)
    gone = [f"- {one}" for one in before if one not in after and one in there]
    return [*gone, *(f"+ {one}" for one in after if one not in there)]


def _lacking(seen: Mapping[str, Any], wanted: Json) -> list[str]:
    """Settings of a component's configuration that are not as wanted. Those that nobody speaks of stay as they are."""
    have, want = dict(_leaves(seen)), dict(_leaves(wanted))
    return [f"+ {path}: {json.dumps(value)}" for path, value in want.items() if not _same(have.get(path), value)]


def _leaves(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of everything that is no mapping; lists count as one value."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        elif prefix or key not in ("apiVersion", "kind"):
            yield f"{prefix}{key}", value


def _same(have: Any, want: Any) -> bool:
    """Whether two values mean the same: kubeadm leaves empty ones out and writes `5m` as `5m0s`."""
    if have == want or not (have or want):
        return True
    times = [_nanoseconds(value) for value in (have, want)]
    return None not in times and times[0] == times[1]


def _nanoseconds(value: Any) -> float | None:
    if not (isinstance(value, str) and _DURATION.fullmatch(value)):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)(ns|us|ms|s|m|h)", value))


def _records(data: Json, path: Sequence[str]) -> list[Mapping[str, Any]]:
    return [one for one in _list(data, path) if isinstance(one, Mapping)]


def _list(data: Json, path: Sequence[str]) -> list[Any]:
    value = _at(data, path)
    return value if isinstance(value, list) else []


def _at(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data
