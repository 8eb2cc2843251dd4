# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Bootstrap tokens and the uploaded certificates: short-lived secrets of a cluster, made and deleted through its API.

A token is a Secret (kubernetes.io, "Authenticating with Bootstrap Tokens"). It is written through standard input, so
that its secret half is never in argv, and found again by its description.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import string
import time
from typing import Any

from ansible_collections.quorum.kubernetes.plugins.module_utils.documents import TOKEN_DESCRIPTION
from ansible_collections.quorum.kubernetes.plugins.module_utils.kubectl import FIELD_MANAGER, Kubectl

Json = dict[str, Any]

NAMESPACE = "kube-system"
SECRET_PREFIX = "bootstrap-token-"  # noqa: S105 - a part of a public name
SECRET_TYPE = "bootstrap.kubernetes.io/token"  # noqa: S105 - a type's name
# kubeadm's RBAC lets members of this group ask for a node's certificate.
NODE_GROUP = "system:bootstrappers:kubeadm:default-node-token"
CERTIFICATES_SECRET = "kubeadm-certs"  # noqa: S105 - an object's name
# kubeadm makes a token without any use to limit the life of the uploaded certificates to two hours.
CERTIFICATES_PROXY = "Proxy for managing TTL for the kubeadm-certs secret"

ID_LENGTH = 6
SECRET_LENGTH = 16
ALPHABET = string.ascii_lowercase + string.digits

_LIST = '{range .items[*]}{.metadata.name}{"\\t"}{.data.description}{"\\n"}{end}'


def new_token() -> tuple[str, str]:
    """A random token as its public id and its secret; both from the system's random source."""

    def text(length: int) -> str:
        return "".join(secrets.choice(ALPHABET) for _position in range(length))

    return text(ID_LENGTH), text(SECRET_LENGTH)


def new_certificate_key() -> str:
    """32 random bytes in hexadecimal, as kubeadm wants a certificate key."""
    return secrets.token_hex(32)


def describe(run_id: str) -> str:
    """The description of our tokens, with the run that made them."""
    return f"{TOKEN_DESCRIPTION} {run_id}".strip()


def expiration(now: float, ttl: float) -> str:
    """The moment `ttl` seconds after `now` (since 1970), in RFC 3339."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + ttl))


def token_object(token_id: str, secret: str, expires: str, description: str) -> Json:
    """The Secret of a token that may join nodes and sign cluster-info."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET_PREFIX + token_id, "namespace": NAMESPACE},
        "type": SECRET_TYPE,
        "stringData": {
            "token-id": token_id,
            "token-secret": secret,
            "expiration": expires,
            "description": description,
            "usage-bootstrap-authentication": "true",
            "usage-bootstrap-signing": "true",
            "auth-extra-groups": NODE_GROUP,
        },
    }


def create(kubectl: Kubectl, token: Json) -> None:
    """Store a token; the same one again changes nothing, so that a lost answer does no harm."""
    arguments = ["apply", "--server-side", f"--field-manager={FIELD_MANAGER}", "--force-conflicts", "-f", "-"]
    kubectl.checked(arguments, stdin=json.dumps(token))


def ours(kubectl: Kubectl) -> list[str]:
    """Ids of all tokens that this collection made, and of kubeadm's proxies for uploaded certificates.

    Only names and descriptions are asked for: no secret leaves the API server.
    """
    arguments = ["get", "secrets", "-n", NAMESPACE, f"--field-selector=type={SECRET_TYPE}", "-o", f"jsonpath={_LIST}"]
    found = []
    for line in kubectl.checked(arguments).stdout.splitlines():
        name, _separator, encoded = line.partition("\t")
        if name.startswith(SECRET_PREFIX) and is_ours(decode(encoded)):
            found.append(name[len(SECRET_PREFIX) :])
    return found


def is_ours(description: str) -> bool:
    """Whether a token of this description was made for one of our runs."""
    return description.split(" ")[0] == TOKEN_DESCRIPTION or description == CERTIFICATES_PROXY


def decode(encoded: str) -> str:
    """A Secret's value as text; "" when it is none."""
    try:
        return base64.b64decode(encoded).decode(errors="replace")
    except binascii.Error:
        return ""


def exists(kubectl: Kubectl, token_id: str) -> bool:
    """Whether there is a token of this public id."""
    if not token_id:
        return False
    arguments = ["get", "secret", SECRET_PREFIX + token_id, "-n", NAMESPACE, "--ignore-not-found", "-o", "name"]
    return bool(kubectl.checked(arguments).stdout.strip())


def delete(kubectl: Kubectl, token_ids: list[str]) -> None:
    """Delete tokens by their public ids; those that are gone already are no error."""
    kubectl.delete("secrets", [SECRET_PREFIX + token_id for token_id in token_ids], NAMESPACE)


def certificates_uploaded(kubectl: Kubectl) -> bool:
    """Whether the encrypted certificates for control planes lie in the cluster."""
    arguments = ["get", "secret", CERTIFICATES_SECRET, "-n", NAMESPACE, "--ignore-not-found", "-o", "name"]
    return bool(kubectl.checked(arguments).stdout.strip())


def delete_certificates(kubectl: Kubectl) -> None:
    """Delete the uploaded certificates."""
    kubectl.delete("secret", [CERTIFICATES_SECRET], NAMESPACE)
