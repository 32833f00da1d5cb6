"""Who ends a standing approval says why."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Of those that have ended nobody said why."""
    op.add_column("approval_rules", sa.Column("ended_why", sa.String(400), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo."""
    op.drop_column("approval_rules", "ended_why")
