"""Indexes for the questions of the history: farm/asking, each of which is one statement along one of these."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# name, table, columns, condition
_ADDED: tuple[tuple[str, str, list[str], str], ...] = (
    ("ix_appraisals_repository_id_at_id", "appraisals", ["repository_id", "at", "id"], ""),
    ("ix_appraisals_tier_at_id", "appraisals", ["tier", "at", "id"], ""),
    ("ix_appraisals_first_run", "appraisals", ["machine_id", "at", "boot_id"], "run = 0"),
    ("ix_appraisals_reason", "appraisals", ["reason", "at", "id"], "reason != ''"),
    ("ix_appraisals_error", "appraisals", ["at", "id"], "outcome = 'error'"),
    ("ix_boots_build_id_machine_id_id", "boots", ["build_id", "machine_id", "id"], ""),
    ("ix_boots_ended", "boots", ["machine_id", "finished_at", "id"], "finished_at IS NOT NULL"),
    ("ix_builds_commit", "builds", ["commit"], ""),
    ("ix_submissions_repository_id_ref_id", "submissions", ["repository_id", "ref", "id"], ""),
    ("ix_pcr_runs_machine_id_pcr_first_boot_id", "pcr_runs", ["machine_id", "pcr", "first_boot", "id"], ""),
    ("ix_pcr_runs_same_value", "pcr_runs", ["value", "machine_id", "pcr", "source", "first_boot"], ""),
    ("ix_changes_not_by_image", "changes", ["machine_id", "at", "id"], "cause != 'image'"),
    ("ix_changes_what_at_id", "changes", ["what", "at", "id"], ""),
)
# What one of the above begins with, or orders better.
_REPLACED: tuple[tuple[str, str, list[str]], ...] = (
    ("ix_appraisals_repository_id_id", "appraisals", ["repository_id", "id"]),
    ("ix_appraisals_tier_id", "appraisals", ["tier", "id"]),
    ("ix_boots_build_id", "boots", ["build_id"]),
    ("ix_pcr_runs_value_machine_id", "pcr_runs", ["value", "machine_id"]),
)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)} if condition else {}


def upgrade() -> None:
    """Apply."""
    for name, table, _ in _REPLACED:
        op.drop_index(name, table)
    for name, table, columns, condition in _ADDED:
        op.create_index(name, table, columns, **_where(condition))
    op.create_table(
        "demo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("banner", sa.String(400), nullable=False),
        sa.Column("seeded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_demo_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_demo"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("demo")
    for name, table, _, _ in _ADDED:
        op.drop_index(name, table)
    for name, table, columns in _REPLACED:
        op.create_index(name, table, columns)
