"""Putting two boots side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from farm import boots
from farm.appraisals import AppraisalRow
from farm.appraisals.subject import collect, files_of
from farm.asking.between import PcrPair, pcrs_of_two
from farm.boots import Boot
from farm.comparing.commits import CommitsBetween, commits_between
from farm.comparing.console import ConsoleDivergence, divergence
from farm.comparing.events import proven_events
from farm.comparing.measured import Measured, PcrDifference, pcr_differences
from farm.errors import StorageFault
from farm.evidence.inputs import Received
from farm.farm import Farm
from farm.policies import StoredPolicy


@dataclass(frozen=True)
class Side:
    """One of the two boots. `tier` is None without evidence; `outcome` is "error" where the verifier failed."""

    boot: int
    machine: str
    verdict: str
    tier: str | None
    outcome: str | None
    reason: str
    commit: str
    steps: Mapping[str, float]  # seconds of each step that ended


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same; values as people read them."""

    what: str
    a: str
    b: str


@dataclass(frozen=True)
class Comparison:
    """Only what differs; `same` names what was compared and is equal, `lacking` says which side lacks what."""

    a: Side
    b: Side
    differs: tuple[Difference, ...]
    pcrs: tuple[PcrDifference, ...]
    console: ConsoleDivergence | None
    commits: CommitsBetween
    same: tuple[str, ...]
    lacking: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        if self.differs or self.pcrs or self.console:
            words = [one.what for one in self.differs] + [f"PCR{one.pcr} {one.source}" for one in self.pcrs]
            return f"Different: {', '.join(words + (['console'] if self.console else []))}."
        return f"Nothing differs. Compared: {', '.join(self.same)}."


def compare(farm: Farm, session: Session, a: int, b: int) -> Comparison:
    """Two boots of the farm, also of different machines or repositories.

    Raises:
        NotFound: there is no such boot.
    """
    one, other = boots.boot(session, a), boots.boot(session, b)
    row_a, row_b = _newest(session, a), _newest(session, b)
    facts_a, facts_b = _facts(one, row_a), _facts(other, row_b)
    if row_a and row_b:
        facts_a, facts_b = facts_a | _grounds(session, row_a), facts_b | _grounds(session, row_b)
    differs = [Difference(name, facts_a[name], facts_b[name]) for name in facts_a if facts_a[name] != facts_b[name]]
    pairs = pcrs_of_two(session, a, b)
    measured = [
        _measured(farm, session, one, row_a, {(pair.source, pair.pcr): pair.a for pair in pairs if pair.a}),
        _measured(farm, session, other, row_b, {(pair.source, pair.pcr): pair.b for pair in pairs if pair.b}),
    ]
    pcrs = pcr_differences(pairs, *measured)
    consoles = [farm.consoles.stream(f"boot-{number}", "serial") for number in (a, b)]
    lacking = _lacking(pairs, (row_a, row_b), [one.size() for one in consoles], measured)
    parted, lines = divergence(*consoles) if all(one.size() for one in consoles) else (None, 0)
    same = [name for name in facts_a if facts_a[name] == facts_b[name]]
    equal = sum(1 for pair in pairs if pair.a == pair.b)
    same += [f"{equal} PCRs"] if equal else []
    same += [f"{lines} console lines"] if lines and not parted else []
    between = commits_between(farm, one.repository.url, one.build.commit, other.build.commit)
    sides = _side(one, row_a), _side(other, row_b)
    return Comparison(*sides, tuple(differs), tuple(pcrs), parted, between, tuple(same), tuple(lacking))


def _newest(session: Session, boot: int) -> AppraisalRow | None:
    runs = select(AppraisalRow).where(AppraisalRow.boot_id == boot).order_by(AppraisalRow.run.desc())
    return session.scalars(runs.limit(1)).one_or_none()


def _facts(boot: Boot, row: AppraisalRow | None) -> dict[str, str]:
    """What is compared by name, as people read it."""
    return {
        "repository": boot.repository.name,
        "commit": boot.build.commit,
        "image": boot.image or "",
        "machine": boot.machine.name if boot.machine else boot.selector,
        "firmware": boot.firmware,
        "configuration": _configuration(boot),
        "verdict": boot.verdict or boot.state,
        "tier": ("verifier error" if row.outcome == "error" else row.tier) if row else "no evidence",
    }


def _grounds(session: Session, row: AppraisalRow) -> dict[str, str]:
    """What an appraisal rests on."""
    policy = session.get_one(StoredPolicy, row.policy_id)
    return {
        "policy": f"{policy.name}@{policy.version}",
        "verifier": row.verifier,
        "enrolment": row.platform_ak_name,
    }


def _configuration(boot: Boot) -> str:
    """What the plan asked for, in a form in which two that are equal are equal texts."""
    parts = {**boot.expectations, "files": boot.files}
    return ", ".join(f"{name}={_flat(value)}" for name, value in sorted(parts.items()) if value)


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}={_flat(one)}" for name, one in sorted(value.items())) + "}"
    return "[" + ", ".join(map(_flat, value)) + "]" if isinstance(value, list) else str(value)


def _side(boot: Boot, row: AppraisalRow | None) -> Side:
    steps = {step["name"]: _seconds(step) for step in boot.steps if step.get("finished_at")}
    return Side(
        boot=boot.id,
        machine=boot.machine.name if boot.machine else "",
        verdict=boot.verdict or boot.state,
        tier=row.tier if row else None,
        outcome=row.outcome if row else None,
        reason=row.reason if row else "",
        commit=boot.build.commit,
        steps=steps,
    )


def _seconds(step: Mapping[str, str]) -> float:
    begun, ended = (datetime.fromisoformat(step[name]) for name in ("started_at", "finished_at"))
    return round((ended - begun).total_seconds(), 3)


def _measured(
    farm: Farm, session: Session, boot: Boot, row: AppraisalRow | None, shown: Mapping[tuple[str, int], str]
) -> Measured:
    try:
        received = collect(farm, boot.id, files_of(session, boot.id)).received if row else Received()
    except StorageFault:
        received = Received()  # the bytes were removed by a retention rule; what rows say is still compared
    return Measured(
        image=boot.image or "",
        image_digest=row.image_digest if row else "",
        authenticode=(boot.artifact.authenticode or "") if boot.artifact else "",
        firmware=boot.firmware,
        proven=proven_events(received, shown),
    )


def _lacking(
    pairs: list[PcrPair], rows: tuple[AppraisalRow | None, ...], consoles: list[int], measured: list[Measured]
) -> list[str]:
    found = []
    for place, name in enumerate("ab"):
        if rows[place] is None:
            found.append(f"{name} gave no evidence, so nothing that it measured is compared")
        elif not any((pair.a, pair.b)[place] for pair in pairs):
            found.append(f"{name} has evidence that proved no PCR value")
        elif measured[place].proven.refused:
            found.append(f"{name} has {measured[place].proven.refused}")
        if not consoles[place]:
            found.append(f"{name} has no console")
    return found
