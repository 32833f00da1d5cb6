"""An index for lists of reference values by state alone."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_reference_values_state_id", "reference_values", ["state", "id"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_reference_values_state_id", "reference_values")
