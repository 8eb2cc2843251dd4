"""The gates of `make test`, as data: what each proves, its command and the longest it may take."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tools.collection_link import LINK, ROOT

PYTHON = sys.executable

#: Molecule scenarios, in the order in which they run; each builds, checks and removes its own cluster.
SCENARIOS = {
    "default": ("a highly available cluster builds, survives the loss of nodes, and a second run changes nothing", 30),
    "single_node": ("one machine becomes a cluster, and works again after all of its certificates have ended", 15),
    "check_mode": ("a check run predicts what the real run changes, and changes nothing itself", 20),
    "local_load_balancer": ("three control planes without load balancer hosts survive the loss of one", 20),
    "external_etcd": ("a cluster whose etcd has hosts of its own is built, backed up and rolled back", 20),
    "reset": ("a cluster is taken apart, leaves nothing behind, and is built again; its worker joins by hand", 15),
    "debian13": ("Debian 13 and Debian 12 make one cluster, and leave nothing of it behind, not even its packages", 15),
    "etcd_recovery": (
        "etcd on hosts of its own is upgraded, loses and replaces members, and comes back from a backup",
        30,
    ),
    "control_plane_recovery": (
        "a lost control plane is replaced, and a backup brings a cluster back that lost all of them",
        30,
    ),
    "life": (
        "a cluster is upgraded, grows, loses a control plane, has it replaced, shrinks and ends, while it serves",
        60,
    ),
    "resume": ("a run that was killed is finished by the next one", 30),
}

#: Those on virtual machines: group, what each proves, its limit. They run when they are named.
MACHINES = {
    "vagrant_single": ("vm", "a virtual machine becomes a cluster, and is one again after it was restarted", 75),
    "vagrant_pair": ("vm", "haproxy and etcd serve a cluster from a virtual machine, also after it was restarted", 90),
    "vagrant_ha": ("vm-ha", "virtual machines become a highly available cluster, and are one again afterwards", 60),
}

#: Of those, what `make test` runs too, at its end, when this many minutes of its budget are left: nearly twice what an
#: emulated machine takes with nothing else running.
SPARE = {"vagrant_single": 35}

#: The longest ones take turns, a day each, so that `make test` ends in time on a fresh machine too.
ROTATING = ("etcd_recovery", "control_plane_recovery", "life", "resume")

#: As long as all that run daily together, which therefore rest on its day: what they test are parts of it, or can wait.
ALONE = ("life",)


@dataclass(frozen=True)
class Gate:
    """One check: `minutes` is the limit of one attempt; an expensive one starts only if every cheap one passed.

    Of all gates that rotate only one runs a day (UTC), and with one that runs alone no other of its group, unless
    others are named. One that is asked for has to be named, but for one with `spare`: it also runs where so many
    minutes of the budget are left when its turn comes.
    """

    name: str
    group: str
    proves: str
    argv: tuple[str, ...]
    minutes: float
    expensive: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    attempts: int = 1
    rotates: bool = False
    alone: bool = False
    asked_for: bool = False
    spare: float = 0


# mypy keeps wrong answers about files that come and go, so its cache is not used. It needs one name for
# a module, so plugins are named through the link, the rest through the clone.
_TYPED = (str(LINK.relative_to(ROOT) / "plugins"), "lab", "tools", "tests/tools", "tests/checks", "bench")

GATES: tuple[Gate, ...] = (
    Gate("ruff-format", "lint", "Python is laid out alike", ("ruff", "format", "--check", "--diff", "."), 2),
    Gate("ruff-check", "lint", "Python has no known bad habits", ("ruff", "check", "."), 2),
    Gate("yamllint", "lint", "YAML is laid out alike", ("yamllint", "--strict", "."), 2),
    Gate("mypy", "lint", "types hold, strictly", ("mypy", "--no-incremental", *_TYPED), 5),
    Gate("ansible-lint", "lint", "Ansible content meets the production profile", ("ansible-lint", "--nocolor"), 8),
    Gate("unit", "unit", "everything pure gives known answers", (PYTHON, "-m", "pytest", "tests/unit", "-q"), 12),
    Gate("artefact", "artefact", "the collection builds, installs and is found", (PYTHON, "-m", "tools.artefact"), 3),
    Gate("sanity", "sanity", "plugins meet Ansible's own conventions", (PYTHON, "-m", "tools.sanity"), 12),
    Gate(
        "lab-mirror",
        "lab",
        "Kubernetes and all it needs is built and served like a site's mirror",
        (PYTHON, "-m", "lab", "mirror"),
        45,
        expensive=True,
    ),
    Gate(
        "etcd",
        "integration",
        "the quorum rule and the change of members hold on real etcd",
        (PYTHON, "-m", "pytest", "tests/integration/etcd", "-q", "-s"),
        8,
        expensive=True,
    ),
    Gate(
        "controller",
        "integration",
        "the newest Ansible that is supported runs the collection, announces no end, and builds a cluster",
        (PYTHON, "-m", "pytest", "tests/integration/controller", "-q", "-s"),
        20,
        expensive=True,
        attempts=2,
        rotates=True,
    ),
    *(
        Gate(
            f"molecule-{scenario}",
            "molecule",
            proves,
            ("molecule", "test", "--scenario-name", scenario),
            minutes,
            expensive=True,
            environment=(("MOLECULE_COMMAND_BORDERS", "false"),),
            attempts=2,
            rotates=scenario in ROTATING,
            alone=scenario in ALONE,
        )
        for scenario, (proves, minutes) in SCENARIOS.items()
    ),
    *(
        Gate(
            f"molecule-{scenario}",
            group,
            proves,
            ("molecule", "test", "--scenario-name", scenario),
            minutes,
            expensive=True,
            environment=(("MOLECULE_COMMAND_BORDERS", "false"),),
            asked_for=scenario not in SPARE,
            spare=SPARE.get(scenario, 0),
        )
        for scenario, (group, proves, minutes) in MACHINES.items()
    ),
)

GROUPS = tuple(dict.fromkeys(gate.group for gate in GATES))
