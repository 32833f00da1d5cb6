"""Query parameters are known or refused, at every route of the API: a typing error must not widen a list."""

from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request

from farm.errors import BadRequest
from web.api.wrong_values import pointer, sentence, unknown

View = TypeVar("View", bound=Callable[..., object])
_NAMES = "query_names"


def takes(*names: str) -> Callable[[View], View]:
    """Declare the parameters of a route that reads its query by itself; those with a model say them there."""

    def declare(view: View) -> View:
        setattr(view, _NAMES, names)
        return view

    return declare


def check_parameters() -> None:
    """Before each request of the API.

    Raises:
        BadRequest: a parameter that the route does not have; the sentence names the nearest.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or not request.args:
        return
    known = set(getattr(view, _NAMES, ()))
    for model, location in getattr(view, "_spec", {}).get("args") or ():
        known |= set(model.model_fields) if location == "query" else set()
    for name in sorted(set(request.args) - known):
        wrong = {"pointer": pointer([name[:40]]), "in": "query", **unknown(name, known)}
        raise BadRequest(
            sentence(wrong),
            next_step=f"It takes {', '.join(sorted(known))}." if known else "It takes no parameters.",
            details=[wrong],
        )
