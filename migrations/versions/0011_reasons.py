"""Who ends a standing approval says why, and so does who writes off an appraisal that the farm owes; evidence that a
rule removed from a console has a tombstone, too."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. Of the approvals that have ended nobody said why."""
    op.add_column("approval_rules", sa.Column("ended_why", sa.String(400), nullable=False, server_default=""))
    op.create_table(
        "write_offs",
        sa.Column("id", ID, nullable=False),
        sa.Column("boot_id", ID, nullable=False),
        sa.Column("owed_since", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(400), nullable=False),
        sa.Column("reappraisal_id", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(["boot_id"], ["boots.id"], name="fk_write_offs_boot_id"),
        sa.ForeignKeyConstraint(["reappraisal_id"], ["reappraisals.id"], name="fk_write_offs_reappraisal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_write_offs"),
    )
    op.create_index("ix_write_offs_boot_id_id", "write_offs", ["boot_id", "id"])
    op.create_index("ix_appraisals_owed_since", "appraisals_owed", ["since"])
    op.create_table(
        "console_tombstones",
        sa.Column("boot_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["boot_id"], ["boots.id"], name="fk_console_tombstones_boot_id"),
        sa.PrimaryKeyConstraint("boot_id", name="pk_console_tombstones"),
    )
    for table in ("write_offs", "console_tombstones"):
        _guard(table)


def _guard(table: str) -> None:
    """As the other tables of what was recorded."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_stay_whole BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_appraisals_owed_since", "appraisals_owed")
    op.drop_table("console_tombstones")
    op.drop_table("write_offs")
    op.drop_column("approval_rules", "ended_why")
