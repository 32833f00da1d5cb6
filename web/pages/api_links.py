"""The explorer's question elsewhere: the route of the API and the command that answer it, with the same filters."""

import shlex
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import request

_SHARED = ("machine", "tag", "since", "until", "at")
_ROUTES = {
    "matrix": ("/api/v1/attest/matrix", _SHARED),
    "changes": ("/api/v1/changes", (*_SHARED, "repository", "kind", "cause", "tier", "pcr", "worse", "unacknowledged")),
    "machines": ("/api/v1/attest/latest", ("machine", "tag", "at", "tier", "reason", "firmware")),
    "images": ("/api/v1/images", ("at",)),
    "timeline": (
        "/api/v1/attest/appraisals",
        (*_SHARED, "repository", "tier", "outcome", "reason", "commit", "firmware", "image", "ak"),
    ),
}
EXPORTED = ("changes", "machines", "images", "timeline")  # views whose route also answers CSV and JSON Lines


def api_link(view: str, more: list[tuple[str, str]], kind: str = "") -> str:
    """The URL; `more` are parameters that the page knows without being asked, `kind` is csv or jsonl."""
    route, names = _ROUTES[view]
    if view == "changes" and request.args.get("first"):
        route, names = f"{route}/first", (*names, "expected")
    asked = [("unacknowledged" if name == "open" else name, v) for name, v in request.args.items(multi=True) if v]
    kept = [(name, value) for name, value in asked if name in names]
    kept += [one for one in more if one[0] not in {name for name, _ in kept}]
    kept += [("format", kind)] if kind else []
    return f"{route}?{urlencode(kept)}" if kept else route


_COMMANDS = {"changes": "changes", "machines": "latest", "images": "images", "timeline": "history"}
_FLAGS = ("worse", "unacknowledged", "news", "expected")


def cli_line(view: str, more: list[tuple[str, str]]) -> str:
    """The command; where none takes these filters, as for the matrix, the API is called by name."""
    link = urlsplit(api_link(view, more))
    if view == "matrix":
        return f"bootfarm api GET {shlex.quote(link.geturl())}"
    command = "first-changed" if link.path.endswith("/first") else _COMMANDS[view]
    words = ["bootfarm", "attest", command]
    for name, value in parse_qsl(link.query):
        words += [f"--{name}"] if name in _FLAGS else [f"--{name.replace('repository', 'repo')}", value]
    return shlex.join(words)
