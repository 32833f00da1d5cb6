"""The table of appraisals. Rows are appended and chained; nothing changes or removes one."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Digest, Id, JsonText, Utc, partial_index

STEP_KEYS = ("name", "outcome", "expected", "actual", "detail")


class Outcome(StrEnum):
    """Whether the verifier came to an end."""

    DONE = "done"
    ERROR = "error"  # the verifier itself failed: this says nothing about the evidence


class StepsText(JsonText):
    """Steps as arrays in the order of `STEP_KEYS`: without their names on each, a row is a third shorter.

    Outside of the database a step is a dict, whose empty texts are left out.
    """

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """One array per step; empty texts at its end are left out."""
        arrays = [_trimmed([step.get(key, "") for key in STEP_KEYS]) for step in value]
        return super().process_bind_param(arrays, dialect)

    def process_result_value(self, value: Any, dialect: Dialect) -> list[dict[str, str]]:
        """Back to dicts."""
        arrays = super().process_result_value(value, dialect)
        return [{key: text for key, text in zip(STEP_KEYS, step, strict=False) if text} for step in arrays]


def _trimmed(texts: list[str]) -> list[str]:
    while texts and not texts[-1]:
        texts.pop()
    return texts


class AppraisalRow(Base):
    """One run of the verifier over the evidence of one boot. Run 0 is the first; later ones are re-appraisals."""

    __tablename__ = "appraisals"
    __table_args__ = (
        CheckConstraint("tier IN ('affirming', 'warning', 'contraindicated', 'none')", name="tier"),
        CheckConstraint("outcome = 'done' OR (outcome = 'error' AND tier = 'none')", name="error_has_no_tier"),
        UniqueConstraint("boot_id", "run"),
        # The state of a machine is its newest boot's newest run; its history is walked by time.
        Index(None, "machine_id", "boot_id", "run"),
        Index(None, "machine_id", "at", "id"),
        Index(None, "image", "machine_id", "boot_id"),
        Index(None, "image_digest", "machine_id", "boot_id"),
        Index(None, "image", "at", "id"),
        Index(None, "image_digest", "at", "id"),
        Index(None, "firmware", "at", "id"),
        Index(None, "build_id", "machine_id", "boot_id"),
        Index(None, "repository_id", "at", "id"),
        Index(None, "tier", "at", "id"),
        Index(None, "at", "id"),
        partial_index("ix_appraisals_first_run", "machine_id", "at", "boot_id", where="run = 0"),
        partial_index("ix_appraisals_reason", "reason", "at", "id", where="reason != ''"),
        partial_index("ix_appraisals_error", "at", "id", where="outcome = 'error'"),
        partial_index("ix_appraisals_ak_name", "ak_name", "at", "id", where="ak_name != ''"),
        partial_index("ix_appraisals_platform_ak_name", "platform_ak_name", "at", "id", where="platform_ak_name != ''"),
        partial_index("ix_appraisals_attest_digest", "attest_digest", where="attest_digest != ''"),
        Index(None, "policy_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run: Mapped[int]
    boot_id: Mapped[int] = mapped_column(ForeignKey("boots.id"))
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id"))
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"))
    commit: Mapped[str] = mapped_column(String(64))
    image: Mapped[str] = mapped_column(ForeignKey("artifacts.digest"))  # the file that was booted
    firmware: Mapped[str] = mapped_column(String(100))  # the name of the machine's firmware
    image_digest: Mapped[str] = mapped_column(Digest)  # that the evidence states, "" where no step came so far
    ak_name: Mapped[str] = mapped_column(String(68))  # of the application's key, "" as above
    platform_ak_name: Mapped[str] = mapped_column(String(68))  # of the machine's key, "" without a platform TPM
    attest_digest: Mapped[str] = mapped_column(Digest)  # SHA-256 of the TPMS_ATTEST, "" as above
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id"))
    policy_body_digest: Mapped[str] = mapped_column(Digest)
    verifier: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(Utc)
    outcome: Mapped[Outcome] = mapped_column(String(10))
    tier: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(100))  # the first step that failed, "" if none
    statement: Mapped[str] = mapped_column(Text)  # what one has to believe, in one sentence
    steps: Mapped[list[dict[str, str]]] = mapped_column(StepsText)
    facts: Mapped[dict[str, Any]] = mapped_column(JsonText)
    evidence: Mapped[dict[str, str]] = mapped_column(JsonText)  # SHA-256 of the bytes appraised, by where they were
    ear: Mapped[str] = mapped_column(Text)  # a signed JWT, "" where the farm has no key
    previous_hash: Mapped[str] = mapped_column(Digest)
    row_hash: Mapped[str] = mapped_column(Digest)
