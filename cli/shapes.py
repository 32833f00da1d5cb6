"""The farm's answers, as far as the command looks into them. Fields that it doesn't know are kept for `--json`."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


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
    text: str = ""
    met: bool
    line: int | None = None


class Artifact(Shape):
    """A file that a build made."""

    name: str
    digest: str
    size: int


class Job(Shape):
    """What a boot and a build have in common."""

    id: str
    url: str
    repository: str
    commit: str
    status: str
    verdict: str | None = None
    cause: str | None = None
    cause_help: str = ""
    detail: str = ""
    attempt: int = 1
    created_at: datetime
    started_at: datetime | None = None
    seconds: float | None = None
    steps: list[Step] = []


class Build(Job):
    """A build."""

    artifacts: list[Artifact] = []


class Boot(Job):
    """A boot."""

    submission: str
    build: str
    machine: str | None = None
    selector: str = ""
    firmware: str = ""
    waiting_reason: str = ""
    retry_of: str | None = None
    cases: list[Case] = []
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
    by: str = ""
    note: str = ""
    status: str
    finished: bool
    created_at: datetime
    warnings: list[str] = []
    boots: list[Boot] = []
    builds: list[Build] = []


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
