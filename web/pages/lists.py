"""Lists of boots, builds and submissions: filters in the URL, cursors instead of page numbers."""

from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from farm import history, machines, repositories
from farm.errors import BadRequest
from web.api.people.lists import BootQuery, BuildQuery, ListQuery, SubmissionQuery
from web.current import farm
from web.models import BootOut, BuildOut, SubmissionOut
from web.pages.answers import page
from web.pages.subjects import subjects_of

Query = TypeVar("Query", bound=ListQuery)
blueprint = Blueprint("lists", __name__)


def query(kind: type[Query]) -> Query:
    """The filters of this request.

    Raises:
        BadRequest: an unknown or unreadable one, named.
    """
    try:
        return kind.model_validate({key: value for key, value in request.args.items() if value})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadRequest(
            f'The filter "{name[:60]}" can\'t be used: {first["msg"]}.', next_step=f"Start anew at {request.path}."
        ) from error


def without(name: str, value: str = "") -> str:
    """This list's URL without one filter, or one value of it, on its first page."""
    kept = [(k, v) for k, v in request.args.items(multi=True) if v and k != "cursor"]
    kept = [(k, v) for k, v in kept if not (k == name and value in ("", v))]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def toggled(name: str, value: str) -> str:
    """This list's URL with one more value of a filter, or without it if it is on."""
    base = without(name, value)
    if value in request.args.getlist(name):
        return base
    return f"{base}{'&' if '?' in base else '?'}{urlencode({name: value})}"


def with_value(name: str, value: str) -> str:
    """This URL with one value of a filter instead of any other, on its first page."""
    base = without(name)
    return f"{base}{'&' if '?' in base else '?'}{urlencode({name: value})}"


def following(cursor: int | str | None) -> str:
    """The URL of the next page, empty at the end."""
    kept = [(k, v) for k, v in request.args.items(multi=True) if v and k != "cursor"]
    return f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}" if cursor else ""


@blueprint.get("/boots")
def boots() -> Response:
    """Boots, the newest first."""
    asked = query(BootQuery)
    with farm().db.reading() as session:
        found = history.list_boots(session, asked.filter(), asked.page())
        rows = BootOut.listed(session, found.rows)
        return page(
            "boots.html",
            boots=rows,
            subjects=subjects_of(session, rows),
            following=following(found.next),
            repositories=repositories.repositories(session),
            machines=machines.machines(session),
            toggled=toggled,
            without=without,
        )


@blueprint.get("/builds")
def builds() -> Response:
    """Builds, the newest first."""
    asked = query(BuildQuery)
    with farm().db.reading() as session:
        found = history.list_builds(session, asked.filter(), asked.page())
        return page(
            "builds.html",
            builds=[BuildOut.of(build) for build in found.rows],
            following=following(found.next),
            repositories=repositories.repositories(session),
            toggled=toggled,
            without=without,
        )


@blueprint.get("/submissions")
def submissions() -> Response:
    """Submissions, the newest first."""
    asked = query(SubmissionQuery)
    with farm().db.reading() as session:
        found = history.list_submissions(session, asked.filter(), asked.page())
        last = history.boots_of_submissions(session, [one.id for one in found.rows])
        return page(
            "submissions.html",
            submissions=[SubmissionOut.of(one, last[one.id]) for one in found.rows],
            following=following(found.next),
            repositories=repositories.repositories(session),
            toggled=toggled,
            without=without,
        )


@blueprint.get("/commits/<commit>")
def commit(commit: str) -> AnyResponse:
    """All submissions of a commit, or of a prefix of its hash."""
    return redirect(f"/submissions?{urlencode({'commit': commit.lower()})}", 302)
