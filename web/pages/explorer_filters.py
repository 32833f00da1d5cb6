"""Which filters each view of the explorer has: all others are refused, and a link to another view leaves them out."""

from urllib.parse import urlencode

from flask import request

from farm.evidence.step_names import ALL
from farm.states import Cause
from web.pages.filters import known, once, words_of

VIEWS = ("matrix", "changes", "machines", "images", "timeline")
REASONS = (*ALL, str(Cause.VERIFIER_ERROR))
_PLACE = ("machine", "tag", "at")
_TIME = ("since", "until")
FILTERS = {
    "matrix": (*_PLACE, "repository", "branch"),
    "changes": (
        *(*_PLACE, *_TIME, "repository", "tier", "cause", "pcr"),
        *("worse", "open", "first", "cursor"),
    ),
    "machines": (*_PLACE, "tier"),
    "images": ("cursor",),
    "timeline": (*_PLACE, *_TIME, "repository", "tier", "reason", "commit", "cursor"),
}
_SWITCHES = ("worse", "open", "first")
_ONCE = ("view", "branch", *_TIME, "at", "commit", "cursor", *_SWITCHES)
# What means the same in every view that has it. A tier does not: the states of machines are more than tiers.
_KEPT = (*_PLACE, *_TIME, "repository")


def view_asked() -> str:
    """The view of this request, whose filters are all ones that it has.

    Raises:
        BadRequest: another view, a filter that it does not have or that is given twice, a switch that is not "1".
    """
    once(*_ONCE)
    view = (words_of("view", VIEWS) or (VIEWS[0],))[0]
    known("view", *FILTERS[view])
    for name in _SWITCHES:
        words_of(name, ("1",))
    if view == "matrix":
        once("repository")
    return view


def view_url(view: str) -> str:
    """This page's URL in another view, with the filters that hold there, too."""
    names = [name for name in _KEPT if name in FILTERS[view]]
    if view == "matrix" and len(request.args.getlist("repository")) > 1:
        names.remove("repository")
    kept = [(name, value) for name, value in request.args.items(multi=True) if name in names and value]
    return f"{request.path}?{urlencode([*kept, ('view', view)])}"
