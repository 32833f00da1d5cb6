"""Appraisals, changes and reference values as the farm keeps them: what attestation pages are tested with."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from farm import chain, pcrs, policies
from farm.appraisals import AppraisalRow
from farm.artifacts import Artifact
from farm.boots import Boot
from farm.changes import Change, ChangeCause, ChangeKind
from farm.database import now
from farm.enrolments import register
from farm.evidence.inputs import ReferenceState
from farm.evidence.step_names import ALL
from farm.pcrs import PcrSource, Shown
from farm.references import Reference, ReferenceKind, Reliance, states
from tests.hostile.good import PLATFORM_KEY
from tests.web.pages.seeding import Seed

_TABLE: Table = AppraisalRow.__table__  # type: ignore[assignment]
STATEMENT = "Host lab-1 booted image 1111 under approved firmware on qemu-1, a machine that lab-1 made."


def digest(word: str) -> str:
    """A SHA-256 that stands for something."""
    return hashlib.sha256(word.encode()).hexdigest()


@dataclass(frozen=True)
class Attest:
    """What one seeded farm knows of evidence."""

    seed: Seed

    def boot(self, submission: int, tier: str = "affirming", *, machine: str = "qemu-1", **what: object) -> int:
        """A boot that passed and was appraised."""
        number = self.seed.passed(submission, machine)
        self.appraised(number, tier, **what)  # type: ignore[arg-type]
        return number

    def appraised(
        self,
        boot: int,
        tier: str = "affirming",
        *,
        failed: str = "",
        outcome: str = "done",
        image: str = "",
        shown: tuple[Shown, ...] = (),
        at: datetime | None = None,
        relied: tuple[int, ...] = (),
    ) -> int:
        """One appraisal of a boot that ended."""
        with self.seed.farm.db.writing() as session:
            policies.ensure_default(session)
            found = session.get_one(Boot, boot)
            moment = at or now()
            values = _values(session, found, tier, failed, outcome, image, moment)
            number = chain.append(session, _TABLE, [values])[0]
            machine = found.machine_id or 0
            pcrs.record(session, appraisal_id=number, boot_id=boot, machine_id=machine, at=moment, shown=shown)
            if relied:
                session.execute(
                    insert(Reliance), [{"reference_id": one, "appraisal_id": number, "boot_id": boot} for one in relied]
                )
            return number

    def changed(
        self,
        before: int,
        after: int,
        *,
        kind: ChangeKind = ChangeKind.TIER,
        what: str = "tier",
        values: tuple[str, str] = ("affirming", "contraindicated"),
        cause: ChangeCause = ChangeCause.UNEXPLAINED,
        worse: bool = True,
        ago: timedelta = timedelta(),
    ) -> int:
        """A difference between two boots of one machine."""
        with self.seed.farm.db.writing() as session:
            made = Change(
                machine_id=session.get_one(Boot, after).machine_id,
                at=now() - ago,
                kind=kind,
                what=what,
                before=values[0],
                after=values[1],
                worse=worse,
                cause=cause,
                boot_before=before,
                boot_after=after,
                reappraisal_id=None,
                acknowledged_at=None,
                acknowledged_by="",
                why="",
            )
            session.add(made)
            session.flush()
            return made.id

    def reference(
        self,
        word: str = "image 1",
        state: ReferenceState = ReferenceState.PENDING,
        *,
        kind: ReferenceKind = ReferenceKind.IMAGE,
        **origin: object,
    ) -> int:
        """A reference value of an image, or of what `origin` says."""
        with self.seed.farm.db.writing() as session:
            made: Reference = states.add(
                session, kind=kind, digest=digest(word), state=state, by="farm", why="Built here.", **origin
            )
            return made.id

    def image_digest(self, boot: int, word: str) -> str:
        """Give the file that a boot ran an image digest, as a PE image has one."""
        with self.seed.farm.db.writing() as session:
            found = session.get_one(Artifact, session.get_one(Boot, boot).image)
            found.image_digest = digest(word)
            return found.image_digest

    def enrolled(self, machine: int = 1) -> None:
        """A machine's key."""
        with self.seed.farm.db.writing() as session:
            register(session, machine_id=machine, host="lab-1", public=PLATFORM_KEY.public)


def platform(*values: tuple[int, str], source: PcrSource = PcrSource.PLATFORM) -> tuple[Shown, ...]:
    """PCR values, each a digest of a word."""
    return tuple(Shown(source, pcr, digest(word)) for pcr, word in values)


def _steps(failed: str) -> list[dict[str, str]]:
    made, over = [], False
    for name in ALL:
        part = name == "binding" and failed.startswith("binding-")  # fails with its part, before which others hold
        outcome = "not-run" if over else "fail" if name == failed or part else "pass"
        over = over or name == failed
        expected = {"expected": "5d" * 32, "actual": "0f" * 32, "detail": "another value"} if name == failed else {}
        made.append({"name": name, "outcome": outcome, **expected})
    return made


def _values(
    session: Session, boot: Boot, tier: str, failed: str, outcome: str, image: str, at: datetime
) -> dict[str, object]:
    policy = policies.newest(session, policies.DEFAULT)
    done = outcome == "done"
    runs = session.query(AppraisalRow).filter_by(boot_id=boot.id).count()
    return {
        "run": runs,
        "boot_id": boot.id,
        "machine_id": boot.machine_id,
        "repository_id": boot.repository_id,
        "build_id": boot.build_id,
        "commit": boot.build.commit,
        "image": boot.image,
        "firmware": boot.firmware or "ovmf",
        "image_digest": (image or digest("image 1")) if done else "",
        "ak_name": f"000b{digest('inner')}" if done else "",
        "platform_ak_name": f"000b{digest('platform')}" if tier == "affirming" else "",
        "attest_digest": digest(f"attest {boot.id}") if done else "",
        "policy_id": policy.id,
        "policy_body_digest": policy.body_digest,
        "verifier": "bootfarm-verifier/1",
        "at": at,
        "outcome": outcome,
        "tier": tier,
        "reason": failed if done else "verifier-error",
        "statement": STATEMENT if not failed and done else f"This evidence must not be trusted: {failed} failed.",
        "steps": _steps(failed) if done else [],
        "facts": {},
        "evidence": {},
        "ear": "",
    }
