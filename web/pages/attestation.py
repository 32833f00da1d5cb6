"""What the attestation card of a boot shows: the newest appraisal first of all, and what it stands on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from farm import artifacts, enrolments, policies
from farm.appraisals import AppraisalRow, Outcome, OwedAppraisal, WriteOff, listing, write_offs
from farm.appraisals.of_boot import pcr_values_of, removed
from farm.asking import tier_of
from farm.boots import Boot
from farm.enrolments import Enrolment
from farm.pcrs import PcrSource, PcrValue
from farm.policies import StoredPolicy
from farm.references import derived
from farm.retention import ConsoleTombstone, Tombstone, gone_from_console
from web.models import BootDetail


@dataclass(frozen=True)
class StepShown:
    """One check, as its page shows it."""

    name: str
    outcome: str
    expected: str
    actual: str
    detail: str


@dataclass(frozen=True)
class Pcr4:
    """What PCR 4 had to be for exactly this file, and what it was by whom; the host's word is kept apart."""

    expected: str
    quoted: str
    by_host: str

    @property
    def known(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.expected and (self.quoted or self.by_host))


@dataclass(frozen=True)
class Card:
    """Everything about one boot's evidence. `tier` is a key of web/pages/tiers.py."""

    tier: str
    row: AppraisalRow | None = None
    steps: list[StepShown] = field(default_factory=list)
    pcr4: Pcr4 = field(default_factory=lambda: Pcr4("", "", ""))
    pcrs: dict[str, list[PcrValue]] = field(default_factory=dict)
    nonce: str = ""
    policy: StoredPolicy | None = None
    enrolment: Enrolment | None = None
    earlier: list[AppraisalRow] = field(default_factory=list)
    gone: dict[str, Tombstone] = field(default_factory=dict)
    owed: OwedAppraisal | None = None
    written_off: Sequence[WriteOff] = ()
    console_gone: ConsoleTombstone | None = None

    @property
    def failed(self) -> list[StepShown]:
        """The check that did not hold, if one did. `binding` fails with one of its parts, which says what it was."""
        return [step for step in self.steps if step.outcome == "fail"][-1:]

    @property
    def passed(self) -> int:
        """How many held."""
        return sum(step.outcome == "pass" for step in self.steps)


def card(session: Session, found: Boot, detail: BootDetail) -> Card:
    """The card of a boot that has ended; its evidence may wait for the verifier, or there may be none."""
    gone = removed(session, [one.digest for one in detail.evidence]) if detail.evidence else {}
    console_gone = gone_from_console(session, found.id) if detail.evidence else None
    rows = listing.of_boot(session, found.id)
    if not rows:
        return Card("none", nonce=found.nonce, gone=gone, console_gone=console_gone)
    newest = rows[0]
    values = pcr_values_of(session, rows)
    key = enrolments.open_or_none(session, newest.machine_id)
    booted = artifacts.artifact(session, newest.image)
    failed = any(row.outcome == Outcome.ERROR for row in rows)
    return Card(
        tier=tier_of(newest.outcome, newest.tier),
        row=newest,
        steps=[_step(one) for one in newest.steps],
        pcr4=_pcr4(booted.authenticode or "", values),
        pcrs={source: mine for source in PcrSource if (mine := [one for one in values if one.source == source])},
        nonce=found.nonce,
        policy=policies.policy(session, newest.policy_id),
        enrolment=key,
        earlier=rows[1:],
        gone=gone,
        console_gone=console_gone,
        owed=listing.owed(session, found.id) if failed else None,
        written_off=write_offs.of_boot(session, found.id) if failed else (),
    )


def _step(kept: dict[str, str]) -> StepShown:
    return StepShown(
        kept["name"], kept["outcome"], kept.get("expected", ""), kept.get("actual", ""), kept.get("detail", "")
    )


def _pcr4(authenticode: str, values: list[PcrValue]) -> Pcr4:
    expected = derived.pcr4_of(bytes.fromhex(authenticode)).hex() if authenticode else ""
    told = {one.source: one.value for one in values if one.pcr == 4}
    return Pcr4(expected, told.get(PcrSource.PLATFORM, ""), told.get(PcrSource.HOST, ""))
