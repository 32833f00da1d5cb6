"""Where reference values come from: the farm's own builds, and the firmware of machines whose TPM spoke for them."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from farm import artifacts
from farm.builds import Build
from farm.database import word
from farm.evidence.inputs import ReferenceState
from farm.references import rules, states
from farm.references.table import Reference, ReferenceKind

FIRMWARE_PCRS = (0, 2, 7)  # attestation.md section 3, `binding`


def learn_build(session: Session, build: Build) -> None:
    """What a build made, as values: images by their digest as they run, other files by the SHA-256 that an image
    measures when it stages one as a module. Approved if a rule trusts this repository's builds, else pending.
    """
    made = artifacts.of_build(session, build.id)
    rule = rules.of_repository(session, build.repository_id) if made else None
    origin = f"Built by this farm as build-{build.id} from {build.repository.name} at {build.commit}"
    for one in made:
        kind, digest = ReferenceKind.MODULE, one.digest
        if one.artifact.image_digest:
            kind, digest = ReferenceKind.IMAGE, one.artifact.image_digest
        known = find(session, kind, digest)
        if rule and not build.patch:
            why = f"{origin}; its builds are trusted by {rule.by}: {rule.why}"
            if known is None:
                _add(session, kind, digest, ReferenceState.APPROVED, why, artifact=one.digest, build_id=build.id)
            elif known.state == ReferenceState.PENDING:
                states.decide(session, known, ReferenceState.APPROVED, by=states.FARM, why=why)
        elif known is None:
            why = f"{origin}{', with a patch' if build.patch else ''}"
            _add(session, kind, digest, ReferenceState.PENDING, why, artifact=one.digest, build_id=build.id)


def find(session: Session, kind: ReferenceKind, digest: str) -> Reference | None:
    """The value of an image or a module, if there is one."""
    # The partial index serves only what says its condition.
    wanted = (Reference.digest == digest, Reference.kind == kind, Reference.kind != word(ReferenceKind.FIRMWARE))
    return session.scalars(select(Reference).where(*wanted)).one_or_none()


def of_firmware(session: Session, machine_id: int, firmware: str) -> list[Reference]:
    """The values known for one firmware of one machine."""
    mine = (Reference.machine_id == machine_id, Reference.firmware == firmware)
    # In the words of the partial index.
    wanted = select(Reference).where(*mine, Reference.kind == word(ReferenceKind.FIRMWARE))
    return list(session.scalars(wanted.order_by(Reference.id)))


def learn_firmware(
    session: Session,
    pcrs: Iterable[tuple[int, bytes]],
    *,
    machine_id: int,
    firmware: str,
    boot_id: int,
    approved_because: str = "",
) -> list[Reference]:
    """The values of PCR 0, 2 and 7 that a bound boot showed and that nobody knew; pending, but for a rule.

    With a rule's reason those that were seen before and are still pending are approved, too.
    """
    known = {(one.pcr, one.digest): one for one in of_firmware(session, machine_id, firmware)}
    state = ReferenceState.APPROVED if approved_because else ReferenceState.PENDING
    why = approved_because or f"Seen in boot-{boot_id}, whose evidence the machine's own TPM signed."
    origin = {"firmware": firmware, "machine_id": machine_id, "boot_id": boot_id}
    made = []
    for pcr, value in ((pcr, value.hex()) for pcr, value in pcrs if pcr in FIRMWARE_PCRS):
        before = known.get((pcr, value))
        if before is None:
            made.append(_add(session, ReferenceKind.FIRMWARE, value, state, why, pcr=pcr, **origin))
        elif approved_because and before.state == ReferenceState.PENDING:
            states.decide(session, before, state, by=states.FARM, why=why)
    return [one for one in made if one is not None]


def _add(
    session: Session, kind: ReferenceKind, digest: str, state: ReferenceState, why: str, **origin: object
) -> Reference | None:
    try:
        with session.begin_nested():
            return states.add(session, kind=kind, digest=digest, state=state, by=states.FARM, why=why, **origin)
    except IntegrityError:
        return None  # another build made the same bytes at the same moment
