"""Tokens and sessions that end with the token that made them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("tokens") as tokens:
        tokens.add_column(sa.Column("parent_id", ID, nullable=True))
        tokens.create_foreign_key("fk_tokens_parent_id", "tokens", ["parent_id"], ["id"])
        tokens.create_index("ix_tokens_parent_id", ["parent_id"])
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("token_id", ID, nullable=True))
        sessions.create_foreign_key("fk_sessions_token_id", "tokens", ["token_id"], ["id"])


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("sessions") as sessions:
        sessions.drop_constraint("fk_sessions_token_id", type_="foreignkey")
        sessions.drop_column("token_id")
    with op.batch_alter_table("tokens") as tokens:
        tokens.drop_index("ix_tokens_parent_id")
        tokens.drop_constraint("fk_tokens_parent_id", type_="foreignkey")
        tokens.drop_column("parent_id")
