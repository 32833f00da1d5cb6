"""A count of decisions, on which appraisals rest; SQLite's rows that stay can't be replaced either."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What makes a row of each table the one that it is, besides its id.
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "evidence": (("id",), ("boot_id", "source", "name")),
    "appraisals": (("id",), ("boot_id", "run")),
    "reference_states": (("id",),),
    "reliances": (("reference_id", "appraisal_id"),),
    "pcr_values": (("boot_id", "source", "pcr"),),
    "tombstones": (("digest", "at"),),
    "write_offs": (("id",),),
    "console_tombstones": (("boot_id",),),
    "policies": (("id",), ("name", "version")),
}


def upgrade() -> None:
    """Apply. SQLite's INSERT OR REPLACE removes the old row without asking a trigger that refuses DELETE."""
    op.create_table(
        "decisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("made", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.bulk_insert(sa.table("decisions", sa.column("id"), sa.column("made")), [{"id": 1, "made": 0}])
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, keys in _KEYS.items():
        same = " OR ".join(f"({' AND '.join(f'{name} = new.{name}' for name in key)})" for key in keys)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
            f" BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table} is append-only: REPLACE refused'); END"
        )


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "sqlite":
        for table in _KEYS:
            op.execute(f"DROP TRIGGER {table}_no_replace")
    op.drop_table("decisions")
