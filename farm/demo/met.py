"""The reference values that made-up evidence met: images from their builds, firmware as its machine showed it first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from farm.appraisals.met import Met
from farm.demo.boot_rows import REPOSITORY, Row
from farm.demo.shape import Shape
from farm.demo.sighting import Sighting
from farm.demo.story import Image, approved_in_the_end
from farm.evidence.inputs import ReferenceState
from farm.references import Reference, ReferenceKind, ReferenceStateRow
from farm.references.learning import FIRMWARE_PCRS
from farm.references.states import FARM

BY = "bootfarm demo seed"
APPROVED, PENDING, RETIRED = ReferenceState.APPROVED, ReferenceState.PENDING, ReferenceState.RETIRED
_Firmware = tuple[int, str, int, str]  # machine, name, PCR, value


@dataclass
class References:
    """All values, and the rows of those that are not written yet. An image's id is the number of its commit + 1."""

    shape: Shape
    images: Sequence[Image]
    rows: list[Row] = field(default_factory=list)
    states: list[Row] = field(default_factory=list)
    _ids: dict[_Firmware, int] = field(default_factory=dict)
    _approved: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Images are known before any boots; one was retired lately."""
        for number, image in enumerate(self.images):
            at, reference, build = self.shape.submitted_at(number), number + 1, number + 1
            retired = number == self.shape.commits // 2
            self._add(
                reference,
                ReferenceKind.IMAGE,
                image.image_digest,
                RETIRED if retired else APPROVED,
                artifact=image.file,
                build_id=build,
                created_at=at,
            )
            built = f"Built by this farm as build-{build} from {REPOSITORY} at {image.commit}"
            self._decide(reference, PENDING, at, FARM, built)
            self._decide(reference, APPROVED, at, BY, "made up: built from main")
            if retired:
                later = self.shape.end - timedelta(days=3)
                self._decide(reference, RETIRED, later, BY, "made up: a weakness was found in this image")

    def met(self, one: Sighting) -> list[Met]:
        """What the evidence of a boot showed, in the state of that moment; asked in the order of the boots."""
        found = [Met(one.commit + 1, ReferenceKind.IMAGE, APPROVED, None, first_use=False)]
        for pcr in FIRMWARE_PCRS:
            value = one.what.pcrs.get(("platform", pcr))
            if value is not None:
                found.append(self._firmware(one, pcr, value))
        return found

    def _firmware(self, one: Sighting, pcr: int, value: str) -> Met:
        key = one.machine.number, one.what.firmware, pcr, value
        if key not in self._ids:
            self._ids[key] = self._learn(one, pcr, value)
        number = self._ids[key]
        if one.what.approved and number not in self._approved:
            self._approved.add(number)
            self._decide(number, APPROVED, one.at, BY, "made up: the vendor's release, seen on this machine")
        return Met(number, ReferenceKind.FIRMWARE, APPROVED if one.what.approved else PENDING, pcr, first_use=False)

    def _learn(self, one: Sighting, pcr: int, value: str) -> int:
        number = len(self.images) + len(self._ids) + 1
        approved = approved_in_the_end(self.shape, one.machine, one.what.firmware)
        self._add(
            number,
            ReferenceKind.FIRMWARE,
            value,
            APPROVED if approved else PENDING,
            pcr=pcr,
            firmware=one.what.firmware,
            machine_id=one.machine.number,
            boot_id=one.boot,
            created_at=one.at,
        )
        seen = f"Seen in boot-{one.boot}, whose evidence the machine's own TPM signed."
        self._decide(number, PENDING, one.at, FARM, seen)
        return number

    def _add(self, number: int, kind: str, digest: str, state: str, **origin: Any) -> None:
        empty = dict.fromkeys(("pcr", "machine_id", "artifact", "build_id", "boot_id"))
        row = {"id": number, "kind": kind, "digest": digest, "state": state, "firmware": "", **empty, **origin}
        self.rows.append(row)

    def _decide(self, number: int, state: str, at: Any, by: str, why: str) -> None:
        self.states.append({"reference_id": number, "state": state, "at": at, "by": by, "why": why})

    def write(self, session: Session) -> None:
        """Insert what came since the last time; the boots that it names must be there."""
        for kind, rows in ((Reference, self.rows), (ReferenceStateRow, self.states)):
            if rows:
                session.execute(insert(kind), rows)
                rows.clear()
