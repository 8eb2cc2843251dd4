# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No token, certificate key or private key in the arguments of any process of the build, nor in what it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import leaks
from tests.tools.argv_sampler import SAMPLES, read_samples
from tests.tools.figures import Figure
from tests.tools.inventory import Inventory
from tests.tools.remote import on_all

# Text files that a run could have left, and the journal. Keys that Kubernetes itself keeps have their own place.
LEFT = (
    "find /tmp /var/tmp /root /home /run /etc /var/log /var/lib/cloud -xdev -type f -size -2M"
    " ! -path '/etc/kubernetes/*' ! -path '/etc/etcd/pki/*.key' ! -path '/etc/ssl/*' ! -path '/etc/ssh/*'"
    " ! -path '/run/containerd/*'"
    " ! -path '/var/log/journal/*' ! -path '/run/log/*' ! -path '/var/log/pods/*'"
    " -exec grep -aHE '[a-z0-9]{6}\\.[a-z0-9]{16}|ertificate-?[kK]ey|PRIVATE KEY' {} + 2>/dev/null | cut -c1-2000;"
    " journalctl --no-pager -q -o cat | grep -aE '[a-z0-9]{6}\\.[a-z0-9]{16}|ertificate-?[kK]ey|PRIVATE KEY'; true"
)


@pytest.mark.usefixtures("lab")  # whose nodes' processes this machine sees; those of a virtual machine it does not
def test_no_process_of_the_build_had_a_secret_in_its_arguments(
    inventory: Inventory, scenario_folder: Path, figure: Figure
) -> None:
    samples = read_samples(scenario_folder / SAMPLES)
    init = [vector for vector in samples if vector[0].endswith("kubeadm") and "init" in vector]
    join = [vector for vector in samples if vector[0].endswith("kubeadm") and "join" in vector]
    found = sorted(set(leaks.in_arguments(samples)))
    figure(f"arguments of {len(samples)} processes seen during the build, {len(found)} with a secret")
    assert init, "the sampler missed kubeadm init: it cannot have watched the nodes"
    assert join or len(inventory.kubernetes_hosts) == 1, "the sampler missed kubeadm join"
    assert found == []


def test_no_file_or_journal_of_a_host_keeps_a_secret(inventory: Inventory) -> None:
    texts = on_all(list(inventory.hosts.values()), LEFT, timeout=120)
    assert {host: sorted(set(found)) for host, text in texts.items() if (found := list(leaks.in_text(text)))} == {}


def test_only_root_reads_the_keys_of_kubernetes(inventory: Inventory) -> None:
    script = "find /etc/kubernetes /var/lib/kubelet/pki -name '*.key' -o -name '*.conf' -o -name 'kubelet-client*.pem'"
    texts = on_all(inventory.kubernetes_hosts, f"{script} | xargs -r stat -L -c '%a %U %n'")
    lines = [(host, line) for host, text in texts.items() for line in text.splitlines()]
    assert lines
    assert [entry for entry in lines if not entry[1].startswith("600 root ")] == []
