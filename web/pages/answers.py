"""How a page answers: whole, or as the fragment that htmx asks for; compressed where it pays."""

import gzip
from typing import Any

from flask import Response, make_response, redirect, render_template, request

_WORTH_IT = 1024  # bytes; below that, a packet is a packet


def is_poll() -> bool:
    """Whether a page's own poll asks, which wants what changes and nothing else."""
    return request.headers.get("HX-Request") == "true"


def page(template: str, *, fragment: str = "", status: int = 200, **values: Any) -> Response:
    """A page, or its `fragment` when its own poll asks."""
    polled = bool(fragment) and is_poll()
    response = make_response(render_template(fragment if polled else template, **values), status)
    response.headers["Cache-Control"] = "no-store" if polled else "no-cache"
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


def see(url: str) -> Response:
    """Go on to a page with GET after a form was taken."""
    return make_response(redirect(url, 303))


def compressed(response: Response) -> Response:
    """Gzip of HTML. No other origin can have a browser ask with our cookie (SameSite), which BREACH would need."""
    if response.mimetype != "text/html" or response.is_streamed or response.headers.get("Content-Encoding"):
        return response
    body = response.get_data()
    if len(body) >= _WORTH_IT and request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(body, 5))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response
