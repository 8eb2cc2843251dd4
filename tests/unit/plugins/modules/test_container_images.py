# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images that are missing are pulled; those that are there are left alone."""

from __future__ import annotations

import json

import pytest
from ansible_collections.quorum.kubernetes.plugins.module_utils import images
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result
from ansible_collections.quorum.kubernetes.plugins.modules.container_images import Images
from ansible_collections.quorum.kubernetes.tests.unit.plugins.fakes import FakeRunner

LISTING = json.dumps(
    {
        "images": [
            {"repoTags": ["registry.k8s.io/pause:3.10.2"], "repoDigests": ["registry.k8s.io/pause@sha256:ab"]},
            {"repoTags": [], "repoDigests": None},
        ]
    }
)


def _images(runner: FakeRunner) -> Images:
    return Images(runner, "unix:///run/x.sock", attempts=2, timeout=60)


def test_tags_and_digests_count_as_present() -> None:
    present = _images(FakeRunner().on("crictl images", Result(0, LISTING))).present()
    assert present == ["registry.k8s.io/pause:3.10.2", "registry.k8s.io/pause@sha256:ab"]


def test_a_runtime_that_does_not_answer_has_no_list() -> None:
    assert _images(FakeRunner()).present() is None


def test_missing_images_keep_their_order_and_come_once() -> None:
    assert images.missing_images(["c", "a", "b", "a", "c"], ["b"]) == ["c", "a"]


@pytest.mark.parametrize("text", ["", "[]", '{"images": [1]}', "not json"])
def test_an_answer_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(QuorumError, match="E2423"):
        images.parse_images(text)


def test_no_images_at_all_is_an_answer() -> None:
    assert images.parse_images('{"images": null}') == []


def test_a_pull_is_tried_again() -> None:
    runner = FakeRunner().on("crictl pull a", Result(1, "", "reset"), Result(0))
    _images(runner).pull_all(["a"], parallel=1)
    assert len(runner.calls) == 2


def test_every_image_that_failed_is_named_with_its_reason() -> None:
    runner = FakeRunner().on("crictl pull", Result(1, "", "no such host")).on("crictl pull good", Result(0))
    with pytest.raises(QuorumError, match=r"bad \(no such host\); worse \(no such host\)"):
        _images(runner).pull_all(["bad", "good", "worse"], parallel=2)
