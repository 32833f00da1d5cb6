"""One build: verdict, first error, steps, artifacts, log."""

from flask import Blueprint, Response

from farm import artifacts, builds, submissions
from farm.access import Scope
from farm.builds import Build
from farm.ids import parse_id
from web.current import caller, farm
from web.hits import error_hit
from web.models import BuildOut
from web.pages.answers import is_poll, page, see
from web.pages.console_rows import Row, rows
from web.pages.live_console import LiveConsole, live_console
from web.pages.sentences import build_sentence

blueprint = Blueprint("build", __name__)
_BEFORE_ERROR, _AROUND_ERROR = 4, 14


@blueprint.get("/builds/<build>")
def build(build: str) -> Response:
    """The page, or its header and steps while it is polled."""
    with farm().db.reading() as session:
        found = builds.build(session, parse_id(build, "build"))
        shown = BuildOut.of(found, artifacts.of_build(session, found.id))
        ahead = builds.ahead(session, found) if shown.state == "queued" else 0
        return page(
            "build.html",
            fragment="parts/build_now.html",
            build=shown,
            sentence=build_sentence(shown, ahead),
            excerpt=[] if is_poll() else _excerpt(shown),
            console=None if is_poll() else _console(shown),
        )


def _console(build: BuildOut) -> LiveConsole:
    stream = farm().consoles.stream(build.id, "build")
    return live_console(stream, build.url, "build", live=build.verdict is None, hits=error_hit(build.error_line))


def _excerpt(build: BuildOut) -> list[Row]:
    """The lines around the first error."""
    if not build.error_line:
        return []
    stream = farm().consoles.stream(build.id, "build")
    found = stream.read_lines(max(1, build.error_line - _BEFORE_ERROR), _AROUND_ERROR)
    return rows(found.lines, "none", error_hit(build.error_line))


@blueprint.post("/builds/<build>/cancel")
def cancel(build: str) -> Response:
    """Cancel it, and with it the boots that wait for it."""
    caller().need(Scope.SUBMIT)
    with farm().db.writing() as session:
        found = builds.build(session, parse_id(build, "build"))
        submissions.cancel_build(session, found, caller().name)
    return see(f"/builds/build-{found.id}")


@blueprint.post("/builds/<build>/rebuild")
def rebuild(build: str) -> Response:
    """Submit the same source again, built afresh whatever is known of it."""
    caller().need(Scope.SUBMIT)
    with farm().db.reading() as session:
        found = builds.build(session, parse_id(build, "build"))
    request = submissions.Request(
        repository=found.repository.name,
        ref=found.commit,
        patch=_patch(found),
        note=f"Rebuild of build-{found.id}",
        fresh_build=True,
    )
    made = submissions.submit(farm(), caller(), request)
    return see(f"/submissions/submission-{made.id}")


def _patch(found: Build) -> bytes:
    return farm().artifacts.path(found.patch).read_bytes() if found.patch else b""
