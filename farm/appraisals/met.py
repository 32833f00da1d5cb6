"""Which reference values an appraisal met, in the state they were in at that moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from farm.appraisals.subject import Subject
from farm.evidence.results import Facts
from farm.references import Reference, ReferenceKind, learning, states

# How the reason of a value begins that was approved because the machine showed it first.
FIRST_USE = "First seen in "


@dataclass(frozen=True, slots=True)
class Met:
    """One value that the evidence showed and the farm knows."""

    id: int
    kind: str
    state: str
    pcr: int | None
    first_use: bool


def met_values(session: Session, found: Subject, facts: Facts, bound_pcrs: Sequence[tuple[int, bytes]]) -> list[Met]:
    """The image's, the staged modules', the firmware's, in this order; only what the evidence proves counts."""
    met: dict[int, Reference] = {}
    if facts.image_digest:
        image = learning.find(session, ReferenceKind.IMAGE, facts.image_digest.hex())
        met |= {image.id: image} if image else {}
        for digest in facts.measurements[1:]:
            module = learning.find(session, ReferenceKind.MODULE, digest.hex()) or learning.find(
                session, ReferenceKind.IMAGE, digest.hex()
            )
            met |= {module.id: module} if module else {}
    shown = {(pcr, value.hex()) for pcr, value in bound_pcrs}
    if shown:
        firmware = learning.of_firmware(session, found.machine_id, found.firmware)
        met |= {one.id: one for one in firmware if (one.pcr, one.digest) in shown}
    decided = states.latest(session, [one.id for one in met.values() if one.kind == ReferenceKind.FIRMWARE])
    first = {number for number, row in decided.items() if row.by == states.FARM and row.why.startswith(FIRST_USE)}
    return [Met(one.id, one.kind, one.state, one.pcr, one.id in first) for one in met.values()]
