"""What answers to people's programs carry: the address of a list's next page, and a tag that spares a second copy."""

from urllib.parse import urlencode

from flask import Response, g, request


def offer_next(cursor: str | None) -> str | None:
    """The cursor of a list's next page, which then stands in the `Link` header too (RFC 8288)."""
    g.next_cursor = cursor
    return cursor


def finish_answer(response: Response) -> Response:
    """`Link` and `ETag`, and 304 to who has the same already (RFC 9110, section 13)."""
    cursor = g.get("next_cursor")
    if cursor is not None:
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
        response.headers["Link"] = f'<{request.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
    if request.method in ("GET", "HEAD") and response.status_code == 200 and response.is_json:
        # It may be another's, and is old at once: kept by its caller alone, and asked for again each time.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.add_etag()
        response.make_conditional(request)
    return response
