# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`python -m lab.vm`: virtual machines instead of containers."""

from __future__ import annotations

import sys

from lab.vm.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
