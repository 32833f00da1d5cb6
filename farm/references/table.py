"""The tables of reference values: the values, every state that each was in, and the appraisals that relied on them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Digest, Id, Utc, partial_index


class ReferenceKind(StrEnum):
    """What the digest is of."""

    IMAGE = "image"  # the image digest of a PE image that a build made, as it runs
    MODULE = "module"  # a module that an image stages
    FIRMWARE = "firmware"  # the value of PCR 0, 2 or 7 that a firmware leaves


class Reference(Base):
    """One value. `state` repeats the newest of its state rows, which say who and why.

    A firmware value belongs to the machine where it was seen, or to every machine with a firmware of that name.
    """

    __tablename__ = "reference_values"
    __table_args__ = (
        CheckConstraint("kind IN ('image', 'module', 'firmware')", name="kind"),
        CheckConstraint("state IN ('pending', 'approved', 'retired', 'denied')", name="state"),
        CheckConstraint("(kind = 'firmware') = (pcr IS NOT NULL)", name="pcr_of_firmware"),
        partial_index("uq_reference_values_digest_kind", "digest", "kind", where="kind != 'firmware'", unique=True),
        partial_index(
            "uq_reference_values_firmware",
            "machine_id",
            "firmware",
            "pcr",
            "digest",
            where="kind = 'firmware'",
            unique=True,
        ),
        Index(None, "kind", "state", "id"),
        Index(None, "kind", "created_at", "id"),
        Index(None, "digest"),
        Index(None, "artifact"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[ReferenceKind] = mapped_column(String(10))
    digest: Mapped[str] = mapped_column(Digest)
    state: Mapped[str] = mapped_column(String(10))
    pcr: Mapped[int | None]
    firmware: Mapped[str] = mapped_column(String(100))  # its name, "" for images and modules
    machine_id: Mapped[int | None] = mapped_column(ForeignKey("machines.id"))
    artifact: Mapped[str | None] = mapped_column(ForeignKey("artifacts.digest"))
    build_id: Mapped[int | None] = mapped_column(ForeignKey("builds.id"))
    boot_id: Mapped[int | None] = mapped_column(ForeignKey("boots.id"))  # where a firmware value was first seen
    created_at: Mapped[datetime] = mapped_column(Utc)


class ReferenceStateRow(Base):
    """One decision about a value; never changed, never removed."""

    __tablename__ = "reference_states"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'approved', 'retired', 'denied')", name="state"),
        Index(None, "reference_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reference_id: Mapped[int] = mapped_column(ForeignKey("reference_values.id"))
    state: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(String(400))


class Reliance(Base):
    """An appraisal met this value and counted on its state; never changed, never removed."""

    __tablename__ = "reliances"
    __table_args__ = (Index(None, "appraisal_id"),)

    reference_id: Mapped[int] = mapped_column(ForeignKey("reference_values.id"), primary_key=True)
    appraisal_id: Mapped[int] = mapped_column(ForeignKey("appraisals.id"), primary_key=True)
    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"))


class ApprovalRule(Base):
    """A standing approval, stated with its reason: of images that a repository's builds make, or of the firmware
    values that the first bound boot of each virtual machine of a lab shows."""

    __tablename__ = "approval_rules"
    __table_args__ = (
        CheckConstraint("(repository_id IS NULL) != (lab_id IS NULL)", name="one_subject"),
        partial_index("uq_approval_rules_repository", "repository_id", where="ended_at IS NULL", unique=True),
        partial_index("uq_approval_rules_lab", "lab_id", where="ended_at IS NULL", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    repository_id: Mapped[int | None] = mapped_column(ForeignKey("repositories.id"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("labs.id"))
    at: Mapped[datetime] = mapped_column(Utc)
    by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(String(400))
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by: Mapped[str] = mapped_column(String(100))  # "" while it stands
    ended_why: Mapped[str] = mapped_column(String(400))  # "" while it stands, or if it ended before reasons were kept
