"""Policies: named and versioned texts that say what an appraisal must reach. A new text is a new version."""

import difflib
import hashlib
from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint, bindparam, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm import decisions
from farm.database import MOST_ID, Base, Digest, Id, Utc, now
from farm.errors import Conflict, NotFound
from farm.evidence.policy import DEFAULT_POLICY, Policy


class StoredPolicy(Base):
    """One version of one policy; its text never changes, and once used it can't be removed."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(63))
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)  # TOML
    body_digest: Mapped[str] = mapped_column(Digest)
    created_at: Mapped[datetime] = mapped_column(Utc)
    created_by: Mapped[str] = mapped_column(String(100))
    used: Mapped[bool]  # an appraisal was made under it


DEFAULT = "default"
_NEWEST = select(StoredPolicy).where(StoredPolicy.name == bindparam("named")).order_by(StoredPolicy.version.desc())


def newest_or_none(session: Session, name: str) -> StoredPolicy | None:
    """The version of a policy that is in force."""
    return session.scalars(_NEWEST.limit(1), {"named": name}).one_or_none()


def newest(session: Session, name: str) -> StoredPolicy:
    """The version of a policy that is in force.

    Raises:
        NotFound: none of this name; the message names the nearest.
    """
    found = newest_or_none(session, name)
    if found is None:
        names = session.scalars(select(StoredPolicy.name).distinct()).all()
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(names))}."
        raise NotFound(f'There is no policy "{name[:70]}".', next_step=hint)
    return found


def policy(session: Session, number: int) -> StoredPolicy:
    """One version of a policy, by its id.

    Raises:
        NotFound: none.
    """
    found = session.get(StoredPolicy, number) if number <= MOST_ID else None
    if found is None:
        raise NotFound(f"There is no policy {number}.", next_step="`bootfarm attest policy list` has all of them.")
    return found


def versions(session: Session, name: str) -> list[StoredPolicy]:
    """All versions of a policy, the newest first.

    Raises:
        NotFound: none of this name.
    """
    newest(session, name)
    return list(session.scalars(_NEWEST, {"named": name}))


def in_force(session: Session) -> list[StoredPolicy]:
    """The newest version of each policy, by name."""
    last = select(func.max(StoredPolicy.id)).group_by(StoredPolicy.name)
    return list(session.scalars(select(StoredPolicy).where(StoredPolicy.id.in_(last)).order_by(StoredPolicy.name)))


def add(session: Session, body: str, *, by: str) -> StoredPolicy:
    """A new version of the policy that the text names; from now on it is in force.

    Raises:
        PolicyRefused: the text is no policy; with every problem, its line and column.
        Conflict: the version in force says exactly this.
    """
    name = Policy.parse(body).name
    before = newest_or_none(session, name)
    if before is not None and before.body == body:
        raise Conflict(f'Version {before.version} of the policy "{name}" says exactly this.')
    made = StoredPolicy(
        name=name,
        version=before.version + 1 if before else 1,
        body=body,
        body_digest=hashlib.sha256(body.encode()).hexdigest(),
        created_at=now(),
        created_by=by[:100],
        used=False,
    )
    decisions.begin(session)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise Conflict(f'Somebody else added a version of the policy "{name}" at this very moment.') from error
    return made


def ensure_default(session: Session) -> None:
    """A farm has a policy from its first start; an operator's own versions of it stay in force."""
    if newest_or_none(session, DEFAULT) is None:
        add(session, DEFAULT_POLICY, by="bootfarm")


def mark_used(session: Session, found: StoredPolicy) -> None:
    """From now on it can't be removed."""
    if not found.used:
        found.used = True
        session.flush()
