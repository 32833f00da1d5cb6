"""Files of a plan that lie on a boot's medium."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.add_column("boots", sa.Column("files", JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Undo."""
    op.drop_column("boots", "files")
