"""Indexes for more questions of the history: appraisals by key, image and firmware, images of a moment, and news."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NEWS = "cause != 'image' OR kind = 'tier'"
# name, table, columns, condition
_ADDED: tuple[tuple[str, str, list[str], str], ...] = (
    ("ix_appraisals_ak_name", "appraisals", ["ak_name", "at", "id"], "ak_name != ''"),
    ("ix_appraisals_platform_ak_name", "appraisals", ["platform_ak_name", "at", "id"], "platform_ak_name != ''"),
    ("ix_appraisals_image_at_id", "appraisals", ["image", "at", "id"], ""),
    ("ix_appraisals_image_digest_at_id", "appraisals", ["image_digest", "at", "id"], ""),
    ("ix_appraisals_firmware_at_id", "appraisals", ["firmware", "at", "id"], ""),
    ("ix_changes_news", "changes", ["at", "id"], _NEWS),
    ("ix_changes_news_of_machine", "changes", ["machine_id", "at", "id"], _NEWS),
    ("ix_reference_values_digest", "reference_values", ["digest"], ""),
    ("ix_reference_values_kind_created_at_id", "reference_values", ["kind", "created_at", "id"], ""),
)
# What the news of a machine have in them, but for its tiers.
_REPLACED = ("ix_changes_not_by_image", "changes", ["machine_id", "at", "id"], "cause != 'image'")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)} if condition else {}


def upgrade() -> None:
    """Apply."""
    op.drop_index(_REPLACED[0], _REPLACED[1])
    for name, table, columns, condition in _ADDED:
        op.create_index(name, table, columns, **_where(condition))


def downgrade() -> None:
    """Undo."""
    for name, table, _, _ in _ADDED:
        op.drop_index(name, table)
    name, table, columns, condition = _REPLACED
    op.create_index(name, table, columns, **_where(condition))
