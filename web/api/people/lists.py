"""Filters and paging that all lists share."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from farm.errors import BadRequest
from farm.history import Filter, Listed, Page
from farm.ids import parse_id
from farm.plans import parse_duration
from farm.states import Verdict
from web.api.answers import offer_next
from web.current import caller

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = re.compile(r"([0-9]{1,8})d")
# No farm is older than the clocks of its machines, and some days more or less stay a time that can be written.
_FIRST_YEAR, _LAST_YEAR = 1970, 9998
_YEARS = f"write a time in the years {_FIRST_YEAR} to {_LAST_YEAR}"
_HOW = 'write a time such as "2026-11-23T06:00:00Z", a day such as "2026-11-23", or how long ago, such as "7d"'
_VERDICTS = (*Verdict, "waiting", "running")


class In(BaseModel):
    """Something asked for; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def moment(value: object) -> object:
    """The moment in UTC that a text says: an RFC 3339 time with its zone, a day, which is its midnight in UTC, or how
    long ago, such as `7d` or `36h`. What is no text, or an empty one, is left as it is.

    Raises:
        ValueError: none of these, or a moment outside of the years 1970 to 9998; the text is the end of a sentence.
    """
    if not isinstance(value, str) or not value:
        return value
    try:
        found = _written(value) if "T" in value or value.count("-") == 2 else datetime.now(UTC) - _ago(value)
    except OverflowError as error:
        raise ValueError(_YEARS) from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(_YEARS)
    return found


def _written(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text)
    except ValueError as error:
        raise ValueError(_HOW) from error
    if found.tzinfo is None:
        raise ValueError('say its zone, as in "2026-11-23T06:00:00Z"')
    return found.astimezone(UTC)


def _ago(text: str) -> timedelta:
    days = _DAYS.fullmatch(text)
    try:
        return parse_duration(f"{int(days[1]) * 24}h" if days else text)
    except ValueError as error:
        raise ValueError(_HOW) from error


Moment = Annotated[datetime, BeforeValidator(moment)]


class ListQuery(In):
    """Filters and paging that all lists share; a repeated `repository` is OR."""

    repository: str = ""
    commit: str = Field("", pattern="^[0-9a-f]{0,64}$")
    since: Moment | None = None
    until: Moment | None = None
    cursor: str = Field("", pattern="^[0-9]{0,18}$")
    limit: int = Field(50, ge=1, le=500)

    def filter(self) -> Filter:
        """As the domain takes it."""
        return Filter(
            repository=_words("repository"),
            commit=self.commit,
            since=self.since,
            until=self.until,
        )

    def page(self) -> Page:
        """Where to begin and how far to go."""
        return Page(before=int(self.cursor) if self.cursor else None, limit=self.limit)


class SubmissionQuery(ListQuery):
    """Of submissions: also one's own."""

    mine: bool = False

    def filter(self) -> Filter:
        """As the domain takes it."""
        return replace(super().filter(), person=caller().person_id or -1 if self.mine else None)


class BuildQuery(ListQuery):
    """Of builds: also by verdict; a repeated one is OR."""

    verdict: Literal["", "pass", "fail", "infra", "cancelled", "waiting", "running"] = ""

    def filter(self) -> Filter:
        """As the domain takes it."""
        return replace(super().filter(), verdict=_verdicts())


class BootQuery(BuildQuery, SubmissionQuery):
    """Of boots: also by machine, a repeated one is OR, by image and by submission."""

    machine: str = ""
    image: str = Field("", pattern="^([0-9a-f]{64})?$")
    submission: str = ""

    def filter(self) -> Filter:
        """As the domain takes it."""
        number = parse_id(self.submission, "submission") if self.submission else None
        return replace(super().filter(), machine=_words("machine"), image=self.image, submission=number)


def _verdicts() -> list[str]:
    # The model sees the first of several values only.
    words = _words("verdict")
    for word in words:
        if word not in _VERDICTS:
            raise BadRequest(f'"{word[:40]}" is not a verdict.', next_step=f"Write one of {', '.join(_VERDICTS)}.")
    return words


def _words(name: str) -> list[str]:
    # A form sends its empty fields too; they narrow nothing.
    return [word for word in request.args.getlist(name) if word]


def cursor(found: Listed[Any]) -> str | None:
    """What to ask for the next page with."""
    return offer_next(None if found.next is None else str(found.next))
