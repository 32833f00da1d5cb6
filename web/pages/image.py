"""One image: all its names, what was decided about it, and every machine that ever ran it."""

from urllib.parse import urlencode

from flask import Blueprint, Response, request

from farm import asking
from farm.asking import Page
from farm.asking.scope import scope
from farm.references import derived, lines
from web.current import farm
from web.pages.answers import page, see
from web.pages.filters import cursor_of, following_key, known, moment_of, words_of

blueprint = Blueprint("image", __name__)
_PAGE = 200


@blueprint.get("/images")
def find() -> Response:
    """Go to the image of a digest that somebody typed."""
    known("digest", "at")
    asked, then = request.args.get("digest", "").strip(), urlencode({"at": request.args.get("at", "")})
    at = then if moment_of("at") else ""
    return see(f"/images/{asked}{at and '?'}{at}" if asked.isalnum() else f"/attest?view=images{at and '&'}{at}")


@blueprint.get("/images/<digest>")
def image(digest: str) -> Response:
    """The image that a digest, or enough of its first digits, names."""
    known("machine", "tag", "since", "until", "at", "cursor")
    with farm().db.reading() as session:
        names = asking.named_images(session, digest)
        asked = scope(
            session,
            machine=words_of("machine"),
            tag=words_of("tag"),
            since=moment_of("since"),
            until=moment_of("until"),
            at=moment_of("at"),
        )
        ran = asking.machines_that_ran(session, names, asked, Page(after=cursor_of(), limit=_PAGE))
        files = [one.digest for one in names.files]
        found = lines.reference_lines(session, [*names.stated, *files], asked.at)
        authenticode = next((one.authenticode for one in names.files if one.authenticode), "")
        return page(
            "image.html",
            digest=digest,
            names=names,
            at=asked.at,
            references=found,
            pcr4=derived.pcr4_of(bytes.fromhex(authenticode)).hex() if authenticode else "",
            pcr10={one: derived.pcr10_of([bytes.fromhex(one)]).hex() for one in names.stated},
            ran=ran.rows,
            following=following_key(ran.next),
        )
