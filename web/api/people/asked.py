"""What the questions of the history have in common: names of filters (as on pages), cursors, exports."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal, TypeVar

from flask import Response, request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from farm.asking import Answer, Page
from farm.asking.scope import Scope, scope
from farm.errors import BadRequest
from web.api.answers import offer_next
from web.api.exports import export, wanted_format
from web.api.people.lists import In, Moment
from web.current import farm
from web.models import Out

Row = TypeVar("Row")
_WHOLE = 500  # rows of one statement of an export


class PageQuery(In):
    """Paging; `format` is json, csv or jsonl."""

    cursor: str = Field("", pattern=r"^(-?[0-9]{1,18}(\.-?[0-9]{1,18}){0,3})?$")
    limit: int = Field(50, ge=1, le=500)
    format: Literal["", "json", "csv", "jsonl"] = ""

    def page(self) -> Page:
        """Where to begin and how far to go."""
        return Page(tuple(int(one) for one in self.cursor.split(".")) if self.cursor else (), self.limit)


class PlaceQuery(PageQuery):
    """Which machines, and when; a repeated filter is OR, different ones are AND."""

    machine: str = ""
    tag: str = ""
    since: Moment | None = None
    until: Moment | None = None

    def scope(self, session: Session) -> Scope:
        """The names, resolved."""
        return asked_scope(session, since=self.since, until=self.until)


class AskedQuery(PlaceQuery):
    """The same, with `at`: what was known at that moment."""

    at: Moment | None = None

    def scope(self, session: Session) -> Scope:
        """The names, resolved."""
        return asked_scope(session, since=self.since, until=self.until, at=self.at)


def asked_scope(session: Session, **times: datetime | None) -> Scope:
    """The names in the URL, resolved, and the times."""
    return scope(session, machine=words("machine"), tag=words("tag"), repository=words("repository"), **times)


def words(name: str, allowed: tuple[str, ...] = ()) -> tuple[str, ...]:
    """All values of a repeated parameter; empty ones, which a form sends too, narrow nothing.

    Raises:
        BadRequest: one that is not allowed.
    """
    found = tuple(word for word in request.args.getlist(name) if word)
    for word in found:
        if allowed and word not in allowed:
            raise BadRequest(f'"{word[:40]}" is no {name}.', next_step=f"Write one of {', '.join(allowed)}.")
    return found


def answered(
    name: str,
    query: PageQuery,
    listed: type[BaseModel],
    row: type[Out],
    ask: Callable[[Session, Page], Answer[Row]],
    show: Callable[[Row], Any],
    **more: object,
) -> Any:
    """One page as JSON, or the whole list as an export."""
    kind = wanted_format(query.format)
    if kind != "json":
        for narrower in ("cursor", "limit"):
            if narrower in request.args:
                raise BadRequest(
                    f"An export has all rows, so {narrower} can't be used with it.",
                    next_step=f"Leave {narrower} out, or ask for JSON.",
                )
        return _exported(kind, name, row, ask, show)
    with farm().db.reading() as session:
        found = ask(session, query.page())
    following = ".".join(str(part) for part in found.next) or None
    return listed(items=[show(one) for one in found.rows], next=offer_next(following), **more)


def _exported(
    kind: str, name: str, row: type[Out], ask: Callable[[Session, Page], Answer[Row]], show: Callable[[Row], Out]
) -> Response:
    here = farm()
    with here.db.reading() as session:
        first = ask(session, Page(limit=_WHOLE))  # what is wrong with the question is said before anything is sent

    def rows() -> Iterator[Out]:
        found = first
        yield from map(show, found.rows)
        while found.next:
            with here.db.reading() as session:
                found = ask(session, Page(found.next, _WHOLE))
            yield from map(show, found.rows)

    return export(kind, name, row, rows)
