# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the administrator gets: a private kubeconfig for the right address, and no way in for others."""

from __future__ import annotations

import stat

from tests.tools.inventory import Inventory, endpoint, kubeconfig_path
from tests.tools.kube_api import KubeApi, KubeConfig


def test_kubeconfig_is_readable_by_its_owner_alone(inventory: Inventory) -> None:
    assert stat.S_IMODE(kubeconfig_path(inventory).stat().st_mode) == 0o600


def test_kubeconfig_points_at_the_endpoint_of_this_kind_of_cluster(
    inventory: Inventory, kubeconfig: KubeConfig
) -> None:
    assert kubeconfig.server == f"https://{endpoint(inventory)}"


def test_api_server_has_the_wanted_version(inventory: Inventory, api: KubeApi) -> None:
    assert api.get("/version")["gitVersion"] == f"v{inventory.variable('kube_version')}"


def test_no_bootstrap_token_is_left(api: KubeApi) -> None:
    tokens = api.items("/api/v1/namespaces/kube-system/secrets?fieldSelector=type%3Dbootstrap.kubernetes.io%2Ftoken")
    assert [token["metadata"]["name"] for token in tokens] == []
