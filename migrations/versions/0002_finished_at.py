"""An index for what ended lately, which the dispatcher asks every two seconds.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-24
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_boots_finished_at", "boots", ["finished_at"])
    op.create_index("ix_builds_finished_at", "builds", ["finished_at"])


def downgrade() -> None:
    op.drop_index("ix_builds_finished_at", "builds")
    op.drop_index("ix_boots_finished_at", "boots")
