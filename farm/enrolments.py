"""Enrolments: which platform key each machine attests with. An identity never changes silently."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from farm import decisions
from farm.database import Base, Id, Utc, now, partial_index
from farm.errors import BadRequest, Conflict, NotFound, Stale
from farm.evidence import curve
from farm.evidence.reader import Malformed
from farm.evidence.tpm_public import ATTESTATION_KEY, NO_DA, EccPublic, attribute_names
from farm.machines import Machine
from farm.reasons import reason

MAX_PUBLIC = 256  # bytes of TPMT_PUBLIC, attestation.md section 2


class EnrolmentKind(StrEnum):
    """Who vouches for the key."""

    VIRTUAL = "virtual"  # a worker made the TPM and its key, and could forge what it says
    METAL = "metal"  # an operator enrolled the key that stands in the machine


class Enrolment(Base):
    """One platform key of one machine, from its registration to its end. One is open per machine."""

    __tablename__ = "enrolments"
    __table_args__ = (
        CheckConstraint("kind IN ('virtual', 'metal')", name="kind"),
        partial_index("uq_enrolments_open_machine", "machine_id", where="ended_at IS NULL", unique=True),
        Index(None, "machine_id", "id"),
        Index(None, "ak_name"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    kind: Mapped[EnrolmentKind] = mapped_column(String(10))
    public: Mapped[str] = mapped_column(String(1024))  # TPMT_PUBLIC, hex
    ak_name: Mapped[str] = mapped_column(String(68))  # nameAlg and digest of the public, hex
    host: Mapped[str] = mapped_column(String(100))  # the worker that registered it
    statement: Mapped[str] = mapped_column(Text)  # what one has to believe, in one sentence
    enrolled_at: Mapped[datetime] = mapped_column(Utc)
    enrolled_by: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by: Mapped[str] = mapped_column(String(100))  # "" while it is open
    why: Mapped[str] = mapped_column(String(400))  # it ended, "" while it is open


_OPEN = select(Enrolment).where(Enrolment.machine_id == bindparam("machine"), Enrolment.ended_at.is_(None))

_IN_FORCE = (
    select(Enrolment)
    .where(Enrolment.machine_id == bindparam("machine"), Enrolment.enrolled_at <= bindparam("at"))
    .where(Enrolment.ended_at.is_(None) | (Enrolment.ended_at > bindparam("at")))
    .order_by(Enrolment.id.desc())
    .limit(1)
)


def ak_name(public: bytes) -> str:
    """The TPM's Name of a key, in hex: nameAlg SHA-256 and the digest of its TPMT_PUBLIC (TPM 2.0 part 1, 16)."""
    return "000b" + hashlib.sha256(public).hexdigest()


def open_or_none(session: Session, machine_id: int) -> Enrolment | None:
    """The key that a machine attests with now."""
    return session.scalars(_OPEN, {"machine": machine_id}).one_or_none()


def in_force(session: Session, machine_id: int, at: datetime | None) -> Enrolment | None:
    """The key that a machine attested with at a moment, also if it was ended since; with None: attests with now."""
    if at is None:
        return open_or_none(session, machine_id)
    return session.scalars(_IN_FORCE, {"machine": machine_id, "at": at}).one_or_none()


def of_machine(session: Session, machine_id: int) -> list[Enrolment]:
    """All keys that a machine ever had, the newest first."""
    mine = select(Enrolment).where(Enrolment.machine_id == machine_id)
    return list(session.scalars(mine.order_by(Enrolment.id.desc())))


def register(session: Session, *, machine_id: int, host: str, public: bytes) -> None:
    """A worker names the key of the TPM that it made for a virtual machine. The same key again changes nothing.

    Raises:
        BadRequest: not the public part of a key that the verifier takes.
        Conflict: the machine has another key. An operator ends that one first, with a reason.
    """
    _check(public)
    if _is_this(open_or_none(session, machine_id), public):
        return
    found = session.get_one(Machine, machine_id)
    statement = (
        f"The worker {host} made the TPM of {found.name} and its key; root on that host can forge what the TPM says."
    )
    made = _enrolment(found.id, EnrolmentKind.VIRTUAL, public, host=host, statement=statement, by=f"worker {host}")
    decisions.begin(session)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        # Another worker of the lab was first, at the same moment.
        if not _is_this(open_or_none(session, machine_id), public):
            raise Conflict(
                f"{found.name} is enrolled with another platform key, and an identity never changes silently.",
                next_step=f"If its TPM was made anew: `bootfarm attest enrolment end {found.name} --reason ...`.",
            ) from None


def end(session: Session, machine: Machine, *, by: str, why: str, seen: int | None = None) -> Enrolment:
    """An operator ends a machine's key; the next one that is registered takes its place. `seen` is the id of the key
    that the operator looked at.

    Raises:
        BadRequest: no reason given.
        NotFound: the machine has no key.
        Stale: it has another key by now.
    """
    why = reason(why, "An enrolment ends for a reason.")
    decisions.begin(session)
    # Locked: of two who end it at once, the second is told that there is none.
    found = session.scalars(_OPEN.with_for_update(), {"machine": machine.id}).one_or_none()
    if found is None:
        raise NotFound(f"{machine.name} has no platform key.", next_step="Its next boot may register one.")
    if seen not in (None, found.id):
        raise Stale(
            f"{machine.name} has another platform key since you looked: {found.ak_name[:12]}, registered by "
            f"{found.enrolled_by} at {found.enrolled_at:%Y-%m-%d %H:%M:%S} UTC.",
            next_step="Look at it again, and end it if you still want to.",
        )
    found.ended_at, found.ended_by, found.why = now(), by, why
    session.flush()
    return found


def _is_this(found: Enrolment | None, public: bytes) -> bool:
    return found is not None and found.public == public.hex()


def _check(public: bytes) -> None:
    """What the verifier asks of a key before it looks at a signature, asked before the key is pinned."""
    if not 0 < len(public) <= MAX_PUBLIC:
        raise BadRequest(f"A platform key is a TPMT_PUBLIC of at most {MAX_PUBLIC} bytes.")
    try:
        key = EccPublic.parse(public)
    except Malformed as error:
        raise BadRequest(f"The platform key is none that the verifier takes: {error}.") from error
    if key.attributes | NO_DA != ATTESTATION_KEY | NO_DA:
        raise BadRequest(
            f"The platform key is no restricted signing key of its TPM: it is {attribute_names(key.attributes)}.",
            next_step=f"The verifier takes {attribute_names(ATTESTATION_KEY)}.",
        )
    if curve.public_key(int.from_bytes(key.x, "big"), int.from_bytes(key.y, "big")) is None:
        raise BadRequest("The platform key is no point of P-256.")


def _enrolment(machine_id: int, kind: EnrolmentKind, public: bytes, *, host: str, statement: str, by: str) -> Enrolment:
    return Enrolment(
        machine_id=machine_id,
        kind=kind,
        public=public.hex(),
        ak_name=ak_name(public),
        host=host[:100],
        statement=statement,
        enrolled_at=now(),
        enrolled_by=by[:100],
        ended_at=None,
        ended_by="",
        why="",
    )
