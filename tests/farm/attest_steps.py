"""Steps of tests about appraisals: machines that attest, with keys that Python holds."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

import pytest
from sqlalchemy import select, update

from farm import boots, builds, enrolments, machines, plans, submissions, wire
from farm.access import Caller
from farm.appraisals import AppraisalRow, OwedAppraisal, finishing, judging
from farm.boots import Boot
from farm.evidence.inputs import ReferenceState
from farm.farm import Farm
from farm.references import Reference, rules, states
from farm.states import Cause, Verdict, verdict_of
from tests.farm import farm_steps as steps
from tests.hostile import event_logs
from tests.hostile.forge import Inner, Key, sha256
from tests.hostile.good import INNER_KEY, PLATFORM_KEY, Outer, console

EFI = b"MZ citadel"
IMAGE, AUTHENTICODE = sha256(b"an image"), sha256(b"an EFI file")
OTHER_KEY = Key(secret=0xABCDEF, hierarchy=PLATFORM_KEY.hierarchy)
APPROVED = ReferenceState.APPROVED


def build(farm: Farm, caller: Caller, efi: bytes = EFI, image: bytes = IMAGE, **request: object) -> int:
    """A boot that is ready: its build made one image, whose digests are known."""
    number = steps.submit(farm, caller, **request)
    made = steps.builds_of(farm, number)[-1]
    if made.verdict is None:
        steps.start_build(farm, made.id)
        file = wire.BuiltArtifact(
            name="citadel.efi",
            digest=steps.store(farm, efi),
            size=len(efi),
            authenticode=sha256(b"an EFI file" if efi == EFI else efi).hex(),
            image_digest=image.hex(),
        )
        with farm.db.writing() as session:
            outcome = wire.BuildOutcome(verdict=Verdict.PASS, artifacts=[file])
            submissions.finish_build(session, builds.build(session, made.id), outcome, 0)
    return steps.boots_of(farm, number)[0].id


def enrol(farm: Farm, machine: str = "null-1", key: Key = PLATFORM_KEY) -> None:
    """A worker names the machine's key."""
    with farm.db.writing() as session:
        found = machines.machine(session, machine)
        enrolments.register(session, machine_id=found.id, host="lab-host", public=key.public)


@dataclass(frozen=True)
class Left:
    """What a boot leaves."""

    inner: bytes | None
    outer: bytes | None = None


def good(
    farm: Farm,
    boot: int,
    *,
    bound: bool = True,
    image: bytes = IMAGE,
    efi: bytes = EFI,
    key: Key = PLATFORM_KEY,
    firmware: bytes = b"firmware",
) -> Left:
    """Evidence as an honest machine makes it for this boot's nonce."""
    inner = Inner(nonce=bytes.fromhex(steps.boot_now(farm, boot).nonce), measurements=(image,), key=INNER_KEY)
    entries = event_logs.direct_boot(sha256(b"an EFI file" if efi == EFI else efi), INNER_KEY.name)
    entries[2] = (0, 0x80000008, sha256(firmware), entries[2][3])
    outer = Outer(inner=inner, key=key, entries=tuple(entries)).block if bound else None
    return Left(inner.block, outer)


def outcome(farm: Farm, boot: int, left: Left, cause: Cause | None = None, **values: object) -> wire.BootOutcome:
    """What the worker reports: the bytes are stored, the console is written."""
    files = []
    for name, data in (("citadel-attest.bin", left.inner), ("citadel-bind.bin", left.outer)):
        if data is not None:
            digest = steps.store(farm, data)
            files.append(wire.EvidenceFile(name=name, source=wire.EvidenceSource.ESP, digest=digest, size=len(data)))
    if left.inner is not None:
        stream = farm.consoles.stream(f"boot-{boot}", "serial")
        stream.append(stream.size(), console(left.inner, left.outer), datetime.now(UTC))
    verdict = verdict_of(cause) if cause else Verdict.PASS
    return wire.BootOutcome(verdict=verdict, cause=cause, evidence=files, **values)  # type: ignore[arg-type]


def finish(farm: Farm, boot: int, reported: wire.BootOutcome) -> None:
    """The finish request, without HTTP."""
    judged = finishing.look(farm, boot, reported)
    with farm.db.writing() as session:
        finishing.finish(session, farm, boots.boot(session, boot), reported, judged)


def run(farm: Farm, boot: int, machine: str = "null-1", left: Callable[[], Left] | None = None, **how: object) -> Boot:
    """One whole boot that attests; `how` is for `good`."""
    steps.start_boot(farm, boot, machine)
    finish(farm, boot, outcome(farm, boot, left() if left else good(farm, boot, **how)))  # type: ignore[arg-type]
    return steps.boot_now(farm, boot)


def appraisals(farm: Farm, boot: int) -> Sequence[AppraisalRow]:
    """All runs over a boot's evidence."""
    with farm.db.reading() as session:
        return session.scalars(
            select(AppraisalRow).where(AppraisalRow.boot_id == boot).order_by(AppraisalRow.run)
        ).all()


def newest(farm: Farm, boot: int) -> AppraisalRow:
    """The last of them."""
    return appraisals(farm, boot)[-1]


def decide_all(farm: Farm, state: ReferenceState = APPROVED, why: str = "looked at it") -> int:
    """Somebody decides about every value that is in another state; how many there were."""
    with farm.db.writing() as session:
        found = session.scalars(select(Reference).where(Reference.state != state)).all()
        for one in found:
            states.decide(session, one, state, by="ada", why=why)
    return len(found)


def trust(farm: Farm) -> None:
    """The rules of an embedded farm."""
    with farm.db.writing() as session:
        rules.trust_builds(session, 1, by="ada", why="her own checkout")
        rules.trust_first_use(session, machines.ensure_lab(session, "local").id, by="ada", why="her own machines")


def ask(farm: Farm, boot: int, **section: object) -> None:
    """As if the boot's plan had this [attest] section; null machines can't be asked for affirming in a plan."""
    asked = plans.Attest.model_validate(section).model_dump(mode="json")
    with farm.db.writing() as session:
        found = boots.boot(session, boot)
        found.expectations = {**found.expectations, "attest": asked}


@contextmanager
def broken_verifier() -> Iterator[None]:
    """The verifier fails whatever it is given, as a bug of ours would make it."""

    def fail(*_: object) -> NoReturn:
        raise RuntimeError("a bug of ours")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "appraise", fail)
        yield


def let_pauses_end(farm: Farm) -> None:
    """As if owed appraisals had waited long enough."""
    with farm.db.writing() as session:
        session.execute(update(OwedAppraisal).values(not_before=steps.LONG_AGO))
