# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How every module ends: with a result, or with one line that says what is wrong."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError


def finish(module: Any, work: Callable[[], dict[str, Any]]) -> None:
    """Call `work` and end the module with its result; a QuorumError becomes the failure message and its code."""
    try:
        result = work()
    except QuorumError as error:
        module.fail_json(msg=str(error), code=error.code)
    else:
        module.exit_json(**result)
