"""Answers kept for a day, so that a request sent twice has one effect (the IETF draft Idempotency-Key)."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import String, Text, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Digest, Utc, now
from farm.errors import BadRequest, Conflict
from farm.farm import Farm

KEPT = timedelta(hours=24)
# A request that died half-way must not block its key for the whole day.
_ABANDONED = timedelta(minutes=10)


class OtherRequest(BadRequest):
    """The key was used for another request before."""

    code = "idempotency-key-reused"


class KeptAnswer(Base):
    """The answer to one key of one caller; `body` is None while the first request runs."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)  # caller and key
    request: Mapped[str] = mapped_column(Digest)
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Utc, index=True)


def reserve(farm: Farm, caller: str, key: str, request: bytes) -> tuple[int, str] | None:
    """The kept answer, or None when this request is the first and must `keep` or `forget`.

    Raises:
        BadRequest: an absurd key. OtherRequest: it stands for another request. Conflict: that one still runs.
    """
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise BadRequest("An Idempotency-Key has 1 to 200 printable characters.")
    name, digest = f"{caller}:{key}", hashlib.sha256(request).hexdigest()
    try:
        with farm.db.writing() as session:
            session.execute(delete(KeptAnswer).where(KeptAnswer.created_at < now() - KEPT))
            abandoned = KeptAnswer.body.is_(None) & (KeptAnswer.created_at < now() - _ABANDONED)
            session.execute(delete(KeptAnswer).where(abandoned))
            kept = session.get(KeptAnswer, name)
            if kept is None:
                session.add(KeptAnswer(key=name, request=digest, created_at=now()))
                return None
    except IntegrityError as error:
        raise _still_running() from error
    if kept.request != digest:
        raise OtherRequest("This Idempotency-Key was used for another request.", next_step="Take a new key.")
    if kept.body is None or kept.status is None:
        raise _still_running()
    return kept.status, kept.body


def _still_running() -> Conflict:
    return Conflict("The first request with this Idempotency-Key still runs.", next_step="Ask again in a moment.")


def keep(farm: Farm, caller: str, key: str, status: int, body: str) -> None:
    """Store the answer that repeats get."""
    with farm.db.writing() as session:
        kept = session.get_one(KeptAnswer, f"{caller}:{key}")
        kept.status, kept.body = status, body


def forget(farm: Farm, caller: str, key: str) -> None:
    """Free a key whose request failed without effect."""
    with farm.db.writing() as session:
        session.execute(delete(KeptAnswer).where(KeptAnswer.key == f"{caller}:{key}"))
