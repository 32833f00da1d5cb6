"""The life of a boot and of a build: states, verdicts and causes, all closed lists.

The transition tables below are the only source of what may follow what; `boots.py` and `builds.py` consult them, and
the diagram in `docs/states.md` is generated from them. Causes and their help texts: architecture.md section 6.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final, Literal


class BootState(StrEnum):
    """Where one attempt to boot one artifact on one machine stands."""

    QUEUED = "queued"  # waits for its build, for a machine, or can't start; `waiting_reason` says which
    LEASED = "leased"  # a machine is set aside and the message to its lab is under way
    RUNNING = "running"  # a worker claimed it and holds its boot token
    FINISHED = "finished"  # it has a verdict, for ever


class BuildState(StrEnum):
    """Where one execution of a build stands."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"


class Verdict(StrEnum):
    """Whose fault it is, if anybody's."""

    PASS = "pass"  # noqa: S105 - the word of architecture.md, no password
    FAIL = "fail"  # the commit's fault
    INFRA = "infra"  # the farm's fault; never counts against a commit
    CANCELLED = "cancelled"


class Cause(StrEnum):
    """Why a boot or build did not pass. `CAUSES` holds each one's verdict and its sentence for people."""

    BUILD_ERROR = "build-error"
    MARKER_MISSING = "marker-missing"
    GUEST_PANIC = "guest-panic"
    GUEST_EXIT = "guest-exit"
    GUEST_TIMEOUT = "guest-timeout"
    EVIDENCE_REJECTED = "evidence-rejected"
    WORKER_LOST = "worker-lost"
    POWER_FAILED = "power-failed"
    MEDIUM_FAILED = "medium-failed"
    CONSOLE_LOST = "console-lost"
    HYPERVISOR_ERROR = "hypervisor-error"
    STORAGE_ERROR = "storage-error"
    TOOLCHAIN_ERROR = "toolchain-error"
    VERIFIER_ERROR = "verifier-error"
    BY_USER = "by-user"
    SUPERSEDED = "superseded"


CAUSES: Final[dict[Cause, tuple[Verdict, str]]] = {
    Cause.BUILD_ERROR: (Verdict.FAIL, "The build of this commit ended with an error; its log shows the first one."),
    Cause.MARKER_MISSING: (Verdict.FAIL, "The machine stopped before it printed every line that the plan waits for."),
    Cause.GUEST_PANIC: (Verdict.FAIL, "The machine printed a line that the plan forbids, such as a panic."),
    Cause.GUEST_EXIT: (Verdict.FAIL, "The application ended with an error status or reset the machine."),
    Cause.GUEST_TIMEOUT: (Verdict.FAIL, "The machine was silent for too long, or ran past the plan's time limit."),
    Cause.EVIDENCE_REJECTED: (Verdict.FAIL, "The attestation evidence was refused by the policy of the plan."),
    Cause.WORKER_LOST: (Verdict.INFRA, "The worker stopped answering before it could report a result."),
    Cause.POWER_FAILED: (Verdict.INFRA, "The machine could not be switched on or off."),
    Cause.MEDIUM_FAILED: (Verdict.INFRA, "The boot medium could not be made or attached."),
    Cause.CONSOLE_LOST: (Verdict.INFRA, "The connection to the machine's console broke, so its output is incomplete."),
    Cause.HYPERVISOR_ERROR: (Verdict.INFRA, "The hypervisor refused the virtual machine or lost it."),
    Cause.STORAGE_ERROR: (Verdict.INFRA, "The farm could not store what the machine or the build produced."),
    Cause.TOOLCHAIN_ERROR: (Verdict.INFRA, "The builder's own tools failed: fetching, unpacking, or the sandbox."),
    Cause.VERIFIER_ERROR: (Verdict.INFRA, "The farm's verifier failed, so what the plan requires could not be judged."),
    Cause.BY_USER: (Verdict.CANCELLED, "Somebody cancelled it."),
    Cause.SUPERSEDED: (Verdict.CANCELLED, "A newer request took its place."),
}

# Allowed predecessors, by new state. A lease that no worker claimed returns to the queue: nothing ran, nothing failed.
BOOT_TRANSITIONS: Final[dict[BootState, frozenset[BootState]]] = {
    BootState.QUEUED: frozenset({BootState.LEASED}),
    BootState.LEASED: frozenset({BootState.QUEUED}),
    BootState.RUNNING: frozenset({BootState.LEASED}),
    BootState.FINISHED: frozenset({BootState.QUEUED, BootState.LEASED, BootState.RUNNING}),
}
BUILD_TRANSITIONS: Final[dict[BuildState, frozenset[BuildState]]] = {
    BuildState.QUEUED: frozenset(),
    BuildState.RUNNING: frozenset({BuildState.QUEUED}),
    BuildState.FINISHED: frozenset({BuildState.QUEUED, BuildState.RUNNING}),
}


def verdict_of(cause: Cause) -> Verdict:
    """The verdict that a cause belongs to."""
    return CAUSES[cause][0]


def help_text(cause: Cause) -> str:
    """One sentence for people about a cause."""
    return CAUSES[cause][1]


Status = Literal["waiting", "can't start", "running", "pass", "fail", "infra", "cancelled"]
_WORST_FIRST: Final[tuple[Status, ...]] = ("running", "waiting", "can't start", "fail", "infra", "cancelled", "pass")


def status(verdict: str | None, state: str, *, cant_start: bool = False) -> Status:
    """The one word that says how a boot or build stands."""
    if verdict:
        return Verdict(verdict).value
    if state == BootState.RUNNING:
        return "running"
    return "can't start" if cant_start else "waiting"


def overall(statuses: Collection[Status]) -> Status:
    """What a group comes to: unfinished while one is, else the worst."""
    return next((one for one in _WORST_FIRST if one in statuses), "waiting")
