"""What answers to people's programs carry: the address of a list's next page, and a tag that spares a second copy."""

from urllib.parse import urlencode

from flask import Response, g, request

from farm.errors import Unseen


def offer_next(cursor: str | None) -> str | None:
    """The cursor of a list's next page, which then stands in the `Link` header too (RFC 8288)."""
    g.next_cursor = cursor
    return cursor


def offer_tag(tag: str) -> None:
    """The `ETag` of this answer, where decisions about what it shows say it again in `If-Match`."""
    g.entity_tag = tag


def matches(tag: str) -> bool:
    """Whether the caller saw the thing as it is now, by its tag: `If-Match` (RFC 9110, 13.1.1).

    A weak tag does too: a proxy that compresses answers makes the tags weak, and these stand for states, not bytes.

    Raises:
        Unseen: the header is missing (RFC 6585, section 3).
    """
    if not request.if_match:
        raise Unseen(
            "A decision needs the header If-Match: of two who decide at once, one would overwrite what they never saw.",
            next_step="Read the thing first, and send the ETag of that answer as If-Match.",
        )
    return request.if_match.contains_weak(tag)


def finish_answer(response: Response) -> Response:
    """`Link` and `ETag`, and 304 to who has the same already (RFC 9110, section 13)."""
    cursor = g.get("next_cursor")
    if cursor is not None:
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
        response.headers["Link"] = f'<{request.path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
    if request.method in ("GET", "HEAD") and response.status_code == 200 and response.is_json:
        # It may be another's, and is old at once: kept by its caller alone, and asked for again each time.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if "entity_tag" in g:
            response.set_etag(g.entity_tag)
        response.add_etag()
        response.make_conditional(request)
    return response
