"""What is proven about the machines, in one or two sentences: how many are affirming, and which are not and why."""

from collections.abc import Sequence
from datetime import datetime

from farm.asking import LatestTier
from farm.asking.latest import ERROR, NEVER, SILENT
from farm.database import now
from farm.evidence.results import Tier
from web.pages.words import count, instant, since

_NAMED = 5
# The worst first: who reads one line should read about these.
_ORDER = (Tier.CONTRAINDICATED, ERROR, SILENT, Tier.WARNING, Tier.NONE, NEVER)


def standing_sentence(rows: Sequence[LatestTier], *, more: bool, at: datetime | None) -> str:
    """For the machines of one question; `more` says that there are others behind them."""
    when = f"At {instant(at)}" if at else "Now"
    if not rows:
        return f"{when} no machine matches." if at else "No machine matches these filters."
    good = sum(one.status == Tier.AFFIRMING for one in rows)
    total = f"the first {len(rows)} machines" if more else count(len(rows), "machine")
    if good == len(rows):
        return f"{when} all of {total} are affirming." if len(rows) > 1 else f"{when} {rows[0].machine} is affirming."
    others = sorted((one for one in rows if one.status != Tier.AFFIRMING), key=_place)
    named = [_words(one, at) for one in others[:_NAMED]]
    rest = len(others) - len(named)
    tail = f", and {rest} more" if rest else ""
    return f"{when} {good} of {total} {'is' if good == 1 else 'are'} affirming. Not: {', '.join(named)}{tail}."


def _place(row: LatestTier) -> int:
    return _ORDER.index(row.status) if row.status in _ORDER else len(_ORDER)


def _words(row: LatestTier, at: datetime | None) -> str:
    if row.status == NEVER:
        return f"{row.machine} (never attested)"
    moment = instant(row.since) if at else _ago(row.since)
    if row.status == SILENT:
        return f"{row.machine} (silent, last evidence {moment})"
    if row.status == ERROR:
        return f"{row.machine} (verifier error, ours)"
    return f"{row.machine} ({row.status}{f', {row.reason}' if row.reason else ''}, {moment})"


def _ago(moment: datetime) -> str:
    return since((now() - moment).total_seconds())
