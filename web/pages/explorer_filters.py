"""Which filters each view of the explorer has: all others are refused, and a link to another view leaves them out."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from farm.errors import BadRequest
from web.pages.filters import known, once, words_of

VIEWS = ("matrix", "changes", "machines", "images", "timeline")
_PLACE = ("machine", "tag", "at")
_TIME = ("since", "until")
FILTERS = {
    "matrix": (*_PLACE, *_TIME, "repository", "branch"),
    "changes": (
        *(*_PLACE, *_TIME, "repository", "kind", "tier", "cause", "pcr"),
        *("worse", "open", "first", "expected", "cursor"),
    ),
    "machines": (*_PLACE, "tier", "reason", "firmware"),
    "images": ("at", "cursor"),
    "timeline": (
        *(*_PLACE, *_TIME, "repository", "tier", "outcome", "reason", "commit"),
        *("firmware", "image", "ak", "cursor"),
    ),
}
_SWITCHES = ("worse", "open", "first", "expected")
_ONCE = ("view", "branch", *_TIME, "at", "commit", "cursor", *_SWITCHES)
# What means the same in every view that has it. A tier does not: the states of machines are more than tiers.
_KEPT = (*_PLACE, *_TIME, "repository", "reason", "firmware")
# What is typed, with what may stand there; all else is chosen from a list.
_TYPED = {
    "machine": "name",
    "tag": "name",
    "branch": "main",
    "since": "7d or 2026-11-23",
    "until": "7d or 2026-11-23",
    "pcr": "0 to 23",
    "reason": "binding-pcr4",
    "commit": "its first digits",
    "firmware": "name",
    "image": "digest, 6 digits or more",
    "ak": "000b… Name of a key",
}
_LABELS = {"pcr": "PCR", "ak": "attestation key"}


@dataclass(frozen=True)
class Typed:
    """A field of the form of filters. One that is repeated for OR takes one more value, any other is written anew."""

    name: str
    label: str
    hint: str
    value: str


def typed(view: str) -> list[Typed]:
    """What can be typed to narrow a view."""
    names = [name for name in _TYPED if name in FILTERS[view]]
    return [Typed(name, _LABELS.get(name, name), _TYPED[name], _value(name)) for name in names]


def _value(name: str) -> str:
    return request.args.get(name, "") if name in _ONCE else ""


def kept(view: str) -> list[tuple[str, str]]:
    """What else is asked for, which a form of the page sends along."""
    anew = {one.name for one in typed(view) if one.name in _ONCE} | {"cursor"}
    return [(name, value) for name, value in request.args.items(multi=True) if value and name not in anew]


def view_asked() -> str:
    """The view of this request, whose filters are all ones that it has.

    Raises:
        BadRequest: another view, a filter that it does not have or that is given twice, a switch that is not "1".
    """
    once(*_ONCE)
    view = (words_of("view", VIEWS) or (VIEWS[0],))[0]
    for name in request.args:
        others = [one for one in VIEWS if name in FILTERS[one]]
        if others and view not in others:
            raise BadRequest(f'The view {view} has no filter "{name}".', next_step=_has_it(name, others))
    known("view", *FILTERS[view])
    for name in _SWITCHES:
        words_of(name, ("1",))
    if view == "matrix":
        once("repository")
    return view


def _has_it(name: str, views: list[str]) -> str:
    words = " and ".join([", ".join(views[:-1]), views[-1]] if len(views) > 1 else views)
    return f"Leave it out; {words} {'has' if len(views) == 1 else 'have'} it."


def view_url(view: str) -> str:
    """This page's URL in another view, with the filters that hold there, too."""
    names = [name for name in _KEPT if name in FILTERS[view]]
    if view == "matrix" and len(request.args.getlist("repository")) > 1:
        names.remove("repository")
    kept = [(name, value) for name, value in request.args.items(multi=True) if name in names and value]
    return f"{request.path}?{urlencode([*kept, ('view', view)])}"
