"""Who calls, and which farm answers: bound once per request."""

import secrets
import time

import structlog
from flask import Response, current_app, g, request, session
from flask_wtf import CSRFProtect

from farm import access, job_tokens, sessions
from farm.access import Caller, Scope
from farm.errors import NotLoggedIn
from farm.farm import Farm
from web.hosts import check_host

FARM = "farm"
SESSION = "login"  # where the cookie keeps the secret of its session
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Reading is open to whoever reaches the farm, which listens on loopback unless told otherwise. Writing never is.
NOBODY = Caller(None, "nobody", frozenset({Scope.READ}))

log = structlog.get_logger()


def farm() -> Farm:
    """The farm of this application."""
    found: Farm = current_app.extensions[FARM]
    return found


def caller() -> Caller:
    """Who makes this request; somebody without rights to write when not logged in.

    Raises:
        NotLoggedIn: a token was shown that is not valid, or the session has ended.
    """
    if "caller" not in g:
        g.caller = _find_caller()
    found: Caller = g.caller
    return found


def bearer() -> str | None:
    """The token of the Authorization header, if there is one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def job_lease() -> job_tokens.Lease:
    """The lease whose token this request shows.

    Raises:
        NotLoggedIn: no job token of this farm.
    """
    return job_tokens.read(farm().secret_key, bearer() or "")


def _find_caller() -> Caller:
    token = bearer()
    if token is not None:
        return access.caller_of_token(farm().db, token)
    if SESSION in session:
        with farm().db.reading() as sql:
            return sessions.caller_of_session(sql, session[SESSION])
    return NOBODY


def start_request() -> None:
    """Name the request, bind its log context, and check that it is for us and any form from one of our own pages."""
    g.request_id = request.headers.get("X-Request-Id", "")[:64] or secrets.token_hex(8)
    g.started = time.perf_counter()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    check_host()
    # A bearer token is never sent by a browser on its own, so only requests without one can be forged.
    if request.method not in SAFE_METHODS and bearer() is None:
        csrf: CSRFProtect = current_app.extensions["csrf-check"]
        csrf.protect()


def finish_request(response: Response) -> Response:
    """Headers that every answer carries."""
    structlog.contextvars.clear_contextvars()
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers.setdefault("Server-Timing", f"app;dur={(time.perf_counter() - g.started) * 1000:.1f}")
    return response


def need_login() -> Caller:
    """The logged-in caller.

    Raises:
        NotLoggedIn: nobody is.
    """
    found = caller()
    if found.person_id is None:
        raise NotLoggedIn("You are not logged in.", next_step="Log in first.")
    return found
