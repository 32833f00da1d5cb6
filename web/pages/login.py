"""Logging in with a token or a one-time link, and out. The cookie knows its session's secret and nothing else."""

import re

from flask import Blueprint, Response, request, session

from farm import access, sessions
from farm.access import ShownToken, scopes_of
from farm.errors import FarmError, NotAllowed
from web.current import SESSION, farm
from web.pages.answers import page, see

blueprint = Blueprint("login", __name__)
# A path of ours: a browser reads "//" and "/\" as another host.
_OUR_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\\]{0,500}")


def _next() -> str:
    asked = request.values.get("next", "/")
    return asked if _OUR_PATH.fullmatch(asked) else "/"


def _begin(person: int, token: ShownToken | None = None) -> None:
    with farm().db.writing() as sql:
        secret = sessions.begin(sql, person, token)
    session.clear()
    session[SESSION] = secret
    session.permanent = True


@blueprint.get("/login")
def form() -> Response:
    """Where a token is pasted."""
    return page("login.html", next=_next(), error=None, code="")


@blueprint.post("/login")
def log_in() -> Response:
    """Take a token; a wrong one brings the form back with the reason."""
    try:
        with farm().db.reading() as sql:
            token = access.token_of(sql, request.form.get("token", "").strip())
            # A session has all rights of its person, so a token with fewer must not open one.
            if not scopes_of(token.scopes) >= scopes_of(token.person_scopes):
                raise NotAllowed(
                    f'Token "{token.name}" has fewer rights than {token.person}, so it opens no session.',
                    next_step="Log in with a token of all your scopes, or with a link from `bootfarm login-link`.",
                )
    except FarmError as error:
        return page("login.html", status=401, next=_next(), error=error, code="")
    _begin(token.person_id, token)
    return see(_next())


@blueprint.get("/login/<code>")
def link(code: str) -> Response:
    """A one-time link's page. Only its button spends the link: mail scanners and previews open links too."""
    return page("login.html", next="/", error=None, code=code[:200])


@blueprint.post("/login/<code>")
def use_link(code: str) -> Response:
    """Spend the link."""
    try:
        with farm().db.writing() as sql:
            person = access.use_login_link(sql, code)
    except FarmError as error:
        return page("login.html", status=401, next="/", error=error, code="")
    _begin(person)
    return see("/")


@blueprint.post("/logout")
def log_out() -> Response:
    """End the session, here and in every copy of its cookie."""
    if SESSION in session:
        with farm().db.writing() as sql:
            sessions.end(sql, session[SESSION])
    session.clear()
    return see("/")
