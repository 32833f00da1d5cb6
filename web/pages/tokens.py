"""A person's own tokens: list, make one that is shown once, revoke."""

from flask import Blueprint, Response, request

from farm import access
from farm.access import Caller, Person, Scope, Token
from farm.database import now
from farm.errors import BadRequest, FarmError, NotAllowed, NotFound
from web.current import bearer, farm, need_login
from web.pages.answers import page, see
from web.problems import status_of

blueprint = Blueprint("tokens", __name__)


def _person() -> Caller:
    """The person of a session, who has all rights here; a token has the API for this, within its own rights."""
    found = need_login()
    if bearer() is not None:
        raise NotAllowed("This page is for sessions.", next_step="With a token, use /api/v1/tokens.")
    return found


@blueprint.get("/me/tokens")
def tokens() -> Response:
    """All tokens of this person."""
    return _page(_person())


@blueprint.post("/me/tokens")
def create() -> Response:
    """Make one; the answer holds the secret, and nothing else ever does."""
    person = _person()
    try:
        wanted = access.parse_scopes(request.form.getlist("scope"))
        days = _days(request.form.get("days", ""))
        with farm().db.writing() as session:
            owner = session.get_one(Person, person.person_id)
            name = request.form.get("name", "")
            _, secret = access.create_token(session, owner, name, wanted, days, parent_id=person.token_id)
    except FarmError as error:
        return _page(person, error=error)
    return _page(person, secret=secret)


def _days(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise BadRequest(f'"{text[:20]}" is no number of days.') from None


@blueprint.post("/me/tokens/<int:number>/revoke")
def revoke(number: int) -> Response:
    """End one of one's own tokens."""
    person = _person()
    with farm().db.writing() as session:
        if number not in {token.id for token in access.tokens_of(session, person.person_id or 0)}:
            raise NotFound(f"You have no token {number}.", next_step="See /me/tokens.")
        access.revoke(session, number)
    return see("/me/tokens")


def _page(person: Caller, *, secret: str = "", error: FarmError | None = None) -> Response:
    with farm().db.reading() as session:
        known = access.tokens_of(session, person.person_id or 0)
    answer = page(
        "tokens.html",
        status=status_of(error) if error else 200,
        tokens=known,
        state=_state,
        scopes=[scope for scope in Scope if scope in person.scopes or Scope.ADMIN in person.scopes],
        secret=secret,
        error=error,
        typed=request.form,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _state(token: Token) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= now() else ""
