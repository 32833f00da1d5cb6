"""What crosses the worker API: the only part of the farm, with `queue.py`, that a worker knows.

All times are UTC and aware; all sizes are bytes; all digests are lower-case hex SHA-256. Unknown fields are refused on
both sides, so that a worker and a farm of different versions disagree loudly.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    field_validator,
)

from farm.states import Cause as Cause
from farm.states import Verdict as Verdict

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
GitHash = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}){0,64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$")]
# PostgreSQL keeps no NUL, and a machine may say one at any time; a verdict must not be lost over it.
Text = Annotated[
    str,
    StringConstraints(max_length=4000),
    AfterValidator(lambda text: text.replace("\0", "\N{REPLACEMENT CHARACTER}")),
]
MAX_CONSOLE_APPEND = 1 << 20  # bytes in one console request
MAX_TIMINGS = 64  # that an application may report of one boot
MAX_EVIDENCE = 16  # files of one boot


class Wire(BaseModel):
    """Frozen and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Hello(Wire):
    """A worker says that it is there, at start and every `Welcome.every_seconds`."""

    worker: Name
    lab: Name
    kinds: list[Literal["build", "boot"]]
    version: str
    toolchain: str = ""  # identity of what it builds with; part of a build's content key
    accelerator: str = ""  # "kvm" or "tcg", once probed


class Welcome(Wire):
    """The farm's answer to a hello."""

    every_seconds: float


class LiveLeases(Wire):
    """What may be running in one lab now: everything else that runs there is the reaper's."""

    boots: list[str]  # "boot-<id>-<fence>", the names that workers give to domains and folders
    builds: list[str]  # "build-<id>-<fence>"


class ArtifactRef(Wire):
    """A stored file; fetched from `/api/v1/worker/artifacts/<digest>` with the job's own token."""

    name: str
    digest: Digest
    size: int


class MarkerKind(StrEnum):
    """Whether a line must appear or must not."""

    EXPECT = "expect"
    FORBID = "forbid"


class Marker(Wire):
    """One text to look for in the escape-stripped console; substring of a line, never a pattern."""

    name: str
    kind: MarkerKind
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class BootLimits(Wire):
    """Bounds of one boot, in seconds from power-on and bytes."""

    total_seconds: float
    silence_seconds: float
    within_seconds: float | None = None  # all EXPECT markers must be met by then
    console_bytes: int  # beyond this the machine floods; the store keeps head and tail


class MachineDescription(Wire):
    """A machine as its worker needs it: `driver` names the module set, `options` are that driver's own."""

    name: Name
    driver: Name  # "libvirt" or "null" in this version
    options: dict[str, JsonValue]


class BootJob(Wire):
    """All that a worker needs for one boot; the answer to a claim."""

    boot: int
    fence: int
    token: str = Field(repr=False)
    lease_seconds: float
    heartbeat_seconds: float
    machine: MachineDescription
    firmware: str  # name of a firmware of this machine, "" for its default
    image: ArtifactRef
    files: dict[str, str] = {}  # text by path, to be put on the boot medium beside the image
    markers: list[Marker]
    limits: BootLimits
    nonce: Nonce = ""  # the verifier's, in hex, for the boot medium; "" for none


class PlatformKey(Wire):
    """The attestation key of a machine's own TPM, before the machine is switched on: a TPMT_PUBLIC in hex.

    The farm answers 204, or 409 when the machine is known by another key.
    """

    public: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}){1,256}$")]


class Recipe(Wire):
    """How to build: the normalised `[build]` section of the plan. Either cargo fields or a command."""

    target: str = "x86_64-unknown-uefi"
    profile: Literal["release", "debug"] = "release"
    manifest: str | None = None
    package: str | None = None
    features: list[str] = []
    args: list[str] = []
    command: str | None = None
    artifacts: list[str] = []
    timeout_seconds: float = 1800


class SourceRef(Wire):
    """Which tree to build, and from where."""

    url: str
    cache: Name  # name of the warm folder; one per repository unless the operator says otherwise
    commit: GitHash
    tree: GitHash  # after the patch; the worker verifies it
    patch: ArtifactRef | None = None


