# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host on which something else is built on the cluster's packages keeps them, and the cluster stays whole."""

from __future__ import annotations

from pathlib import Path

from tests.tools.figures import Figure
from tests.tools.inventory import Inventory
from tests.tools.remote import on_all
from tests.tools.site import Site

# As Docker does: a package that depends on containerd.io.
INSTALL = r"""
set -e
mkdir -p /tmp/docker-ce/DEBIAN
printf '%s\n' 'Package: docker-ce' 'Version: 1.0' 'Architecture: all' 'Maintainer: lab <lab@quorum.invalid>' \
  'Depends: containerd.io (>= 1.7)' 'Description: built on containerd' > /tmp/docker-ce/DEBIAN/control
dpkg-deb --build /tmp/docker-ce /tmp/docker-ce.deb >/dev/null
dpkg --install /tmp/docker-ce.deb
rm -r /tmp/docker-ce /tmp/docker-ce.deb
"""
REMOVE = "dpkg --purge docker-ce"


def test_packages_that_others_need_keep_the_whole_cluster(
    inventory: Inventory, scenario_folder: Path, figure: Figure
) -> None:
    site = Site("packages", inventory, scenario_folder)
    worker = inventory.group("kube_node")[0]
    arguments = ("--extra-vars=kube_confirm_reset=kubernetes", "--extra-vars=kube_reset_packages=true")
    on_all([worker], INSTALL)
    try:
        outcome, _errors = site.run("reset.yml", *arguments)
    finally:
        on_all([worker], REMOVE)
    assert outcome.rc != 0
    assert "E2417 others need packages that would go: docker-ce depends on containerd.io" in site.last_log()
    assert outcome.changed == {}
    site.wait_whole()
    figure(f"a host with a package that needs containerd.io refused after {outcome.seconds:.0f} s")
