"""What the farm says about attestation."""

from datetime import datetime

from pydantic import Field, JsonValue

from cli.shapes import Page, Shape


class Decision(Shape):
    """One decision about a reference value."""

    state: str
    at: datetime
    by: str
    why: str


class Reference(Shape):
    """A reference value."""

    id: int
    kind: str
    digest: str
    state: str
    pcr: int | None = None
    firmware: str = ""
    machine: str | None = None
    artifact: str | None = None
    authenticode: str | None = None
    pcr4: str | None = None
    pcr10: str | None = None
    build: str | None = None
    boot: str | None = None
    created_at: datetime | None = None
    decisions: list[Decision] = Field(default=[])


class References(Page):
    """A page of them."""

    items: list[Reference]


class Standing(Shape):
    """A standing approval."""

    id: int
    kind: str
    of: str
    at: datetime
    by: str
    why: str
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""


class Standings(Shape):
    """All that stand, or all that have ended."""

    items: list[Standing]


class Policy(Shape):
    """One version of a policy."""

    id: int
    name: str
    version: int
    body: str
    body_digest: str = ""
    created_at: datetime | None = None
    created_by: str = ""
    used: bool = False


class Policies(Shape):
    """Some of them."""

    items: list[Policy]


class PolicyDiff(Shape):
    """What differs between two versions of a policy: lines of a unified diff, none for the same text."""

    name: str
    before: int
    after: int
    lines: list[str]


class WouldChange(Shape):
    """A boot whose tier a policy would change."""

    boot: str
    machine: str
    tier_before: str
    tier_after: str
    reason: str
    short_of: str = ""


class DryRun(Shape):
    """A page of them."""

    examined: int
    items: list[WouldChange]
    next: int | None = None


class Enrolment(Shape):
    """One platform key of a machine."""

    id: int
    kind: str
    ak_name: str
    host: str
    statement: str
    public: str = ""
    enrolled_at: datetime
    enrolled_by: str
    ended_at: datetime | None = None
    ended_by: str = ""
    why: str = ""


class Enrolments(Shape):
    """All of a machine's."""

    items: list[Enrolment]


class Owed(Shape):
    """Evidence that waits for its appraisal because the verifier failed."""

    boot: str
    since: datetime
    tries: int
    fault: str
    next_try: datetime
    reappraisal: int | None = None


class OwedPage(Page):
    """A page of them."""

    items: list[Owed]


class WriteOff(Shape):
    """What somebody gave up on."""

    id: int
    boot: str
    owed_since: datetime
    tries: int
    fault: str
    reappraisal: int | None = None
    at: datetime
    by: str
    why: str


class WriteOffs(Page):
    """A page of them."""

    items: list[WriteOff]


class Check(Shape):
    """One check of an appraisal; texts that are empty are left out."""

    name: str
    outcome: str
    expected: str = ""
    actual: str = ""
    detail: str = ""


class Appraisal(Shape):
    """One run of the verifier over a boot's evidence."""

    id: int
    boot: str
    run: int
    at: datetime
    outcome: str
    tier: str
    reason: str
    statement: str
    policy_id: int
    policy_body_digest: str
    verifier: str
    image: str = ""
    image_digest: str = ""
    firmware: str = ""
    ak_name: str = ""
    platform_ak_name: str = ""
    attest_digest: str = ""
    steps: list[Check]
    facts: dict[str, JsonValue] = Field(default={})
    evidence: dict[str, str] = Field(default={})
    ear: str = ""
    previous_hash: str = ""
    row_hash: str = ""


class Appraisals(Shape):
    """All of a boot's, the newest first."""

    items: list[Appraisal]
    owed: bool = False
    written_off: list[WriteOff] = Field(default=[])


class Reappraisal(Shape):
    """How far a re-appraisal is."""

    id: int
    policy_id: int | None = None
    by: str
    why: str
    started_at: datetime
    finished_at: datetime | None = None
    after_boot: int
    until_boot: int
    appraised: int
    changed: int


class Change(Shape):
    """One difference."""

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
    boot_after: str
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    why: str = ""


class Changes(Shape):
    """A page of them."""

    items: list[Change]
    next: str | None = None
