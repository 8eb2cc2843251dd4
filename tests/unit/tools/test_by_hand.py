# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the documentation says of a join by hand can be run as it stands there."""

from __future__ import annotations

import pytest
import yaml

from tests.tools import by_hand

PAGE = "\n## One\n\n    a: 1\n\n## Two\n\nText:\n\n    - b: 2\n\n      c: 3\n\n    run it\n\nMore.\n\n    and this\n"


def test_blocks_of_one_section_are_found() -> None:
    page = PAGE.replace("\n    run it", "\nThen:\n\n    run it")
    assert by_hand.blocks(page, "Two") == ["- b: 2\n\n  c: 3", "run it", "and this"]


def test_the_documented_play_writes_the_file_that_the_documented_command_reads() -> None:
    play, command = by_hand.documented()
    assert play["become"] is True
    assert play["tasks"][0]["ansible.builtin.import_role"]["tasks_from"] == "join_secrets"
    assert command == "kubeadm join --config /root/kubeadm-join.yaml"


def test_the_play_is_made_for_another_host() -> None:
    (play,) = yaml.safe_load(by_hand.play_for("w1", control_plane_first="cp7"))
    variables = play["tasks"][0]["vars"]
    assert play["hosts"] == "w1"
    assert variables["control_plane_first"] == "cp7"
    assert variables["control_plane_join_as"] == "worker"
    with pytest.raises(KeyError, match="control_plane_port"):
        by_hand.play_for("w1", control_plane_port="1")
