"""An owed appraisal knows its re-appraisal; bytes that came back and were removed again have a tombstone each time."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("appraisals_owed") as owed:
        owed.add_column(sa.Column("reappraisal_id", ID, nullable=True))
        owed.create_foreign_key("fk_appraisals_owed_reappraisal_id", "reappraisals", ["reappraisal_id"], ["id"])
    _key_of_tombstones(["digest", "at"])


def downgrade() -> None:
    """Undo. Of several tombstones for the same bytes the newest stays."""
    _key_of_tombstones(["digest"])
    with op.batch_alter_table("appraisals_owed") as owed:
        owed.drop_constraint("fk_appraisals_owed_reappraisal_id", type_="foreignkey")
        owed.drop_column("reappraisal_id")


def _key_of_tombstones(columns: list[str]) -> None:
    """Triggers refuse any change of a tombstone; SQLite makes the table anew, which takes them away."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER tombstones_no_{verb}")
    else:
        op.execute("ALTER TABLE tombstones DISABLE TRIGGER USER")
    if columns == ["digest"]:
        op.execute(
            "DELETE FROM tombstones WHERE EXISTS (SELECT 1 FROM tombstones AS newer"
            ' WHERE newer.digest = tombstones.digest AND newer."at" > tombstones."at")'
        )
    with op.batch_alter_table("tombstones", recreate="always" if sqlite else "never") as stones:
        stones.drop_constraint("pk_tombstones", type_="primary")
        stones.create_primary_key("pk_tombstones", columns)
    if sqlite:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER tombstones_no_{verb.lower()} BEFORE {verb} ON tombstones"
                f" BEGIN SELECT RAISE(ABORT, 'tombstones is append-only: {verb} refused'); END"
            )
    else:
        op.execute("ALTER TABLE tombstones ENABLE TRIGGER USER")
