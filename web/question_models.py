"""What the API shows of answers to the questions of the history. Ids are typed (`boot-12`), times UTC, digests hex."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

from farm.asking import KnownImage
from web.models import Out

_BOOTS = ("boot", "last_boot", "first_boot", "boot_before", "boot_after", "appraised_boot")


class AnswerOut(Out):
    """A row of an answer, made of the domain's dataclass: ids of boots and builds get their words."""

    @classmethod
    def of(cls, row: Any) -> Self:
        """From the dataclass."""
        return cls.model_validate(named(asdict(row)))


def named(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of boots and builds as people read them."""
    for name in _BOOTS:
        if isinstance(values.get(name), int):
            values[name] = f"boot-{values[name]}"
    if isinstance(values.get("build"), int):
        values["build"] = f"build-{values['build']}"
    return values


class LatestOut(AnswerOut):
    """One machine's latest tier. `status` is the tier, or `never attested`, `silent`, `verifier error`; `since` is when
    the last evidence was given. `last_boot` is the newest that ran; a later one than `boot` gave no evidence."""

    machine: str
    status: str
    since: datetime
    tier: str
    reason: str
    statement: str
    boot: str | None
    last_boot: str | None
    commit: str
    image: str
    firmware: str
    verifier: str
    appraised_at: datetime | None


class AppraisalLineOut(AnswerOut):
    """One appraisal in a list."""

    id: int
    run: int
    boot: str
    machine: str
    repository: str
    build: str
    commit: str
    image: str
    image_digest: str
    firmware: str
    ak_name: str
    platform_ak_name: str
    policy: str
    verifier: str
    at: datetime
    outcome: str
    tier: str
    reason: str
    statement: str


class RanOut(AnswerOut):
    """One machine that ran an image. `attested` of its `boots` gave evidence; the tier is that of the newest one."""

    machine: str
    boots: int
    attested: int
    first_boot: str
    first_at: datetime
    last_boot: str
    last_at: datetime
    tier: str | None
    outcome: str | None
    reason: str | None
    appraised_boot: str | None


class KnownImageOut(AnswerOut):
    """One image by the digest that it measures of itself, with the newest decision about it, and where it ran: `tiers`
    has the number of machines by the tier of each one's newest evidence of it, `none` without, or `verifier error`."""

    digest: str
    reference: int
    state: str
    build: str | None
    repository: str | None
    commit: str | None
    known_at: datetime
    decided_at: datetime
    decided_by: str
    why: str
    machines: int
    tiers: dict[str, int]
    last_boot: str | None
    last_at: datetime | None

    @classmethod
    def of(cls, row: KnownImage) -> Self:
        """From the image."""
        value = row.value
        decided = {"decided_at": value.at, "decided_by": value.by, "why": value.why}
        origin = {"build": value.build, "repository": value.repository, "commit": value.commit}
        known = {"digest": value.digest, "reference": value.id, "state": value.state, "known_at": value.created_at}
        return cls.model_validate(named({**known, **origin, **decided, **asdict(row.ran)}))


class MeasurementOut(AnswerOut):
    """One value of one PCR on one machine, as one source saw it: quote, platform, or host (the lab host's own look)."""

    machine: str
    pcr: int
    source: str
    value: str
    first_boot: str
    first_at: datetime
    last_boot: str
    last_at: datetime
    boots: int
    stretches: int


class ChangeOut(AnswerOut):
    """One difference between two appraisals of a machine, and its cause."""

    id: int
    machine: str
    at: datetime
    kind: str
    what: str
    before: str
    after: str
    worse: bool
    cause: str
    boot_before: str
    commit_before: str
    boot_after: str
    commit_after: str
    reappraisal: int | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    why: str


class WorseOut(AnswerOut):
    """One machine that got worse `times` times; the rest tells the last time. `tier` is that of now, or of `at`."""

    machine: str
    times: int
    at: datetime
    before: str
    after: str
    cause: str
    boot_before: str
    boot_after: str
    acknowledged_by: str
    tier: str | None


class ReliedOut(AnswerOut):
    """One appraisal that counted on a reference value."""

    appraisal: int
    boot: str
    run: int
    machine: str
    repository: str
    commit: str
    at: datetime
    tier: str
    outcome: str


class ColumnOut(Out):
    """One commit of the matrix."""

    commit: str
    subject: str
    submission: str


class CellOut(Out):
    """The newest boot of a commit on a machine. Letters: tier (A, W, C, N, E error, - no evidence), then verdict."""

    commit: str
    boot: str
    verdict: str
    tier: str | None
    outcome: str | None
    letters: str


class MatrixRowOut(Out):
    """One machine; commits that it did not boot are left out."""

    machine: str
    cells: list[CellOut]


class MatrixOut(Out):
    """Machines by commits, the oldest commit first. `more` machines did not fit; narrow by `machine` or `tag`."""

    repository: str
    branch: str
    commits: list[ColumnOut]
    rows: list[MatrixRowOut]
    more: int


class LatestList(BaseModel):
    """A page of machines; `next` is the cursor of the next one."""

    items: list[LatestOut]
    next: str | None


class AppraisalLines(BaseModel):
    """A page of appraisals, the newest first."""

    items: list[AppraisalLineOut]
    next: str | None


class RanList(BaseModel):
    """A page of machines, and what the digest names."""

    image: "ImageOut"
    items: list[RanOut]
    next: str | None


class ImageNameOut(Out):
    """One stored image under all its digests."""

    digest: str
    authenticode: str
    image_digest: str
    stored_at: datetime


class ImageOut(Out):
    """What a digest names; `stated` are image digests of evidence, also of an image that the farm never built."""

    digest: str
    files: list[ImageNameOut]
    stated: list[str]


class KnownImageList(BaseModel):
    """A page of images, the newest first."""

    items: list[KnownImageOut]
    next: str | None


class MeasurementList(BaseModel):
    """A page of values, by machine and PCR, then as they were first seen."""

    items: list[MeasurementOut]
    next: str | None


class ChangeList(BaseModel):
    """A page of changes."""

    items: list[ChangeOut]
    next: str | None


class WorseList(BaseModel):
    """A page of machines."""

    items: list[WorseOut]
    next: str | None


class ReliedList(BaseModel):
    """A page of appraisals, the newest first, and the value's state today."""

    reference: int
    state: str
    items: list[ReliedOut]
    next: str | None


RanList.model_rebuild()
