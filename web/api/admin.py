"""What admins call: tokens. A caller makes, sees and revokes those of its person whose scopes it has itself.

A token that is made with another one ends with it. Every token may revoke itself; an admin those of everybody.
"""

from datetime import datetime

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from farm import access
from farm.access import Person, Scope, Token
from farm.errors import NotFound
from web.api.answers import finish_answer
from web.api.parameters import check_parameters
from web.api.people.lists import In
from web.current import farm, need_login

blueprint = APIBlueprint("admin", __name__, url_prefix="/api/v1", tag="admin")
blueprint.before_request(check_parameters)
blueprint.after_request(finish_answer)


class TokenIn(In):
    """A token to make. `days` null ends with the caller's own token, if that ends; `lab` binds workers to one lab."""

    name: str = Field(min_length=1, max_length=100)
    scopes: list[str] = Field(min_length=1, max_length=len(Scope))
    days: float | None = access.DEFAULT_DAYS
    lab: str | None = Field(None, max_length=63)


class TokenOut(BaseModel):
    """A token, without its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    lab: str | None

    @classmethod
    def of(cls, token: Token) -> "TokenOut":
        """From its row."""
        return cls(
            id=token.id,
            name=token.name,
            prefix=token.prefix,
            scopes=token.scopes.split(),
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
            lab=token.lab,
        )


class NewToken(BaseModel):
    """A token and its secret, which is never shown again."""

    token: TokenOut
    secret: str


class TokenList(BaseModel):
    """A person's tokens."""

    items: list[TokenOut]


@blueprint.post("/tokens")
@blueprint.input(TokenIn, arg_name="body")
@blueprint.output(NewToken, status_code=201)
def create_token(body: TokenIn) -> NewToken:
    """Make a token with a subset of one's own rights."""
    caller = need_login()
    scopes = access.parse_scopes(body.scopes)
    for scope in scopes:
        caller.need(access.giver_of(scope))
    with farm().db.writing() as session:
        person = session.get_one(Person, caller.person_id)
        token, secret = access.create_token(
            session, person, body.name, scopes, body.days, body.lab, parent_id=caller.token_id
        )
        return NewToken(token=TokenOut.of(token), secret=secret)


@blueprint.get("/tokens")
@blueprint.output(TokenList)
def list_tokens() -> TokenList:
    """One's own tokens, as far as the caller has their scopes."""
    caller = need_login()
    caller.need(Scope.READ)
    with farm().db.reading() as session:
        own = access.tokens_of(session, caller.person_id or 0)
        return TokenList(items=[TokenOut.of(one) for one in own if caller.covers(access.scopes_of(one.scopes))])


@blueprint.delete("/tokens/<int:token_id>")
@blueprint.output(TokenOut)
def revoke_token(token_id: int) -> TokenOut:
    """End a token's life at once: the caller's own, or one whose scopes the caller has."""
    caller = need_login()
    with farm().db.writing() as session:
        token = session.get(Token, token_id)
        if token is None or (token.person_id != caller.person_id and Scope.ADMIN not in caller.scopes):
            raise NotFound(f"You have no token {token_id}.")
        if token.id != caller.token_id:
            for scope in sorted(access.scopes_of(token.scopes)):
                caller.need(access.giver_of(scope))
        return TokenOut.of(access.revoke(session, token_id))
