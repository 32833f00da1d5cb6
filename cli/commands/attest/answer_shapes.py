"""The farm's answers to the questions of the history."""

from datetime import datetime

from pydantic import Field

from cli.shapes import Page, Shape


class Latest(Shape):
    """A machine's latest tier."""

    machine: str
    status: str
    since: datetime
    tier: str = ""
    reason: str = ""
    statement: str = ""
    boot: str | None = None
    last_boot: str | None = None
    commit: str = ""
    image: str = ""
    firmware: str = ""
    verifier: str = ""
    appraised_at: datetime | None = None


class AppraisalLine(Shape):
    """One appraisal."""

    id: int
    run: int = 0
    boot: str
    machine: str
    repository: str = ""
    build: str = ""
    commit: str = ""
    image: str = ""
    image_digest: str = ""
    firmware: str = ""
    ak_name: str = ""
    platform_ak_name: str = ""
    policy: str = ""
    verifier: str = ""
    at: datetime
    outcome: str = ""
    tier: str
    reason: str = ""
    statement: str = ""


class Ran(Shape):
    """A machine that ran an image."""

    machine: str
    boots: int
    attested: int = 0
    first_boot: str = ""
    first_at: datetime
    last_boot: str = ""
    last_at: datetime
    tier: str | None = None
    outcome: str | None = None
    reason: str | None = None
    appraised_boot: str | None = None


class KnownImage(Shape):
    """An image."""

    digest: str
    reference: int = 0
    state: str
    build: str | None = None
    repository: str | None = None
    commit: str | None = None
    known_at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    why: str = ""
    machines: int = 0
    tiers: dict[str, int] = Field(default={})
    last_boot: str | None = None
    last_at: datetime | None = None


class Measurement(Shape):
    """A value of a PCR on a machine."""

    machine: str
    pcr: int
    source: str
    value: str
    first_boot: str = ""
    first_at: datetime
    last_boot: str = ""
    last_at: datetime
    boots: int = 0
    stretches: int = 0


class ChangeLine(Shape):
    """A difference between two appraisals of a machine."""

    id: int
    machine: str
    at: datetime
    kind: str = ""
    what: str
    before: str
    after: str
    worse: bool = False
    cause: str
    boot_before: str
    commit_before: str = ""
    boot_after: str
    commit_after: str = ""
    reappraisal: int | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    why: str = ""


class Worse(Shape):
    """A machine that got worse."""

    machine: str
    times: int = 1
    at: datetime
    before: str
    after: str
    cause: str = ""
    boot_before: str = ""
    boot_after: str = ""
    acknowledged_by: str = ""
    tier: str | None = None


class Relied(Shape):
    """An appraisal that relied on a reference value."""

    appraisal: int
    boot: str
    run: int = 0
    machine: str
    repository: str = ""
    commit: str = ""
    at: datetime
    tier: str
    outcome: str = ""


class LatestPage(Page):
    """A page of machines."""

    items: list[Latest]


class AppraisalPage(Page):
    """A page of appraisals."""

    items: list[AppraisalLine]


class RanPage(Page):
    """A page of machines."""

    items: list[Ran]


class KnownImagePage(Page):
    """A page of images."""

    items: list[KnownImage]


class MeasurementPage(Page):
    """A page of values."""

    items: list[Measurement]


class ChangePage(Page):
    """A page of changes."""

    items: list[ChangeLine]


class WorsePage(Page):
    """A page of machines."""

    items: list[Worse]


class ReliedPage(Page):
    """A page of appraisals."""

    items: list[Relied]


class StepTime(Shape):
    """How long a step took."""

    name: str
    seconds: float


class Side(Shape):
    """One of two boots."""

    boot: str
    machine: str = ""
    verdict: str = ""
    tier: str | None = None
    outcome: str | None = None
    reason: str = ""
    commit: str = ""
    steps: list[StepTime] = Field(default=[])


class Difference(Shape):
    """One thing that is not the same."""

    what: str
    a: str
    b: str


class Event(Shape):
    """An event of a log."""

    number: int
    pcr: int
    kind: str
    digest: str
    words: str


class PcrDifference(Shape):
    """A PCR with two values."""

    source: str
    pcr: int
    a: str
    b: str
    why: str = ""
    event_a: Event | None = None
    event_b: Event | None = None


class ConsoleDivergence(Shape):
    """Where two consoles part."""

    line_a: int
    line_b: int
    a: str | None = None
    b: str | None = None
    compared: int = 0


class CommitBetween(Shape):
    """A commit."""

    sha: str
    subject: str = ""
    author: str = ""
    authored_at: datetime | None = None


class CommitsBetween(Shape):
    """Commits that one side has and the other has not."""

    newer: str = ""
    commits: list[CommitBetween] = Field(default=[])
    sentence: str = ""


class Comparison(Shape):
    """Two boots side by side."""

    sentence: str
    a: Side
    b: Side
    differs: list[Difference] = Field(default=[])
    pcrs: list[PcrDifference] = Field(default=[])
    console: ConsoleDivergence | None = None
    commits: CommitsBetween = CommitsBetween()
    same: list[str] = Field(default=[])
    lacking: list[str] = Field(default=[])
