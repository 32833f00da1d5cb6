"""The plan: what to build, where to boot it, what counts as a pass.

Each field's description ends the sentence "write …" of an error message, and explains it in the schema for editors.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from farm.plans.durations import HOW_TO_WRITE
from farm.plans.positions import Position
from farm.plans.problems import PlanProblem
from farm.plans.values import (
    Arguments,
    BootTime,
    BuildTime,
    Command,
    Lines,
    MediumFileSets,
    Name,
    Names,
    Path,
    Paths,
    Pcrs,
    Selectors,
    Silence,
    Ways,
    Within,
    duration,
)

SELECTORS = 'selectors, such as "qemu*", "tag:rack1" or "pool:default"'
NAMES = "a name, or a list of names"


class Section(BaseModel):
    """A table of the file: unknown keys are refused, values can't be changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Build(Section):
    """How the images are made: by cargo, or by `command` in the sandbox, which leaves `artifacts` behind."""

    target: Name = Field(default="x86_64-unknown-uefi", description='a Rust target, such as "x86_64-unknown-uefi"')
    package: Name | None = Field(default=None, description="the name of a cargo package")
    features: Names = Field(default=(), description="a list of cargo features")
    args: Arguments = Field(default=(), description="a list of arguments for cargo build")
    profile: Literal["release", "debug"] = Field(default="release", description='"release" or "debug"')
    manifest: Path | None = Field(default=None, description='the path of a Cargo.toml, such as "boot/Cargo.toml"')
    command: Command | None = Field(default=None, description="a command for bash")
    artifacts: Paths = Field(default=(), description='a list of globs, such as "out/*.efi"')
    timeout: BuildTime = Field(default=duration("1s", "6h")("30m"), description=HOW_TO_WRITE)


class Exclude(Section):
    """Combinations not to boot: those that match every key written here."""

    machines: Selectors = Field(default=(), description=SELECTORS)
    firmware: Names = Field(default=(), description=NAMES)
    images: Paths = Field(default=(), description="artifact names")


class Boot(Section):
    """Which boots to make. `machines`, `firmware`, `images`, `files` and `by` multiply.

    The default time limit is generous because emulated machines without KVM are some ten times slower than metal.
    """

    machines: Annotated[Selectors, Field(min_length=1)] = Field(default=("pool:default",), description=SELECTORS)
    firmware: Names = Field(default=(), description=NAMES)
    images: Paths = Field(default=(), description="the name of an artifact, or a list of them")
    files: MediumFileSets = Field(
        default=(), description="a table of paths on the boot medium and their text, or a list of such tables"
    )
    by: Annotated[Ways, Field(min_length=1)] = Field(default=("disk",), description='"disk", or a list of ways to boot')
    exclude: Annotated[tuple[Exclude, ...], Field(max_length=100)] = Field(
        default=(), description='a list of tables, such as [{ machines = "tag:nuc" }]'
    )
    timeout: BootTime = Field(default=duration("1s", "6h")("120s"), description=HOW_TO_WRITE)
    silence: Silence = Field(default=duration("1s", "1h")("60s"), description=HOW_TO_WRITE)
    infra_retries: int = Field(default=2, strict=True, ge=0, le=5, description="a whole number from 0 to 5")
    max_boots: int = Field(default=32, strict=True, ge=1, le=1000, description="a whole number from 1 to 1000")


class Pass(Section):
    """What a good boot says. Without `line`, a boot passes when the machine powers itself off with success."""

    line: Lines = Field(default=(), description="a piece of a console line, or a list of them")
    within: Within | None = Field(default=None, description=HOW_TO_WRITE)
    forbid: Lines = Field(default=("panicked at", "PANIC"), description="a piece of a console line, or a list of them")


class Allow(Section):
    """Machines that may end in a lower tier than the one required, because they can't do better."""

    warning: Selectors = Field(default=(), description=SELECTORS)
    none: Selectors = Field(default=(), description=SELECTORS)


class Attest(Section):
    """What the evidence must reach. It is always collected and shown, whatever stands here."""

    require: Literal["affirming", "warning", "none"] = Field(
        default="none", description='"affirming", "warning" or "none"'
    )
    policy: Name | None = Field(default=None, description="the name of a policy")
    pcrs: Pcrs = Field(default=(), description="a list of PCR numbers from 0 to 23")
    allow: Allow = Field(default=Allow(), description='a table, such as { warning = ["qemu"] }')


class Overlay(Section):
    """The sections that [on] may override."""

    build: Build = Field(default=Build(), description="a table, [build]")
    boot: Boot = Field(default=Boot(), description="a table, [boot]")
    passing: Pass = Field(default=Pass(), alias="pass", description="a table, [pass]")
    attest: Attest = Field(default=Attest(), description="a table, [attest]")


class PlanFile(Overlay):
    """The file as written. Overrides are checked here one by one, and merged later, per ref."""

    version: int = Field(default=1, alias="schema", strict=True, ge=1, le=1, description="1, the only version there is")
    on: dict[str, Overlay] = Field(
        default={}, description='a table, such as [on.pull_request] or [on."refs/heads/main"]'
    )


class Plan(Overlay):
    """The plan of one submission, all defaults and overrides applied. Its JSON reads back to an equal plan.

    `overrides` says where the keys stand that an [on] table or, for a fork, the trusted plan gave; None means that the
    trusted plan left the key at its default. `warnings` came up while the plan was chosen.
    """

    version: int = Field(default=1, alias="schema", ge=1, le=1)
    overrides: dict[str, Position | None] = {}
    warnings: tuple[PlanProblem, ...] = ()


def default_plan() -> Plan:
    """The plan of a repository without a plan file."""
    return Plan()


def recipe(plan: Plan) -> dict[str, object]:
    """The part of the plan that decides what a build makes, for its content key. A time limit decides nothing, and
    cargo's features are a set."""
    made: dict[str, object] = plan.build.model_dump(mode="json", exclude={"timeout", "features"})
    return {**made, "features": sorted(set(plan.build.features))}
