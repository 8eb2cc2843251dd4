# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets that lie open, fingerprints of keys, kubeadm's settings for certificates. No secret's value is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ansible_collections.quorum.kubernetes.plugins.module_utils.findings import Finding
from ansible_collections.quorum.kubernetes.plugins.module_utils.inventory import Inventory, RawInventory
from ansible_collections.quorum.kubernetes.plugins.module_utils.rules.common import (
    Rule,
    about,
    has_password,
    nested,
    seconds,
)
from ansible_collections.quorum.kubernetes.plugins.module_utils.variables import VARIABLES

_CONFIGURATION = "kube_cluster_configuration"
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{40}")
_CHECKSUM = re.compile(r"sha256:[0-9A-Fa-f]{64}")
_FINGERPRINTS = ("kube_package_key_fingerprint", "kube_containerd_key_fingerprint")
_ALGORITHMS = ("RSA-2048", "RSA-3072", "RSA-4096", "ECDSA-P256", "ECDSA-P384")
_DEFAULT_LIFETIME_H = 8760
_DEFAULT_CA_LIFETIME_H = 87600


def exposed(raw: RawInventory) -> Iterator[Finding]:
    """Secrets of Ansible's own in plain text in a file that others may read."""
    for host, found in raw.exposed.items():
        for name, mode in found.items():
            wrong = f"(value not shown) stands in plain text in a file that is readable by others ({mode})"
            file = raw.origins.get(host, {}).get(name, "")
            yield Finding("0707", name, "", wrong, "use ansible-vault, or chmod 600 the file", host, file)


def fingerprints(inventory: Inventory) -> Iterator[Finding]:
    """A key is compared by its whole OpenPGP fingerprint."""
    for name in _FINGERPRINTS:
        for host in inventory.holders(name):
            if not _FINGERPRINT.fullmatch(inventory.text(name, host)):
                wrong = "is not a fingerprint of 40 hexadecimal digits"
                yield about(inventory, "0708", name, wrong, "write the 40 digits without blanks", host=host)


def checksum(inventory: Inventory) -> Iterator[Finding]:
    """What is downloaded is compared with a whole SHA-256."""
    name = "kube_etcd_archive_checksum"
    if inventory.text(name) and not _CHECKSUM.fullmatch(inventory.text(name)):
        yield about(inventory, "0712", name, "is no checksum", "write sha256: and 64 hexadecimal digits")


def algorithm(inventory: Inventory) -> Iterator[Finding]:
    """kubeadm makes keys of these kinds only."""
    value = nested(inventory.mapping(_CONFIGURATION), "encryptionAlgorithm")
    if value is not None and value not in _ALGORITHMS:
        wrong = "is no key algorithm of kubeadm"
        fix = f"write one of {', '.join(_ALGORITHMS)}"
        yield about(inventory, "0709", _CONFIGURATION, wrong, fix, seen=f"encryptionAlgorithm '{value}'")


def lifetimes(inventory: Inventory) -> Iterator[Finding]:
    """Lifetimes are durations, and no certificate outlives its CA."""
    configuration = inventory.mapping(_CONFIGURATION)
    hours: dict[str, float] = {
        "certificateValidityPeriod": _DEFAULT_LIFETIME_H,
        "caCertificateValidityPeriod": _DEFAULT_CA_LIFETIME_H,
    }
    for key in hours:
        value = configuration.get(key)
        lifetime = seconds(value)
        if value is not None and not lifetime:
            wrong = "is no duration longer than nothing"
            yield about(inventory, "0710", _CONFIGURATION, wrong, "write hours, such as 8760h", seen=f"{key} '{value}'")
        hours[key] = lifetime / 3600 if lifetime else hours[key]
    if hours["certificateValidityPeriod"] > hours["caCertificateValidityPeriod"]:
        wrong = f"is longer than caCertificateValidityPeriod, {hours['caCertificateValidityPeriod']:.0f}h"
        seen = f"certificateValidityPeriod {hours['certificateValidityPeriod']:.0f}h"
        yield about(inventory, "0710", _CONFIGURATION, wrong, "shorten it, or lengthen the CA's", seen=seen)


def passwords_in_urls(inventory: Inventory) -> Iterator[Finding]:
    """URLs end up in files, logs and error messages: no place for a password."""
    wrong = "(value not shown) has a URL with a password in it"
    fix = "let the mirror serve without one inside your network, or give hosts their credentials in a file"
    for name in VARIABLES:
        for host in inventory.holders(name):
            value = inventory.host_value(host, name) if host else inventory.value(name)
            if any(has_password(text) for text in _texts(value)):
                yield about(inventory, "0711", name, wrong, fix, host=host, seen="")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


RAW_RULES = (Rule("0707", exposed),)
RULES = (
    Rule("0708", fingerprints),
    Rule("0712", checksum),
    Rule("0709", algorithm),
    Rule("0710", lifetimes),
    Rule("0711", passwords_in_urls),
)
