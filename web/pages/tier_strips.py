"""Strips of the overview: how the last commits booted and how far they are proven; and changes to look at."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from farm import asking, boots
from farm.asking.changes import Changed, ChangeLine
from farm.asking.pages import Page
from farm.boots import Boot
from farm.chain import ChainHead
from farm.changes import Change, ChangeCause, ChangeKind
from farm.evidence.results import Tier
from farm.states import BootState
from farm.strips import Strip, strips
from farm.submissions import Submission

_CACHE, _CACHED_CHANGES = "tier-strips", "open-changes"
_MOST = 5  # machines that the overview names
_LOOKED_AT = 100  # changes; one machine that flaps must not hide the others
# What a strip follows from: how many appraisals there are, the newest submission and boot, and how many boots wait or
# run. One that is new makes the newest id another, and one that ends the number; no clock is asked, which may go back.
_STAMP = select(
    select(ChainHead.last_id).where(ChainHead.name == "appraisals").scalar_subquery(),
    select(func.max(Submission.id)).scalar_subquery(),
    select(func.max(Boot.id)).scalar_subquery(),
    *(
        select(func.count()).where(boots.LIVE, *which).scalar_subquery()
        for which in ((), (Boot.state == BootState.RUNNING,), (Boot.cant_start,))
    ),
)


def _open(*which: ColumnElement[bool]) -> Any:
    newest = select(Change.id).where(Change.acknowledged_at.is_(None), *which)
    return select(newest.order_by(Change.at.desc()).limit(_LOOKED_AT).subquery())


# What needs somebody, by id: only when this list is another one is more asked about it.
_OPEN = union_all(
    _open(Change.cause == ChangeCause.UNEXPLAINED),
    # In the words of the partial index; only tiers get worse.
    _open(
        literal_column("changes.worse"),
        Change.after == Tier.CONTRAINDICATED,
        Change.cause != ChangeCause.UNEXPLAINED,
    ),
    _open(Change.what == ChangeKind.FIRMWARE),
)


@dataclass(frozen=True)
class Open:
    """What nobody has acknowledged on one machine; `newest` is its last fall of the tier, if there was one.

    Other firmware is one line for all machines, of which the others are `others`: an update comes to many at a time.
    """

    newest: ChangeLine
    whats: str
    others: int = 0


def tier_strips(session: Session) -> list[Strip]:
    """The strips, read anew only when something was appraised, submitted, or went on: the overview is polled."""
    stamp = tuple(session.execute(_STAMP).one())
    kept: tuple[Any, list[Strip]] | None = current_app.extensions.get(_CACHE)
    if kept is None or kept[0] != stamp:
        kept = (stamp, strips(session))
        current_app.extensions[_CACHE] = kept
    return kept[1]


def open_changes(session: Session) -> list[Open]:
    """The machines that changed without a cause, or whose evidence is contraindicated from now on, whatever the cause.

    Those whose tier changed stand first. A flapping PCR is one line. Last come those with other firmware.
    """
    open_now = tuple(session.scalars(_OPEN))
    kept: tuple[Any, list[Open]] = current_app.extensions.get(_CACHED_CHANGES, ((), []))
    if kept[0] != open_now:
        kept = (open_now, _open_changes(session))
        current_app.extensions[_CACHED_CHANGES] = kept
    return kept[1]


def _open_changes(session: Session) -> list[Open]:
    unexplained = Changed(causes=(ChangeCause.UNEXPLAINED,), unacknowledged=True, page=Page(limit=_LOOKED_AT))
    refused = replace(unexplained, causes=(), tiers=(Tier.CONTRAINDICATED,), worse=True)
    rows = {one.id: one for asked in (unexplained, refused) for one in asking.changes(session, asked).rows}
    found: dict[str, list[ChangeLine]] = {}
    for row in sorted(rows.values(), key=lambda one: (one.at, one.id), reverse=True):
        found.setdefault(row.machine, []).append(row)
    ordered = sorted(found.values(), key=lambda rows: all(one.kind != ChangeKind.TIER for one in rows))
    machines = [Open(_telling(rows), _whats(rows)) for rows in ordered[:_MOST]]
    updated = replace(unexplained, causes=(), kinds=(ChangeKind.FIRMWARE,))
    firmware = asking.changes(session, updated).rows
    others = len({one.machine for one in firmware}) - 1
    return machines + [Open(one, one.what, others) for one in firmware[:1]]


def _telling(rows: list[ChangeLine]) -> ChangeLine:
    return next((one for one in rows if one.kind == ChangeKind.TIER), rows[0])


def _whats(rows: list[ChangeLine]) -> str:
    counts = Counter(one.what for one in rows)
    return ", ".join(f"{what} {number} times" if number > 1 else what for what, number in counts.items())
