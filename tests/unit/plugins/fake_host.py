# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A host's disk as kubeadm leaves it, made in a temporary root."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.quorum.kubernetes.plugins.module_utils import host_state as hs
from ansible_collections.quorum.kubernetes.plugins.module_utils.disk import Disk
from ansible_collections.quorum.kubernetes.tests.unit.plugins.module_utils.test_pki import EC

API_SERVER = """\
spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=10.0.0.11
    - --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt
    - --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt
    - --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key
    - --etcd-servers=https://127.0.0.1:2379
    - --secure-port=6443
"""
KUBELET_CONF = """\
clusters:
- cluster:
    certificate-authority-data: aa==
    server: https://10.0.0.100:6443
contexts:
- context:
    user: default-auth
users:
- name: default-auth
  user:
    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
"""
FIRST_KUBELET_CONF = """\
clusters:
- cluster:
    server: https://10.0.0.11:6443
contexts:
- context:
    user: system:node:cp1
  name: system:node:cp1@kubernetes
users:
- user:
    client-certificate-data: LS0=
    client-key-data: LS0=
"""


class Host:
    """Writes files below a root and gives the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.disk = Disk(str(root))

    def write(self, path: str, text: str = "x") -> Host:
        """Write one file."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return self

    def worker(self) -> Host:
        """What kubeadm join leaves on a worker."""
        for path in hs.WORKER_FILES:
            self.write(path)
        return self.write(hs.KUBELET_CONF, KUBELET_CONF).write(hs.CA_CERTIFICATE, EC)

    def control_plane(self) -> Host:
        """What kubeadm init leaves."""
        for path in {*hs.ALL_FILES} - {hs.BOOTSTRAP_CONF}:
            self.write(path)
        for name in hs.KUBEADM_MANIFESTS:
            self.write(f"{hs.MANIFESTS}/{name}")
        self.write(hs.API_SERVER_MANIFEST, API_SERVER).write(f"{hs.ETCD_DATA}/member/wal/0.wal")
        return self.write(hs.KUBELET_CONF, KUBELET_CONF).write(hs.CA_CERTIFICATE, EC)

    def files(self) -> set[str]:
        """All files that are there."""
        return {"/" + str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}
