"""Filters of the attestation pages, read off the URL: a value that is none is refused by name, never ignored."""

import re
from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from flask import request

from farm.errors import BadRequest
from web.api.people.lists import moment
from web.pages.lists import following

_CURSOR = re.compile(r"(-?[0-9]{1,18}(\.-?[0-9]{1,18}){0,3})?")

_MANY = 10  # words that are more than a person wants to read


def known(*names: str) -> None:
    """Refuse a filter that this page does not have: a typing error must not widen a list.

    Raises:
        BadRequest: it names the nearest.
    """
    for name in request.args:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"There are {', '.join(names)}."
            raise BadRequest(f'There is no filter "{name[:60]}" here.', next_step=hint)


def once(*names: str) -> None:
    """Refuse a filter that has one value and is given several: only one of them would count.

    Raises:
        BadRequest: it names the filter.
    """
    for name in names:
        if len(set(filter(None, request.args.getlist(name)))) > 1:
            raise BadRequest(f'The filter "{name}" takes one value here.', next_step="Leave one of them.")


def words_of(name: str, allowed: Sequence[str] = ()) -> tuple[str, ...]:
    """All values of a filter; a form sends its empty fields too, which narrow nothing.

    Raises:
        BadRequest: one that is not allowed.
    """
    words = tuple(dict.fromkeys(word for word in request.args.getlist(name) if word))
    for word in words:
        if allowed and word not in allowed:
            near = get_close_matches(word, allowed, n=1) if len(allowed) > _MANY else []
            hint = f'Did you mean "{near[0]}"?' if near else f"Write one of {', '.join(allowed)}."
            raise BadRequest(f'"{word[:40]}" is no {name}.', next_step=hint)
    return words


def number_of(name: str) -> int:
    """A whole number, 0 without one.

    Raises:
        BadRequest: something else.
    """
    text = request.args.get(name, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadRequest(f'"{text[:40]}" is no number.', next_step=f"Start anew at {request.path}.")
    return int(text)


def cursor_of() -> tuple[int, ...]:
    """Where to go on: the key of the last row seen, () for the first page.

    Raises:
        BadRequest: not a cursor.
    """
    text = request.args.get("cursor", "")
    if not _CURSOR.fullmatch(text):
        raise BadRequest("This is not a cursor of this list.", next_step=f"Start anew at {request.path}.")
    return tuple(int(part) for part in text.split(".")) if text else ()


def following_key(key: tuple[int, ...]) -> str:
    """The URL of the next page of an answer, empty at the end."""
    return following(".".join(map(str, key)) if key else None)


def moment_of(name: str) -> datetime | None:
    """A moment in UTC, written as for the API: an RFC 3339 time, a day, or how long ago, such as `7d`.

    Raises:
        BadRequest: something else.
    """
    text = request.args.get(name, "")
    if not text or text == "now":
        return None
    try:
        found = moment(text)
    except ValueError as error:
        how = str(error)
        raise BadRequest(
            f'The filter "{name}" can\'t be used: "{text[:40]}" is no time.', next_step=f"{how[:1].upper()}{how[1:]}."
        ) from error
    return found if isinstance(found, datetime) else None
