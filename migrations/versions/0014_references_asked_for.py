"""Indexes for lists of reference values: by state alone, and by the beginning of a digest."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ADDED = (("ix_reference_values_state_id", ["state", "id"]), ("ix_reference_values_digest", ["digest"]))


def upgrade() -> None:
    """Apply."""
    for name, columns in _ADDED:
        op.create_index(name, "reference_values", columns)


def downgrade() -> None:
    """Undo."""
    for name, _ in _ADDED:
        op.drop_index(name, "reference_values")
