"""Who may do what: people, their tokens, one-time login links. Secrets are stored as hashes only.

A token is 32 random bytes, so a plain SHA-256 is enough to store it: there is nothing to guess (NIST SP 800-63B 5.1.2).
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, Index, String, bindparam, delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from farm.database import Base, Database, Digest, Id, Utc, now
from farm.errors import BadRequest, Conflict, NotAllowed, NotFound, NotLoggedIn

TOKEN_PREFIX = "bf_"  # for secret scanners  # noqa: S105
DEFAULT_DAYS = 90
LOGIN_LINK_MINUTES = 15
# `last_used_at` is for people; writing it on every request would make every read a write.
_LAST_USED_STEP = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token or a person may do."""

    READ = "read"
    SUBMIT = "submit"
    OPERATE = "operate"
    ATTEST_APPROVE = "attest-approve"  # decide about reference values, policies and enrolments
    WORKER = "worker"
    ADMIN = "admin"


_IMPLIED = {
    Scope.READ: {Scope.READ},
    Scope.SUBMIT: {Scope.READ, Scope.SUBMIT},
    Scope.OPERATE: {Scope.READ, Scope.OPERATE},
    Scope.ATTEST_APPROVE: {Scope.READ, Scope.ATTEST_APPROVE},
    Scope.WORKER: {Scope.WORKER},
    Scope.ADMIN: {Scope.READ, Scope.SUBMIT, Scope.OPERATE, Scope.ATTEST_APPROVE, Scope.ADMIN},
}


