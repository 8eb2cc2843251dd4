"""Write docs/errors.md from the catalogue of codes, with examples from the tests' wrong inventories: `make docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tools.collection_link import ROOT, ensure_link

sys.path.insert(0, str(ensure_link()))

from ansible_collections.quorum.kubernetes.plugins.module_utils import catalogue
from ansible_collections.quorum.kubernetes.tests.unit.validator.cases import CASES

TARGET = ROOT / "docs" / "errors.md"

HEAD = """# Errors and warnings

Written by `make docs`; do not edit.

Every playbook checks the whole inventory before it asks any host, and then asks every host once and checks what it
found before it changes anything. Everything that is wrong is printed at once, one line each:

```text
E0303 kube_pod_subnet (group_vars/all/cluster.yml): 10.96.0.0/11 contains kube_service_subnet 10.96.0.0/12. Fix: ...
```

A line has a stable code, the host or variable with the file it comes from, what is wrong, and what to do. **E** stops
the run with exit status 2 and nothing changed; **W** warns and the run goes on. Values of secrets are never shown.

A check that you may have a reason to overrule names its variable in its line, such as
`kube_allow_single_endpoint: true`. There is a variable for each of them and none for all; what was allowed is printed
in each run.

Codes of errors while a playbook runs begin with E2, and those of remove_node.yml with E100; they explain themselves in
their line.
"""


def main() -> int:
    """Write the page."""
    TARGET.write_text(render(), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)} is written")
    return 0


def render() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for prefix, title in catalogue.GROUPS.items():
        parts.append(f"## {title}\n")
        codes = (code for code in sorted(catalogue.CATALOGUE) if code.startswith(prefix))
        parts.extend(section(code) for code in codes)
    return "\n".join(parts)


def section(code: str) -> str:
    """Return what one code means, an example, and what allows it."""
    entry = catalogue.CATALOGUE[code]
    lines = [f"### {entry.severity}{code}\n", f"{entry.meaning}\n"]
    example = next(examples(code), "")
    if example:
        lines.append(f"```text\n{example}\n```\n")
    if entry.override:
        lines.append(f"Allowed by `{entry.override}: true`.\n")
    return "\n".join(lines)


def examples(code: str) -> Iterator[str]:
    """Yield lines with this code that wrong inventories of the tests get."""
    for case in CASES:
        if case.code == code:
            made = case.right()
            case.wrong(made)
            lines = made.judge().lines
            yield from (line for line in lines if line[1:5] == code and case.text in line)


if __name__ == "__main__":
    sys.exit(main())
