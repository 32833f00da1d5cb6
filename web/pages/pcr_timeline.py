"""A machine's PCR timeline as it is drawn: blocks on a scale of time. Tables say the same to who can't see them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from farm import asking
from farm.asking.changes import Changed, ChangeLine
from farm.asking.pages import Page
from farm.asking.scope import Scope
from farm.changes import ChangeKind
from farm.database import now
from farm.lanes import Lane, lanes
from farm.pcrs import PcrRun

WINDOW = timedelta(days=14)
WIDTH = 1000  # units of the drawing
_NARROWEST = 4
_LABELLED = 60  # units that four digits need
_CHANGES = 200


@dataclass(frozen=True)
class Block:
    """One stretch; `shade` tells neighbours apart, and equal values of a lane have equal ones."""

    x: float
    width: float
    shade: int
    run: PcrRun

    @property
    def label(self) -> str:
        """As much of the value as fits."""
        return self.run.value[:4] if self.width >= _LABELLED else ""


@dataclass(frozen=True)
class DrawnLane:
    """One lane, and why it changed last."""

    lane: Lane
    blocks: list[Block]
    last: ChangeLine | None


@dataclass(frozen=True)
class Mark:
    """A change of firmware or of the machine's key."""

    x: float
    change: ChangeLine


@dataclass(frozen=True)
class Timeline:
    """All of it; times are UTC."""

    since: datetime
    until: datetime
    lanes: list[DrawnLane]
    marks: list[Mark]
    width: int = WIDTH


def timeline(session: Session, machine_id: int, since: datetime | None, until: datetime | None) -> Timeline:
    """Between two times, the last fortnight without them."""
    end = until or now()
    begin = since or end - WINDOW
    if begin >= end:
        begin = end - WINDOW
    scope = Scope(machines=(machine_id,), until=end)
    kinds = (ChangeKind.PCR, ChangeKind.FIRMWARE, ChangeKind.ENROLMENT)
    known = asking.changes(session, Changed(scope=scope, kinds=kinds, page=Page(limit=_CHANGES))).rows
    last: dict[str, ChangeLine] = {}
    for one in known:
        last.setdefault(one.what, one)
    marks = [Mark(_x(one.at, begin, end), one) for one in known if one.kind != ChangeKind.PCR and one.at >= begin]
    drawn = [
        DrawnLane(one, _blocks(one, begin, end), last.get(one.what)) for one in _lanes(session, machine_id, begin, end)
    ]
    return Timeline(begin, end, drawn, marks)


def _lanes(session: Session, machine_id: int, begin: datetime, end: datetime) -> list[Lane]:
    return lanes(session, machine_id, since=begin, until=end)


def _blocks(lane: Lane, begin: datetime, end: datetime) -> list[Block]:
    """A value lasts until the next one was seen; the newest until it was last seen."""
    shades: dict[str, int] = {}
    made = []
    for place, run in enumerate(lane.runs):
        after = lane.runs[place + 1].first_at if place + 1 < len(lane.runs) else run.last_at
        x, to = _x(run.first_at, begin, end), _x(after, begin, end)
        shade = shades.setdefault(run.value, len(shades) % 4)
        made.append(Block(x, max(_NARROWEST, to - x - 1), shade, run))
    return made


def _x(moment: datetime, begin: datetime, end: datetime) -> float:
    share = (moment - begin) / (end - begin)
    return round(min(1.0, max(0.0, share)) * (WIDTH - _NARROWEST), 1)
