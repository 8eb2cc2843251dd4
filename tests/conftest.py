"""Make `ansible_collections.quorum.kubernetes` importable as plain namespace packages, without Ansible's loader."""

from __future__ import annotations

import sys

from tools.collection_link import ensure_link

sys.path.insert(0, str(ensure_link()))
