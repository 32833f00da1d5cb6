"""What the API shows of a comparison of two boots."""

from dataclasses import asdict
from datetime import datetime

from farm.comparing import Comparison
from web.models import Out
from web.question_models import named


class StepTimeOut(Out):
    """How long a step took."""

    name: str
    seconds: float


class SideOut(Out):
    """One of the two boots. `tier` is null where it gave no evidence."""

    boot: str
    machine: str
    verdict: str
    tier: str | None
    outcome: str | None
    reason: str
    commit: str
    steps: list[StepTimeOut]


class DifferenceOut(Out):
    """One thing that is not the same."""

    what: str
    a: str
    b: str


class EventOut(Out):
    """An event of the machine's log. Only digests are measured: words are what the log says of itself."""

    number: int
    pcr: int
    kind: str
    digest: str
    words: str


class PcrDifferenceOut(Out):
    """One PCR with two values, why as far as it is known, and the first events that differ."""

    source: str
    pcr: int
    a: str
    b: str
    why: str
    event_a: EventOut | None
    event_b: EventOut | None


class ConsoleDivergenceOut(Out):
    """The first lines at which the consoles part, with times and addresses masked; null where one had ended."""

    line_a: int
    line_b: int
    a: str | None
    b: str | None
    compared: int


class CommitOut(Out):
    """A commit between."""

    sha: str
    subject: str
    author: str
    authored_at: datetime


class CommitsOut(Out):
    """Commits that the `newer` side has and the other has not; none and a sentence where the mirror can't tell."""

    newer: str
    commits: list[CommitOut]
    sentence: str


class ComparisonOut(Out):
    """Two boots: what differs; what was compared and is the `same`; and which side is `lacking` something."""

    sentence: str
    a: SideOut
    b: SideOut
    differs: list[DifferenceOut]
    pcrs: list[PcrDifferenceOut]
    console: ConsoleDivergenceOut | None
    commits: CommitsOut
    same: list[str]
    lacking: list[str]

    @classmethod
    def of(cls, found: Comparison) -> "ComparisonOut":
        """From the domain's."""
        values = asdict(found)
        for side in ("a", "b"):
            named(values[side])
            steps = values[side]["steps"].items()
            values[side]["steps"] = [{"name": name, "seconds": seconds} for name, seconds in steps]
        for pcr in values["pcrs"]:
            for event in filter(None, (pcr["event_a"], pcr["event_b"])):
                event["digest"] = event["digest"].hex()
        return cls.model_validate({"sentence": found.sentence, **values})