class Person(Base):
    """Somebody who may log in."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    scopes: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(Utc)


class Token(Base):
    """A bearer token of a person, with a subset of that person's rights; `worker` tokens belong to a lab host."""

    __tablename__ = "tokens"
    __table_args__ = (Index(None, "person_id"), Index(None, "parent_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(12))  # of the secret, so that a person can tell tokens apart
    hash: Mapped[str] = mapped_column(Digest, unique=True)
    scopes: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime | None] = mapped_column(Utc)
    last_used_at: Mapped[datetime | None] = mapped_column(Utc)
    revoked_at: Mapped[datetime | None] = mapped_column(Utc)
    lab: Mapped[str | None] = mapped_column(String(63))  # of a worker's: the only lab that it serves, None for any
    # The token that made it, by itself or by a session that it opened: a token ends no later than this one.
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id"))
    person: Mapped[Person] = relationship(lazy="joined")


class LoginLink(Base):
    """Opens one session, once, soon."""

    __tablename__ = "login_links"

    hash: Mapped[str] = mapped_column(Digest, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    expires_at: Mapped[datetime] = mapped_column(Utc)


def giver_of(scope: Scope) -> Scope:
    """The scope that gives this one away and takes it back: its own, but workers are an admin's."""
    return Scope.ADMIN if scope is Scope.WORKER else scope


@dataclass(frozen=True)
class Caller:
    """Who asks, as far as the farm cares. `token_id` is the token that it shows, or that opened its session."""

    person_id: int | None
    name: str
    scopes: frozenset[Scope]
    token_id: int | None = None
    lab: str | None = None

    def covers(self, scopes: Iterable[Scope]) -> bool:
        """Whether a token with these scopes is this caller's to see and to revoke."""
        return {giver_of(scope) for scope in scopes} <= self.scopes

    def need(self, scope: Scope) -> None:
        """Refuse a caller without this scope.

        Raises:
            NotLoggedIn: nobody is logged in.
            NotAllowed: somebody is, but may not.
        """
        if scope in self.scopes:
            return
        if self.person_id is None:
            raise NotLoggedIn(
                f'This needs the scope "{scope}", and you are not logged in.',
                next_step="Log in, or send a token: make one with `bootfarm token create`.",
                extra={"scope": scope.value},
            )
        raise NotAllowed(
            f'This needs the scope "{scope}", which {self.name} does not have here.',
            next_step="An admin can grant it with `bootfarm token create --scope`.",
            extra={"scope": scope.value},
        )

    def need_lab(self, lab: str) -> None:
        """Refuse a worker of another lab.

        Raises:
            NotAllowed: its token is bound to one, and this is another.
        """
        if self.lab not in (None, lab):
            raise NotAllowed(
                f'This token is for workers of the lab "{self.lab}", not of "{lab}".',
                next_step="An admin makes one for that lab with `bootfarm token create --lab`.",
            )

    def need_every_lab(self) -> None:
        """Refuse a token of one lab: what a builder makes is booted in all of them.

        Raises:
            NotAllowed: it is bound to one.
        """
        if self.lab is not None:
            raise NotAllowed(
                f'This token is for boots in the lab "{self.lab}"; what is built is booted in every lab.',
                next_step="An admin makes one for builders with `bootfarm token create --scope worker`.",
            )


@dataclass(frozen=True)
class ShownToken:
    """What every request with a token asks of its row."""

    id: int
    name: str
    scopes: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    lab: str | None
    person_id: int
    person: str
    person_scopes: str


# Columns, not objects: this runs for every request of every worker.
_BY_HASH = (
    select(
        Token.id,
        Token.name,
        Token.scopes,
        Token.expires_at,
        Token.last_used_at,
        Token.revoked_at,
        Token.lab,
        Token.person_id,
        Person.name,
        Person.scopes,
    )
    .join(Person)
    .where(Token.hash == bindparam("digest"))
)


@cache
def scopes_of(text: str) -> frozenset[Scope]:
    """All scopes that a stored, space separated list gives."""
    return frozenset().union(*(_IMPLIED[Scope(word)] for word in text.split()))


def parse_scopes(words: Iterable[str]) -> list[Scope]:
    """Scopes that a person typed.

    Raises:
        BadRequest: one is unknown, or there is none.
    """
    try:
        scopes = [Scope(word) for word in words]
    except ValueError as error:
        raise BadRequest(f"{error}.", next_step=f"Scopes are {', '.join(Scope)}.") from error
    if not scopes:
        raise BadRequest("A token needs a scope.", next_step=f"Scopes are {', '.join(Scope)}.")
    return scopes


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def ensure_person(session: Session, name: str, scopes: Iterable[Scope]) -> Person:
    """The person of this name, made with these scopes if there is none yet."""
    person = session.scalars(select(Person).where(Person.name == name)).one_or_none()
    if person is None:
        person = Person(name=name, scopes=" ".join(scopes), created_at=now())
        session.add(person)
        session.flush()
    return person


def create_token(
    session: Session,
    person: Person,
    name: str,
    scopes: Iterable[Scope],
    days: float | None = DEFAULT_DAYS,
    lab: str | None = None,
    parent_id: int | None = None,
) -> tuple[Token, str]:
    """A new token and its secret, which is shown once and stored nowhere. `days` None never expires.

    One that is made with another token, its parent, ends with that one at the latest.

    Raises:
        BadRequest: no name, an absurd life time, or a lab for something else than its workers.
        NotAllowed: scopes beyond the person's own.
        NotLoggedIn: the parent was revoked meanwhile.
    """
    wanted = list(scopes)
    if not name.strip() or len(name) > 100:
        raise BadRequest("A token needs a name of at most 100 characters.")
    if days is not None and not 0 < days <= 3650:
        raise BadRequest("A token lives for more than 0 and at most 3650 days.")
    if lab is not None and wanted != [Scope.WORKER]:
        raise BadRequest("Only a token of workers belongs to a lab.", next_step='Give it the scope "worker" alone.')
    own = scopes_of(person.scopes)
    for scope in wanted:
        if scope not in own and not (scope is Scope.WORKER and Scope.ADMIN in own):
            raise NotAllowed(f'{person.name} may not give away "{scope}".', extra={"scope": scope.value})
    ends = [end for end in (_end_of(session, parent_id), None if days is None else now() + timedelta(days=days)) if end]
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = Token(
        person=person,
        name=name.strip(),
        prefix=secret[:8],
        hash=_hash(secret),
        scopes=" ".join(wanted),
        created_at=now(),
        expires_at=min(ends, default=None),
        last_used_at=None,
        revoked_at=None,
        lab=lab,
        parent_id=parent_id,
    )
    session.add(token)
    session.flush()
    return token, secret


def _end_of(session: Session, token_id: int | None) -> datetime | None:
    """When a token expires, if it does. Its row is held, so that who revokes it waits and then sees its child."""
    if token_id is None:
        return None
    asked = select(Token.expires_at, Token.revoked_at).where(Token.id == token_id).with_for_update()
    expires_at, revoked_at = session.execute(asked).one()
    if revoked_at is not None:
        raise NotLoggedIn("The token that you show was revoked.", next_step="Make one with `bootfarm token create`.")
    return expires_at


def token_of(session: Session, secret: str) -> ShownToken:
    """The valid token of a secret.

    Raises:
        NotLoggedIn: unknown, expired or revoked; the message says since when.
    """
    row: Sequence[Any] | None = session.execute(_BY_HASH, {"digest": _hash(secret)}).one_or_none()
    if row is None:
        raise NotLoggedIn("This token is unknown here.", next_step="Make one with `bootfarm token create`.")
    token = ShownToken(*row)
    if token.revoked_at is not None:
        raise NotLoggedIn(f'Token "{token.name}" was revoked at {token.revoked_at:%Y-%m-%d %H:%M} UTC.')
    if token.expires_at is not None and token.expires_at <= now():
        raise NotLoggedIn(f'Token "{token.name}" expired at {token.expires_at:%Y-%m-%d %H:%M} UTC.')
    return token


def caller_of_token(db: Database, secret: str) -> Caller:
    """Who shows this secret; when it was last used is remembered about.

    Raises:
        NotLoggedIn: unknown, expired or revoked.
    """
    with db.reading() as session:
        token = token_of(session, secret)
    if token.last_used_at is None or token.last_used_at < now() - _LAST_USED_STEP:
        _note_use(db, token.id)
    return Caller(token.person_id, token.person, scopes_of(token.scopes), token.id, token.lab)


def _note_use(db: Database, token_id: int) -> None:
    """Remember that a token is used now, unless another writer is at it: the next request tries again."""
    with suppress(OperationalError), db.engine.connect() as connection:
        connection.execution_options(reads_only=True)  # begins without the lock that other writers wait for
        if connection.dialect.name == "sqlite":
            connection.detach()  # impatience must not go back to the pool
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        else:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '10ms'")
        connection.execute(update(Token).where(Token.id == token_id).values(last_used_at=now()))
        connection.commit()


def tokens_of(session: Session, person_id: int) -> list[Token]:
    """A person's tokens, the newest first."""
    return list(session.scalars(select(Token).where(Token.person_id == person_id).order_by(Token.id.desc())))


def revoke(session: Session, token_id: int) -> Token:
    """End a token's life, and that of every token that was made with it.

    Raises:
        NotFound: no such token.
        Conflict: it was revoked before.
    """
    token = session.get(Token, token_id)
    if token is None:
        raise NotFound(f"There is no token {token_id}.")
    if token.revoked_at is not None:
        raise Conflict(f'Token "{token.name}" was revoked before, at {token.revoked_at:%Y-%m-%d %H:%M} UTC.')
    token.revoked_at = now()
    session.flush()  # first: a child that is being made with it is there once this row is ours
    made = select(Token.id).where(Token.parent_id == token_id).cte(recursive=True)
    made = made.union(select(Token.id).where(Token.parent_id == made.c.id))
    unrevoked = update(Token).where(Token.id.in_(select(made.c.id)), Token.revoked_at.is_(None))
    revoke_made = unrevoked.values(revoked_at=token.revoked_at).returning(Token.id)
    options = {"synchronize_session": "fetch"}
    # Again until there is none: what a descendant was making is seen only after the wait for that descendant's row.
    while session.scalars(revoke_made, execution_options=options).all():
        continue
    return token


def create_login_link(session: Session, person: Person) -> str:
    """A code that logs this person in, once, within a quarter of an hour."""
    code = secrets.token_urlsafe(24)
    link = LoginLink(hash=_hash(code), person_id=person.id, expires_at=now() + timedelta(minutes=LOGIN_LINK_MINUTES))
    session.add(link)
    return code


def use_login_link(session: Session, code: str) -> int:
    """The person whom this code logs in; the code is spent.

    Raises:
        NotLoggedIn: unknown, spent or too old.
    """
    # One statement, so that of two who use it at the same moment only one gets the row.
    spent = delete(LoginLink).where(LoginLink.hash == _hash(code), LoginLink.expires_at > now())
    person_id = session.execute(spent.returning(LoginLink.person_id)).scalar_one_or_none()
    if person_id is None:
        raise NotLoggedIn(
            "This login link is unknown, was used before, or is older than 15 minutes.",
            next_step="`bootfarm login-link` on the farm's host prints a new one.",
        )
    return person_id
