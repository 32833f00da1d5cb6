"""The box in the header: an id, a commit, a digest, a machine or a repository, and straight there."""

import re
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from farm import machines, repositories
from farm.errors import NotFound
from web.current import farm
from web.pages.answers import see

blueprint = Blueprint("search", __name__)
_ID = re.compile(r"(submission|build|boot)-[1-9][0-9]*")


@blueprint.get("/search")
def search() -> Response:
    """Go where the words point.

    Raises:
        NotFound: nowhere.
    """
    asked = request.args.get("q", "").strip()
    if not asked:
        return see("/boots")
    if match := _ID.fullmatch(asked.lower()):
        return see(f"/{match[1]}s/{asked.lower()}")
    if asked.isascii() and asked.isdigit() and len(asked) < 7:
        return see(f"/boots/boot-{asked}")
    with farm().db.reading() as session:
        if machines.machine_or_none(session, asked):
            return see(f"/machines/{quote(asked)}")
        if asked in {one.name for one in repositories.repositories(session)}:
            return see(f"/submissions?{urlencode({'repository': asked})}")
    if re.fullmatch("[0-9a-f]{64}", asked.lower()):
        return see(f"/boots?{urlencode({'image': asked.lower()})}")
    if re.fullmatch("[0-9a-f]{4,40}", asked.lower()):
        return see(f"/submissions?{urlencode({'commit': asked.lower()})}")
    raise NotFound(
        f'Nothing is called "{asked[:80]}".',
        next_step="Search for boot-12, a commit, a digest, a machine's or a repository's name.",
    )
