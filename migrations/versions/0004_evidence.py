"""Evidence of boots, the timings that applications report, and the digest of an image as it runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column("boots", sa.Column("timings", JSON, nullable=False, server_default="[]"))
    op.add_column("artifacts", sa.Column("image_digest", sa.String(64), nullable=True))
    op.create_index("ix_artifacts_image_digest", "artifacts", ["image_digest"])
    op.create_table(
        "evidence",
        sa.Column("id", ID, nullable=False),
        sa.Column("boot_id", ID, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["boot_id"], ["boots.id"], name="fk_evidence_boot_id"),
        sa.ForeignKeyConstraint(["digest"], ["artifacts.digest"], name="fk_evidence_digest"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("boot_id", "source", "name", name="uq_evidence_boot_id_source_name"),
    )
    op.create_index("ix_evidence_digest", "evidence", ["digest"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_evidence_digest", "evidence")
    op.drop_table("evidence")
    op.drop_index("ix_artifacts_image_digest", "artifacts")
    op.drop_column("artifacts", "image_digest")
    op.drop_column("boots", "timings")
