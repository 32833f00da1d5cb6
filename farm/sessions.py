"""Who is logged in with a browser. The farm knows each session, so that logging out ends it, whoever copied its cookie.

The cookie holds 24 random bytes and the table their SHA-256, as with tokens.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.access import Caller, Person, scopes_of
from farm.database import Base, Digest, Utc, now
from farm.errors import NotLoggedIn

DAYS = 14


class Login(Base):
    """One open session."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(Digest, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    expires_at: Mapped[datetime] = mapped_column(Utc)


_PERSON = (
    select(Person.id, Person.name, Person.scopes)
    .join(Login, Login.person_id == Person.id)
    .where(Login.hash == bindparam("digest", type_=String), Login.expires_at > bindparam("moment", type_=Utc))
)


def begin(session: Session, person_id: int) -> str:
    """A new session's secret. What has expired meanwhile is forgotten."""
    session.execute(delete(Login).where(Login.expires_at <= now()))
    secret = secrets.token_urlsafe(24)
    session.add(Login(hash=_hash(secret), person_id=person_id, expires_at=now() + timedelta(days=DAYS)))
    return secret


def end(session: Session, secret: str) -> None:
    """End a session; one that has ended already stays so."""
    session.execute(delete(Login).where(Login.hash == _hash(secret)))


def caller_of_session(session: Session, secret: str) -> Caller:
    """Who is logged in with this session.

    Raises:
        NotLoggedIn: it was ended, or is too old.
    """
    row = session.execute(_PERSON, {"digest": _hash(secret), "moment": now()}).one_or_none()
    if row is None:
        raise NotLoggedIn("Your session has ended.", next_step="Log in again.")
    return Caller(row.id, row.name, scopes_of(row.scopes))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
