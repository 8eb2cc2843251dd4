# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""etcd itself knows every setting that role etcd makes: it only warns of an unknown one, so nobody would notice."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ansible_collections.quorum.kubernetes.tests.unit.roles.test_etcd import settings


def test_every_setting_is_an_option_of_etcd(binaries: Path) -> None:
    shown = subprocess.run([binaries / "etcd", "--help"], capture_output=True, text=True, check=False)
    text = shown.stdout + shown.stderr
    assert "--listen-client-urls" in text
    options = ["--" + name[len("ETCD_") :].lower().replace("_", "-") for name in settings()]
    assert [option for option in options if option not in text] == []
