"""Indexes for asking appraisals by key, image and firmware, in the order of time."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

# name, columns, condition
_ADDED: tuple[tuple[str, list[str], str], ...] = (
    ("ix_appraisals_ak_name", ["ak_name", "at", "id"], "ak_name != ''"),
    ("ix_appraisals_platform_ak_name", ["platform_ak_name", "at", "id"], "platform_ak_name != ''"),
    ("ix_appraisals_image_at_id", ["image", "at", "id"], ""),
    ("ix_appraisals_image_digest_at_id", ["image_digest", "at", "id"], ""),
    ("ix_appraisals_firmware_at_id", ["firmware", "at", "id"], ""),
)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)} if condition else {}


def upgrade() -> None:
    """Apply."""
    for name, columns, condition in _ADDED:
        op.create_index(name, "appraisals", columns, **_where(condition))


def downgrade() -> None:
    """Undo."""
    for name, _, _ in _ADDED:
        op.drop_index(name, "appraisals")
