"""Writing a made-up history into an empty farm, in bulk, with the hash chain that a real one has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, insert, select, text
from sqlalchemy.orm import Session

from farm import chain
from farm.appraisals import AppraisalRow, WriteOff
from farm.appraisals.met import Met
from farm.boots import Boot
from farm.builds import Build
from farm.changes import Change
from farm.database import now
from farm.demo import appraisal_rows, boot_rows
from farm.demo.appraisal_rows import Timeline
from farm.demo.boot_rows import Row
from farm.demo.grounds import write_grounds
from farm.demo.mark import BANNER, Demo, banner_or_none
from farm.demo.met import BY, References
from farm.demo.said import console
from farm.demo.shape import Shape
from farm.demo.sighting import Sighting
from farm.demo.story import Image, image_of, told
from farm.errors import Conflict
from farm.farm import Farm
from farm.machines import Machine
from farm.pcrs import PcrRun, PcrValue
from farm.references import Reference, Reliance
from farm.repositories import Repository
from farm.submissions import Submission

_BATCH = 25  # commits whose rows are in memory at a time


@dataclass
class _Book:
    """What is carried from commit to commit; `policy` is the digest of the text that all is judged under."""

    policy: str
    references: References
    timeline: Timeline = field(default_factory=Timeline)


def seed(farm: Farm, shape: Shape) -> None:
    """Fill an empty farm; the database in one transaction.

    Raises:
        Conflict: the farm has a history, a machine or a repository already; made-up and real are never mixed.
    """
    with farm.db.reading() as session:
        check_empty(session)
    files = [f"made-up image of commit {number}, no program\n".encode() for number in range(shape.commits)]
    images = [image_of(number, farm.artifacts.put_bytes(data)) for number, data in enumerate(files)]
    with farm.db.writing() as session:
        check_empty(session)
        session.add(Demo(id=1, banner=BANNER, seeded_at=now()))
        policy = write_grounds(session, shape, images, [len(data) for data in files])
        book = _Book(policy, References(shape, images))
        for first in range(0, shape.commits, _BATCH):
            commits = range(first, min(first + _BATCH, shape.commits))
            _write(session, shape, [(number, images[number]) for number in commits], book)
        _insert(session, PcrRun, book.timeline.runs)
        _insert(session, Change, book.timeline.changes)
        _number_on(session)
    _speak(farm, shape, images)


def check_empty(session: Session) -> None:
    """Whether a made-up history may be written here.

    Raises:
        Conflict: it may not.
    """
    if banner_or_none(session) is not None:
        raise Conflict("This farm has its made-up history already.", next_step="Use another home for another one.")
    for kind in (Boot, Submission, Machine, Repository):
        if session.execute(select(kind.id).limit(1)).first() is not None:
            raise Conflict(
                f"This farm has {kind.__tablename__} of its own, and nothing made up is mixed into a real history.",
                next_step="Seed an empty home: set BOOTFARM_HOME to a new folder.",
                code="farm-not-empty",
            )


def _write(session: Session, shape: Shape, commits: Sequence[tuple[int, Image]], book: _Book) -> None:
    """All boots of some commits, and what came of them."""
    boots: list[Row] = []
    seen: list[tuple[Sighting, list[Met], Row]] = []
    for number, image in commits:
        for one in _sightings(shape, number, image, boots):
            met = [] if one.what.failed else book.references.met(one)
            row = appraisal_rows.appraisal(one, met, book.policy)
            book.timeline.add(one, row)
            seen.append((one, met, row))
    _insert(session, Boot, boots)
    book.references.write(session)
    ids = chain.append(session, AppraisalRow.__table__, [row for _, _, row in seen])  # type: ignore[arg-type]
    done = [(one, met, number) for (one, met, _), number in zip(seen, ids, strict=True) if not one.what.failed]
    _insert(session, PcrValue, [row for one, _, number in done for row in appraisal_rows.pcr_values(one, number)])
    _insert(session, Reliance, [row for one, met, number in done for row in appraisal_rows.reliances(one, number, met)])
    _insert(session, WriteOff, [_write_off(one) for one, _, _ in seen if one.what.failed and _is_last(shape, one)])


def _sightings(shape: Shape, number: int, image: Image, boots: list[Row]) -> Iterator[Sighting]:
    """What is appraised of one commit; an old failure of the verifier was made good five minutes later."""
    for machine in shape.cast:
        what = told(shape, machine, number, image)
        said = len(console(shape, machine, number, image, what))
        row = boot_rows.boot(shape, machine, number, image, what) | {"console_bytes": said}
        boots.append(row)
        if not what.evidence:
            continue
        ended = row["finished_at"]
        one = Sighting(machine, number, row["id"], row["nonce"], image, what, ended, ended)
        yield one
        if what.failed and not _is_last(shape, one):
            later = told(shape, machine, number, image, verifier_works=True)
            yield replace(one, what=later, at=one.at + appraisal_rows.LATER, run=1)


def _is_last(shape: Shape, one: Sighting) -> bool:
    return one.commit == shape.commits - 1


def _write_off(one: Sighting) -> Row:
    """Somebody gave up on it: what is owed is tried again by a dispatcher, and would become real."""
    return {
        "boot_id": one.boot,
        "owed_since": one.at,
        "tries": 8,
        "fault": appraisal_rows.FAULT,
        "reappraisal_id": None,
        "at": one.at + timedelta(minutes=25),
        "by": BY,
        "why": "made up: the firmware cuts its log off, which its vendor knows",
    }


def _speak(farm: Farm, shape: Shape, images: Sequence[Image]) -> None:
    """Consoles are files, written once the rows are."""
    for number, image in enumerate(images):
        for machine in shape.cast:
            data = console(shape, machine, number, image, told(shape, machine, number, image))
            if data:
                stream = farm.consoles.stream(f"boot-{shape.boot(number, machine)}", "serial")
                stream.append(0, data, shape.submitted_at(number))
                stream.finish()


def _insert(session: Session, kind: Any, rows: Sequence[Row]) -> None:
    if rows:
        table: Table = kind.__table__
        session.execute(insert(table), rows)


def _number_on(session: Session) -> None:
    """PostgreSQL numbers rows from a sequence, which knows nothing of ids that were given."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for kind in (Repository, Machine, Submission, Build, Boot, Reference):
        name = kind.__tablename__
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"))
