"""The API's side of the explorer: the route that answers the same question, with the filters that it takes."""

from urllib.parse import urlencode

from flask import request

_SHARED = ("machine", "tag", "since", "until", "at")
_ROUTES = {
    "matrix": ("/api/v1/attest/matrix", ("machine", "tag", "at")),
    "changes": ("/api/v1/changes", (*_SHARED, "repository", "cause", "tier", "pcr", "worse", "unacknowledged")),
    "machines": ("/api/v1/attest/latest", (*_SHARED, "tier")),
    "images": ("/api/v1/references", ()),
    "timeline": ("/api/v1/attest/appraisals", (*_SHARED, "repository", "tier", "reason", "commit")),
}
EXPORTED = ("changes", "machines", "timeline")  # views whose route also answers CSV and JSON Lines


def api_link(view: str, more: list[tuple[str, str]], kind: str = "") -> str:
    """The URL; `more` are parameters that the page knows without being asked, `kind` is csv or jsonl."""
    route, names = _ROUTES[view]
    if view == "changes" and request.args.get("first"):
        route = f"{route}/first"
    asked = [("unacknowledged" if name == "open" else name, v) for name, v in request.args.items(multi=True) if v]
    kept = [(name, value) for name, value in asked if name in names]
    kept += [one for one in more if one[0] not in {name for name, _ in kept}]
    kept += [("format", kind)] if kind else []
    return f"{route}?{urlencode(kept)}" if kept else route
