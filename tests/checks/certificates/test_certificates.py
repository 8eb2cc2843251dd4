# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates are reported, and renewed even after all of them have ended and no API server answers.

The checks run one after the other on one cluster.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.tools import remote
from tests.tools.figures import Figure
from tests.tools.inventory import Inventory, kubeconfig_path, node_name
from tests.tools.kube_api import ApiError, KubeApi, nodes_missing, read_kubeconfig
from tests.tools.playbook import Outcome, PlaybookRun
from tests.tools.waiting import wait_until

MINUTES = 60.0
YEAR = 360  # days that a renewed certificate lasts at least

# kubeadm makes certificates that end within seconds, and everything has to start with them.
LET_ALL_END = """
set -e
cat > /run/short.yaml <<'YAML'
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v{version}
certificateValidityPeriod: 5s
YAML
kubeadm certs renew all --config /run/short.yaml
rm /run/short.yaml
sleep 6
crictl stop --timeout 2 $(crictl ps -q --name '^(kube-apiserver|etcd|kube-controller-manager|kube-scheduler)$')
"""


class Site:
    """The cluster under check and the runs of renew_certs.yml."""

    def __init__(self, inventory: Inventory, inventory_file: Path, folder: Path) -> None:
        self.inventory = inventory
        self._inventory_file, self._folder = inventory_file, folder
        self._runs = 0

    def renew(self, *arguments: str) -> tuple[Outcome, str]:
        """Run the playbook to its end, which must be a good one; its outcome and everything that it printed."""
        log = self._folder / f"certificates-{self._runs}.log"
        self._runs += 1
        with PlaybookRun(self._inventory_file, "renew_certs.yml", log, *arguments) as run:
            outcome = run.wait(6 * MINUTES)
            assert outcome.rc == 0, run.tail()
            return outcome, run.text()

    def days_served(self) -> int:
        """Days until the certificate ends that the API server shows."""
        config = read_kubeconfig(kubeconfig_path(self.inventory))
        pem = ssl.get_server_certificate(config.endpoint, timeout=10)
        found = remote.output(
            self.inventory.control_planes[0],
            f"openssl x509 -noout -enddate <<'PEM' | cut -d= -f2 | xargs -I@ date -d @ +%s; date +%s\n{pem}\nPEM\n",
        )
        end, now = found.split()
        return (int(end) - int(now)) // 86400

    def missing(self) -> str:
        """Which nodes are not Ready, asked with the kubeconfig that was fetched last."""
        api = KubeApi(read_kubeconfig(kubeconfig_path(self.inventory)))
        wanted = [node_name(host) for host in self.inventory.kubernetes_hosts]
        return nodes_missing(api.items("/api/v1/nodes", retry_for=0), wanted)


@pytest.fixture(scope="module")
def site(inventory: Inventory, scenario_folder: Path, request: pytest.FixtureRequest) -> Site:
    return Site(inventory, Path(str(request.config.getoption("ansible_inventory"))), scenario_folder)


def test_a_young_cluster_has_nothing_to_renew(site: Site) -> None:
    outcome, text = site.renew()
    assert outcome.changed == {}
    assert "/etc/kubernetes/pki/apiserver.crt" in text


def test_check_mode_says_what_it_would_renew(site: Site) -> None:
    before = site.days_served()
    outcome, text = site.renew("--extra-vars=kube_renew_days=400", "--check", "--diff")
    assert set(outcome.changed) == {host.name for host in site.inventory.control_planes}
    assert "+ renew apiserver-etcd-client" in text
    assert site.days_served() == before


def test_a_cluster_whose_certificates_have_all_ended_works_again(site: Site, figure: Figure) -> None:
    script = LET_ALL_END.replace("{version}", str(site.inventory.variable("kube_version")))
    remote.on_all(site.inventory.control_planes, script)
    with pytest.raises(ApiError):
        site.missing()
    outcome, text = site.renew()
    assert "expired" in text
    wait_until(site.missing, timeout=120, what="Ready nodes", interval=1)
    assert site.days_served() >= YEAR
    figure(f"all certificates had ended: renewed and working {outcome.seconds:.0f} s after renew_certs.yml began")


def test_a_run_after_it_changes_nothing(site: Site) -> None:
    assert site.renew()[0].changed == {}
