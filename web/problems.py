"""Errors for callers: each family of `farm.errors` has one status here, as problem+json or as a page (RFC 9457)."""

import json
from typing import Any

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException

from farm import errors
from farm.idempotency import OtherRequest
from web.api.wrong_values import sentence, wrong_values

STATUS: dict[type[errors.FarmError], int] = {
    OtherRequest: 422,
    errors.BadRequest: 400,
    errors.NotLoggedIn: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unseen: 428,
    errors.StorageFault: 507,
    errors.Unavailable: 503,
}
TITLES = {
    400: "The request can't be taken as it is",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    416: "Another offset expected",
    422: "The same key, another request",
    428: "Say what you saw",
    500: "The farm made a mistake",
    503: "Not now",
    507: "The farm's storage failed",
}
# Of what Flask itself refuses; the rest are requests that no route can take.
HTTP_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "not-json"}
_WIDE = "/api/"
log = structlog.get_logger()


def register(app: APIFlask) -> None:
    """Every error of every route ends here."""
    app.error_processor(_validation_error)  # first: it would take the place of the handlers below
    app.register_error_handler(errors.FarmError, _farm_error)
    app.register_error_handler(IntegrityError, _second_writer)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _our_bug)


def status_of(error: errors.FarmError) -> int:
    """The HTTP status of an error's family."""
    return next(status for family, status in STATUS.items() if isinstance(error, family))


def problem(status: int, code: str, detail: str, *, next_step: str = "", **extra: Any) -> Response:
    """One problem, as JSON under /api/ and as a page elsewhere."""
    body = {
        "type": f"/help/errors/{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": g.get("request_id", ""),
        **({"next_step": next_step} if next_step else {}),
        **extra,
    }
    if request.path.startswith(_WIDE) or request.accept_mimetypes.best == "application/json":
        response = Response(json.dumps(body), status, content_type="application/problem+json")
    else:
        response = Response(render_template("problem.html", problem=body), status, content_type="text/html")
    if status in (429, 503):
        response.headers["Retry-After"] = "2"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _farm_error(error: errors.FarmError) -> Response:
    status = status_of(error)
    if status >= 500:
        log.error("farm error", code=error.code, error=error.message)
    extra: dict[str, Any] = dict(error.extra)
    if error.details:
        extra["errors"] = error.details
    return problem(status, error.code, error.message, next_step=error.next_step, **extra)


def _second_writer(_: IntegrityError) -> Response:
    """Rules are checked before rows are written, so only who was second at the same moment gets here."""
    return problem(
        409,
        "conflict",
        "Somebody else wrote the same thing at the same moment, so nothing was changed.",
        next_step="Look at what is there now, and try again.",
    )


def _csrf_error(error: CSRFError) -> Response:
    if request.path.startswith(_WIDE):
        return _farm_error(
            errors.NotLoggedIn(
                "Nothing is written without a token or a session.",
                next_step="Send a token in the Authorization header: make one with `bootfarm token create`.",
            )
        )
    return problem(
        400,
        "form-expired",
        "This form does not belong to your session any more, so nothing was changed.",
        next_step="Go back, reload the page, and send the form again.",
    )


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    sentence = error.description or "Something about the request is wrong."
    if status == 404:
        sentence = f"There is nothing at {request.path[:200]}."
    if status < 400:
        return Response(status=status, headers=error.get_headers())
    return problem(status, HTTP_CODES.get(status, "bad-request" if status < 500 else "our-bug"), sentence)


def _validation_error(error: HTTPError) -> Any:
    """APIFlask's own errors, of which validation is the one that happens."""
    found: list[dict[str, Any]] = []
    if isinstance(error.__cause__, ValidationError):
        location = next(iter(error.detail), "json")
        found = wrong_values(error.__cause__, location, _model(location))
    words = sentence(found[0]) if len(found) == 1 else error.message or "The request is wrong."
    return problem(error.status_code, "bad-request", words, errors=found)


def _model(location: str) -> type[BaseModel] | None:
    """What the route takes there."""
    view = current_app.view_functions[request.endpoint or ""]
    spec: dict[str, Any] = getattr(view, "_spec", {})
    if location == "json":
        body: type[BaseModel] | None = spec.get("body")
        return body
    return next((model for model, place in spec.get("args") or () if place == location), None)


def _our_bug(error: Exception) -> Response:
    log.error("request failed", path=request.path, exc_info=error)
    return problem(
        500,
        "our-bug",
        "The farm made a mistake while answering; it is not your fault, and nothing was half written.",
        next_step=f"Tell the operator the request id {g.get('request_id', '')}.",
    )
