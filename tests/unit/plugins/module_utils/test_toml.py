# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is written as TOML reads back as the same data, in the same order."""

from __future__ import annotations

from typing import Any

import pytest
import tomllib
from ansible_collections.quorum.kubernetes.plugins.module_utils import mirrors, toml
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1)
DOCUMENTS = st.recursive(
    st.dictionaries(TEXT, SCALARS | st.lists(SCALARS, max_size=3), max_size=3),
    lambda tables: st.dictionaries(TEXT, SCALARS | tables, max_size=3),
    max_leaves=8,
)


@given(DOCUMENTS)
def test_every_document_reads_back(document: dict[str, Any]) -> None:
    assert tomllib.loads(toml.dump(document)) == document


def test_values_come_before_tables_and_keys_are_quoted_where_they_must() -> None:
    document = {"plugins": {"io.containerd.cri": {"on": True}}, "version": 3}
    assert toml.dump(document) == 'version = 3\n\n[plugins."io.containerd.cri"]\non = true\n'


@pytest.mark.parametrize("value", [None, [{"a": 1}], b"x"])
def test_what_has_no_form_is_refused_by_its_path(value: object) -> None:
    with pytest.raises(ValueError, match=r"a\.b: TOML has no form"):
        toml.dump({"a": {"b": value}})


def test_mirrors_keep_their_order_and_come_before_the_registry() -> None:
    files = mirrors.hosts_files({"docker.io": ["https://b.example.com", "https://a.example.com"]}, "/certs.d")
    assert [file["path"] for file in files] == ["/certs.d/docker.io/hosts.toml"]
    parsed = tomllib.loads(files[0]["content"])
    assert parsed["server"] == "https://registry-1.docker.io"
    assert list(parsed["host"]) == ["https://b.example.com", "https://a.example.com"]
