"""Keys kept for a day, so that a request sent twice has one effect (the IETF draft Idempotency-Key).

A key is written in the transaction of the effect that it stands for: both are there, or neither is. So a request that
was killed left nothing behind and may run anew, and of two that run at once the second to commit fails on the key.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, Text, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm.database import Base, Digest, Utc, now
from farm.errors import BadRequest

KEPT = timedelta(hours=24)


class OtherRequest(BadRequest):
    """The key was used for another request before."""

    code = "idempotency-key-reused"


class KeptAnswer(Base):
    """What one key of one caller stands for: `body` names what its request made, `status` is how that was answered."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)  # caller and key
    request: Mapped[str] = mapped_column(Digest)
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Utc, index=True)


@dataclass(frozen=True)
class Key:
    """A caller's key, and the SHA-256 of the request that it came with."""

    name: str
    digest: str

    @classmethod
    def of(cls, caller: str, key: str, request: bytes) -> "Key":
        """The key as it is stored.

        Raises:
            BadRequest: an absurd key.
        """
        if not 1 <= len(key) <= 200 or not key.isprintable():
            raise BadRequest("An Idempotency-Key has 1 to 200 printable characters.")
        return cls(f"{caller}:{key}", hashlib.sha256(request).hexdigest())


def made_or_none(session: Session, key: Key) -> str | None:
    """What the first request with this key made; None if there was none.

    Raises:
        OtherRequest: the key stands for another request.
    """
    kept = session.get(KeptAnswer, key.name)
    if kept is None or kept.created_at <= now() - KEPT:
        return None
    if kept.request != key.digest:
        raise OtherRequest("This Idempotency-Key was used for another request.", next_step="Take a new key.")
    return kept.body


def keep(session: Session, key: Key, status: int, made: str) -> None:
    """Write what the key stands for from now on, in the transaction that made it.

    Raises:
        IntegrityError: another request with this key was first, so nothing of this one may stay.
    """
    session.execute(delete(KeptAnswer).where(KeptAnswer.created_at <= now() - KEPT))
    session.add(KeptAnswer(key=key.name, request=key.digest, status=status, body=made, created_at=now()))
    session.flush()
