"""Attestation on the overview: how far the last commits are proven, and changes that nobody has explained yet."""

from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from farm import asking
from farm.asking.changes import Changed, ChangeLine
from farm.asking.pages import Page
from farm.chain import ChainHead
from farm.changes import ChangeCause
from farm.strips import Strip, strips
from farm.submissions import Submission

_CACHE = "tier-strips"
_MOST = 5  # machines that the overview names
# What a strip follows from: how many appraisals there are, and the newest submission.
_STAMP = select(
    select(ChainHead.last_id).where(ChainHead.name == "appraisals").scalar_subquery(),
    select(func.max(Submission.id)).scalar_subquery(),
)


@dataclass(frozen=True)
class Unexplained:
    """What changed on one machine between two boots, and no cause of the closed list explains."""

    newest: ChangeLine
    whats: str


def tier_strips(session: Session) -> list[Strip]:
    """The strips, read anew only when something was appraised or submitted: the overview is polled."""
    stamp = tuple(session.execute(_STAMP).one())
    kept: tuple[Any, list[Strip]] | None = current_app.extensions.get(_CACHE)
    if kept is None or kept[0] != stamp:
        kept = (stamp, [one for one in strips(session) if any(commit.tier for commit in one.commits)])
        current_app.extensions[_CACHE] = kept
    return kept[1]


def unexplained(session: Session) -> list[Unexplained]:
    """The newest of them that nobody has acknowledged, one for each machine and boot."""
    asked = Changed(causes=(ChangeCause.UNEXPLAINED,), unacknowledged=True, page=Page(limit=20))
    found: dict[tuple[str, int], list[ChangeLine]] = {}
    for row in asking.changes(session, asked).rows:
        found.setdefault((row.machine, row.boot_after), []).append(row)
    return [
        Unexplained(next((one for one in rows if one.kind == "tier"), rows[0]), ", ".join(one.what for one in rows))
        for rows in list(found.values())[:_MOST]
    ]
