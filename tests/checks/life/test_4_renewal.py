# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fourth chapter: all certificates that kubeadm made are renewed, one control plane after the other."""

from __future__ import annotations

from tests.tools.figures import Figure
from tests.tools.inventory import kubeconfig_path
from tests.tools.life import Life
from tests.tools.remote import on_all
from tests.tools.watch import MAY_FAIL

RENEW = "--extra-vars=kube_renew_days=400"
# The API server's and etcd's certificates, but not the CAs, which stay.
SERIALS = """
for file in $(ls /etc/kubernetes/pki/apiserver*.crt /etc/kubernetes/pki/etcd/*.crt | grep -v /ca.crt); do
  echo "$file $(openssl x509 -noout -serial -in "$file")"
done
"""


def test_nobody_notices_that_every_certificate_is_renewed(life: Life, figure: Figure) -> None:
    control_planes = life.inventory.control_planes
    before, kubeconfig = on_all(control_planes, SERIALS), _kubeconfig(life)
    outcome, seen = life.watched("renew_certs.yml", RENEW)
    figure(f"certificates of {len(control_planes)} control planes renewed in {outcome.seconds:.0f} s: {seen}")
    after = on_all(control_planes, SERIALS)
    kept = {name: set(lines.splitlines()) & set(before[name].splitlines()) for name, lines in after.items()}
    assert kept == {host.name: set() for host in control_planes}
    assert _kubeconfig(life) != kubeconfig
    assert seen.lost == ()
    assert seen.failed_of_4000 <= MAY_FAIL


def _kubeconfig(life: Life) -> str:
    return kubeconfig_path(life.inventory).read_text(encoding="utf-8")
