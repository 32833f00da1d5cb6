"""The farm's answers, every field of them, since `--json=FIELDS` chooses among these.

Only what the command itself looks into must be there. Fields that a newer farm says are kept for a whole `--json`.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, JsonValue


class Shape(BaseModel):
    """Something that the farm said; a newer farm may say more."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Step(Shape):
    """One step of a boot or build."""

    name: str
    state: str
    started_at: datetime
    finished_at: datetime | None = None
    detail: str = ""


class Case(Shape):
    """One expectation of a boot."""

    name: str
    kind: str = ""
    text: str = ""
    met: bool
    offset: int | None = None
    line: int | None = None
    detail: str = ""


class Artifact(Shape):
    """A file that a build made."""

    name: str
    digest: str
    size: int
    authenticode: str | None = None
    image_digest: str | None = None
    url: str = ""


class Job(Shape):
    """What a boot and a build have in common."""

    id: str
    url: str
    repository: str
    commit: str
    patched: bool = False
    status: str
    state: str = ""
    verdict: str | None = None
    cause: str | None = None
    cause_help: str = ""
    detail: str = ""
    attempt: int = 1
    retry_of: str | None = None
    worker: str = ""
    cancel_requested: bool = False
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seconds: float | None = None
    steps: list[Step] = []


class Build(Job):
    """A build."""

    error_line: int | None = None
    toolchain: str = ""
    recipe: dict[str, JsonValue] = {}
    artifacts: list[Artifact] = []


class Timing(Shape):
    """How long an operation of the application took."""

    name: str
    microseconds: int


class Evidence(Shape):
    """A file of evidence, from the boot medium or the console."""

    name: str
    source: str
    digest: str
    size: int
    url: str


class Attested(Shape):
    """What the newest appraisal of a boot says."""

    outcome: str
    tier: str
    reason: str
    statement: str
    written_off: str = ""


class Boot(Job):
    """A boot."""

    submission: str
    build: str
    machine: str | None = None
    selector: str = ""
    firmware: str = ""
    image_name: str = ""
    image: str | None = None
    files: dict[str, str] = {}
    waiting_reason: str = ""
    tier: str | None = None
    cases: list[Case] = []
    timings: list[Timing] = []
    evidence: list[Evidence] = []
    attested: Attested | None = None
    attempts: list[str] = []
    console_bytes: int = 0
    previous_on_machine: str | None = None
    next_on_machine: str | None = None
    last_good: str | None = None


class Submission(Shape):
    """A submission, with its boots and builds where they were asked for."""

    id: str
    url: str
    repository: str
    ref: str
    commit: str
    patched: bool = False
    subject: str = ""
    author: str = ""
    by: str = ""
    note: str = ""
    status: str
    finished: bool
    cancelling: bool = False
    counts: dict[str, int] = {}
    created_at: datetime
    plan: str = ""
    warnings: list[str] = []
    boots: list[Boot] = []
    builds: list[Build] = []


SHAPES: dict[str, type[Boot] | type[Build] | type[Submission]] = {
    "boot": Boot,
    "build": Build,
    "submission": Submission,
}


class Page(Shape):
    """One page of a list; `next` is the cursor of the one after it."""

    next: str | None = None


class Boots(Page):
    """A page of boots."""

    items: list[Boot]


class Builds(Page):
    """A page of builds."""

    items: list[Build]


class Submissions(Page):
    """A page of submissions."""

    items: list[Submission]


class Line(Shape):
    """One console line, or in its place the bytes that were lost: `gap` is their first and the one after the last."""

    n: int = 0
    offset: int = 0
    text: str = ""
    t: int | None = None
    partial: bool = False
    gap: tuple[int, int] | None = None


class Lines(Shape):
    """Console lines; `next` is the line to go on from."""

    lines: list[Line]
    next: int | None = None


class ConsoleEvent(Shape):
    """What the live stream says of a console."""

    lines: list[Line] = []
    gap: tuple[int, int] | None = None