class BuildJob(Wire):
    """All that a worker needs for one build; the answer to a claim."""

    build: int
    fence: int
    token: str = Field(repr=False)
    lease_seconds: float
    heartbeat_seconds: float
    source: SourceRef
    recipe: Recipe


class Claim(Wire):
    """A worker asks for a job that a message named."""

    worker: Name
    toolchain: str = ""
    nonce: Annotated[str, StringConstraints(max_length=64)] = ""  # of this claim: its repeat gets the same answer


class StepState(StrEnum):
    """Of one step of a boot or build."""

    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"


class Step(Wire):
    """One step, in order; reports repeat all steps so far, so a lost report costs nothing."""

    name: str
    state: StepState
    started_at: datetime
    finished_at: datetime | None = None
    detail: Text = ""


class Heartbeat(Wire):
    """A sign of life, which extends the lease."""

    steps: list[Step] = []


class HeartbeatAnswer(Wire):
    """What the farm wants: go on, or power off and finish as cancelled."""

    answer: Literal["run", "cancel"]
    lease_expires_at: datetime


class ConsoleSize(Wire):
    """The farm's size of a console stream after an append; with status 409, the offset it expects."""

    size: int


class Case(Wire):
    """One named expectation of a boot and where it was met: a byte offset in the raw serial console."""

    name: str
    met: bool
    kind: Literal["expect", "forbid", "exit"]
    text: str = ""
    offset: int | None = None
    detail: Text = ""


class Timing(Wire):
    """How long an operation took, by the application's own clock."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    microseconds: Annotated[int, Field(ge=0, le=10**15)]


class EvidenceSource(StrEnum):
    """Where evidence was found."""

    ESP = "esp"  # a file that the application wrote to the boot medium
    CONSOLE = "console"  # a block that it printed


class EvidenceFile(Wire):
    """Evidence as the machine gave it; its bytes were uploaded by digest before."""

    name: Name
    source: EvidenceSource
    digest: Digest
    size: Annotated[int, Field(ge=0)]


class PcrValue(Wire):
    """One PCR of the SHA-256 bank."""

    index: Annotated[int, Field(ge=0, le=23)]
    value: Digest


class BootOutcome(Wire):
    """The end of a boot. `cause` is None only for pass."""

    verdict: Verdict
    cause: Cause | None = None
    detail: Text = ""
    steps: list[Step] = []
    cases: list[Case] = []
    console_bytes: int = 0  # what the worker sent of the serial stream, so that the farm can tell a gap
    timings: Annotated[list[Timing], Field(max_length=MAX_TIMINGS)] = []
    evidence: Annotated[list[EvidenceFile], Field(max_length=MAX_EVIDENCE)] = []
    # What the host read from the machine's TPM after it was off: the host's word, and no evidence of the machine's.
    host_pcrs: Annotated[list[PcrValue], Field(max_length=24)] = []


def _below(path: str) -> str:
    """A path that stays below the folder where somebody unpacks it, on any system."""
    if "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError("a relative path without empty parts, . or .. and without backslashes is needed")
    return path


class BuiltArtifact(Wire):
    """A file that a build produced; its bytes were uploaded by digest before. The name may hold folders."""

    name: Annotated[
        str,
        StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"),
        AfterValidator(_below),
    ]
    digest: Digest
    size: int
    authenticode: Digest | None = None  # of a PE image: what firmware measures into PCR 4
    image_digest: Digest | None = None  # of a PE image as it runs: what the application measures into PCR 10


class BuildOutcome(Wire):
    """The end of a build."""

    verdict: Verdict
    cause: Cause | None = None
    detail: Text = ""
    steps: list[Step] = []
    artifacts: list[BuiltArtifact] = []
    toolchain: str = ""
    error_line: int | None = None  # 1-based line of the `build` stream with the first error

    @field_validator("artifacts")
    @classmethod
    def _names_differ(cls, artifacts: list[BuiltArtifact]) -> list[BuiltArtifact]:
        if len({made.name for made in artifacts}) != len(artifacts):
            raise ValueError("two artifacts have the same name")
        return artifacts
