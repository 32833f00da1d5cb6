"""Who is logged in with a browser. The farm knows each session, so that logging out ends it, whoever copied its cookie.

The cookie holds 24 random bytes and the table their SHA-256, as with tokens.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.access import Caller, Person, ShownToken, Token, scopes_of
from farm.database import Base, Digest, Utc, now
from farm.errors import NotLoggedIn

DAYS = 14


class Login(Base):
    """One open session."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(Digest, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    expires_at: Mapped[datetime] = mapped_column(Utc)
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))  # that opened it, and with which it ends


_PERSON = (
    select(Person.id, Person.name, Person.scopes, Login.token_id)
    .join(Login, Login.person_id == Person.id)
    .outerjoin(Token, Token.id == Login.token_id)
    .where(
        Login.hash == bindparam("digest", type_=String),
        Login.expires_at > bindparam("moment", type_=Utc),
        Token.revoked_at.is_(None),
    )
)


def begin(session: Session, person_id: int, token: ShownToken | None = None) -> str:
    """A new session's secret; it ends with the token that opens it. What has expired meanwhile is forgotten."""
    session.execute(delete(Login).where(Login.expires_at <= now()))
    secret = secrets.token_urlsafe(24)
    ends = now() + timedelta(days=DAYS)
    login = Login(hash=_hash(secret), person_id=person_id, expires_at=ends, token_id=None)
    if token is not None:
        login.token_id = token.id
        login.expires_at = min(ends, token.expires_at or ends)
    session.add(login)
    return secret


def end(session: Session, secret: str) -> None:
    """End a session; one that has ended already stays so."""
    session.execute(delete(Login).where(Login.hash == _hash(secret)))


def caller_of_session(session: Session, secret: str) -> Caller:
    """Who is logged in with this session.

    Raises:
        NotLoggedIn: it was ended, is too old, or its token was revoked.
    """
    row = session.execute(_PERSON, {"digest": _hash(secret), "moment": now()}).one_or_none()
    if row is None:
        raise NotLoggedIn("Your session has ended.", next_step="Log in again.")
    return Caller(row.id, row.name, scopes_of(row.scopes), row.token_id)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
