"""Attestation: nonces, enrolments, reference values, policies, appraisals, PCR values, changes, and chained evidence.

Rows of evidence that are there already are chained in the order of their ids; their time is that of the boot's end.
"""

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Rows of these are never changed and never removed.
APPEND_ONLY = ("evidence", "appraisals", "reference_states", "reliances", "pcr_values", "tombstones")
# Of a policy only the mark that it was used ever changes.
TEXT_OF_POLICY = ("id", "name", "version", "body", "body_digest", "created_at", "created_by")


def upgrade() -> None:
    """Apply."""
    _change_tables()
    _grounds()
    _appraisals()
    _references()
    _timeline()
    _chain_evidence()
    _guard()


def _change_tables() -> None:
    op.add_column("boots", sa.Column("nonce", sa.String(128), nullable=False, server_default=""))
    op.add_column("boots", sa.Column("nonce_expires_at", sa.BigInteger(), nullable=True))
    op.drop_index("ix_boots_image", "boots")
    op.create_index("ix_boots_image_machine_id_id", "boots", ["image", "machine_id", "id"])
    op.add_column("evidence", sa.Column("created_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("evidence", sa.Column("previous_hash", sa.String(64), nullable=False, server_default=""))
    op.add_column("evidence", sa.Column("row_hash", sa.String(64), nullable=False, server_default=""))


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _grounds() -> None:
    """What appraisals rest on: policies, keys of machines, the ends of the chains."""
    op.create_table(
        "chain_heads",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("last_id", ID, nullable=False),
        sa.Column("row_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_chain_heads"),
    )
    op.create_table(
        "policies",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sa.UniqueConstraint("name", "version", name="uq_policies_name_version"),
    )
    op.create_table(
        "tombstones",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["artifacts.digest"], name="fk_tombstones_digest"),
        sa.PrimaryKeyConstraint("digest", name="pk_tombstones"),
    )
    op.create_table(
        "enrolments",
        sa.Column("id", ID, nullable=False),
        sa.Column("machine_id", ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("public", sa.String(1024), nullable=False),
        sa.Column("ak_name", sa.String(68), nullable=False),
        sa.Column("host", sa.String(100), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_by", sa.String(100), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(100), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.CheckConstraint("kind IN ('virtual', 'metal')", name=op.f("ck_enrolments_kind")),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_enrolments_machine_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrolments"),
    )
    op.create_index("ix_enrolments_ak_name", "enrolments", ["ak_name"])
    op.create_index("ix_enrolments_machine_id_id", "enrolments", ["machine_id", "id"])
    op.create_index(
        "uq_enrolments_open_machine", "enrolments", ["machine_id"], unique=True, **_where("ended_at IS NULL")
    )


def _appraisals() -> None:
    """Appraisals, those that are owed, and walks over the history."""
    op.create_table(
        "reappraisals",
        sa.Column("id", ID, nullable=False),
        sa.Column("policy_id", ID, nullable=True),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("after_boot", ID, nullable=False),
        sa.Column("until_boot", ID, nullable=False),
        sa.Column("appraised", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name="fk_reappraisals_policy_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reappraisals"),
    )
    op.create_index("ix_reappraisals_unfinished", "reappraisals", ["id"], **_where("finished_at IS NULL"))
    op.create_table(
        "appraisals",
        sa.Column("id", ID, nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("boot_id", ID, nullable=False),
        sa.Column("machine_id", ID, nullable=False),
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("build_id", ID, nullable=False),
        sa.Column("commit", sa.String(64), nullable=False),
        sa.Column("image", sa.String(64), nullable=False),
        sa.Column("firmware", sa.String(100), nullable=False),
        sa.Column("image_digest", sa.String(64), nullable=False),
        sa.Column("ak_name", sa.String(68), nullable=False),
        sa.Column("platform_ak_name", sa.String(68), nullable=False),
        sa.Column("attest_digest", sa.String(64), nullable=False),
        sa.Column("policy_id", ID, nullable=False),
        sa.Column("policy_body_digest", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(60), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("tier", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("ear", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("row_hash", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "outcome = 'done' OR (outcome = 'error' AND tier = 'none')", name=op.f("ck_appraisals_error_has_no_tier")
        ),
        sa.CheckConstraint(
            "tier IN ('affirming', 'warning', 'contraindicated', 'none')", name=op.f("ck_appraisals_tier")
        ),
        sa.ForeignKeyConstraint(["boot_id"], ["boots.id"], name="fk_appraisals_boot_id"),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name="fk_appraisals_build_id"),
        sa.ForeignKeyConstraint(["image"], ["artifacts.digest"], name="fk_appraisals_image"),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_appraisals_machine_id"),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name="fk_appraisals_policy_id"),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name="fk_appraisals_repository_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appraisals"),
        sa.UniqueConstraint("boot_id", "run", name="uq_appraisals_boot_id_run"),
    )
    op.create_index("ix_appraisals_at_id", "appraisals", ["at", "id"])
    op.create_index("ix_appraisals_attest_digest", "appraisals", ["attest_digest"], **_where("attest_digest != ''"))
    op.create_index("ix_appraisals_build_id_machine_id_boot_id", "appraisals", ["build_id", "machine_id", "boot_id"])
    op.create_index(
        "ix_appraisals_image_digest_machine_id_boot_id", "appraisals", ["image_digest", "machine_id", "boot_id"]
    )
    op.create_index("ix_appraisals_image_machine_id_boot_id", "appraisals", ["image", "machine_id", "boot_id"])
    op.create_index("ix_appraisals_machine_id_at_id", "appraisals", ["machine_id", "at", "id"])
    op.create_index("ix_appraisals_machine_id_boot_id_run", "appraisals", ["machine_id", "boot_id", "run"])
    op.create_index("ix_appraisals_policy_id_id", "appraisals", ["policy_id", "id"])
    op.create_index("ix_appraisals_repository_id_id", "appraisals", ["repository_id", "id"])
    op.create_index("ix_appraisals_tier_id", "appraisals", ["tier", "id"])
    op.create_table(
        "appraisals_owed",
        sa.Column("boot_id", ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(["boot_id"], ["boots.id"], name="fk_appraisals_owed_boot_id"),
        sa.PrimaryKeyConstraint("boot_id", name="pk_appraisals_owed"),
    )
    op.create_index("ix_appraisals_owed_not_before", "appraisals_owed", ["not_before"])


def _references() -> None:
    """Reference values, their states, and who relied on them."""
    op.create_table(
        "approval_rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", ID, nullable=True),
        sa.Column("lab_id", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(100), nullable=False),
        sa.CheckConstraint("(repository_id IS NULL) != (lab_id IS NULL)", name=op.f("ck_approval_rules_one_subject")),
        sa.ForeignKeyConstraint(["lab_id"], ["labs.id"], name="fk_approval_rules_lab_id"),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name="fk_approval_rules_repository_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approval_rules"),
    )
    op.create_index("uq_approval_rules_lab", "approval_rules", ["lab_id"], unique=True, **_where("ended_at IS NULL"))
    op.create_index(
        "uq_approval_rules_repository", "approval_rules", ["repository_id"], unique=True, **_where("ended_at IS NULL")
    )
    op.create_table(
        "reference_values",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("pcr", sa.Integer(), nullable=True),
        sa.Column("firmware", sa.String(100), nullable=False),
        sa.Column("machine_id", ID, nullable=True),
        sa.Column("artifact", sa.String(64), nullable=True),
        sa.Column("build_id", ID, nullable=True),
        sa.Column("boot_id", ID, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'firmware') = (pcr IS NOT NULL)", name=op.f("ck_reference_values_pcr_of_firmware")),
        sa.CheckConstraint("kind IN ('image', 'module', 'firmware')", name=op.f("ck_reference_values_kind")),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'retired', 'denied')", name=op.f("ck_reference_values_state")
        ),
        sa.ForeignKeyConstraint(["artifact"], ["artifacts.digest"], name="fk_reference_values_artifact"),
        sa.ForeignKeyConstraint(["boot_id"], ["boots.id"], name="fk_reference_values_boot_id"),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name="fk_reference_values_build_id"),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_reference_values_machine_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reference_values"),
    )
    op.create_index("ix_reference_values_artifact", "reference_values", ["artifact"])
    op.create_index("ix_reference_values_kind_state_id", "reference_values", ["kind", "state", "id"])
    op.create_index(
        "uq_reference_values_digest_kind",
        "reference_values",
        ["digest", "kind"],
        unique=True,
        **_where("kind != 'firmware'"),
    )
    op.create_index(
        "uq_reference_values_firmware",
        "reference_values",
        ["machine_id", "firmware", "pcr", "digest"],
        unique=True,
        **_where("kind = 'firmware'"),
    )
    op.create_table(
        "reference_states",
        sa.Column("id", ID, nullable=False),
        sa.Column("reference_id", ID, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'retired', 'denied')", name=op.f("ck_reference_states_state")
        ),
        sa.ForeignKeyConstraint(["reference_id"], ["reference_values.id"], name="fk_reference_states_reference_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reference_states"),
    )
    op.create_index("ix_reference_states_reference_id_id", "reference_states", ["reference_id", "id"])
    op.create_table(
        "reliances",
        sa.Column("reference_id", ID, nullable=False),
        sa.Column("appraisal_id", ID, nullable=False),
        sa.Column("boot_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["appraisal_id"], ["appraisals.id"], name="fk_reliances_appraisal_id"),
        sa.ForeignKeyConstraint(["boot_id"], ["boots.id"], name="fk_reliances_boot_id"),
        sa.ForeignKeyConstraint(["reference_id"], ["reference_values.id"], name="fk_reliances_reference_id"),
        sa.PrimaryKeyConstraint("reference_id", "appraisal_id", name="pk_reliances"),
    )
    op.create_index("ix_reliances_appraisal_id", "reliances", ["appraisal_id"])


def _timeline() -> None:
    """PCR values, their stretches, and changes."""
    op.create_table(
        "changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("machine_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("before", sa.String(100), nullable=False),
        sa.Column("after", sa.String(100), nullable=False),
        sa.Column("worse", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("boot_before", ID, nullable=False),
        sa.Column("boot_after", ID, nullable=False),
        sa.Column("reappraisal_id", ID, nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.String(100), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
        sa.CheckConstraint(
            "cause IN ('image', 'firmware', 'enrolment', 'policy', 'reference value', 'verifier', 'unexplained')",
            name=op.f("ck_changes_cause"),
        ),
        sa.CheckConstraint("kind IN ('tier', 'image', 'firmware', 'pcr', 'enrolment')", name=op.f("ck_changes_kind")),
        sa.ForeignKeyConstraint(["boot_after"], ["boots.id"], name="fk_changes_boot_after"),
        sa.ForeignKeyConstraint(["boot_before"], ["boots.id"], name="fk_changes_boot_before"),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_changes_machine_id"),
        sa.ForeignKeyConstraint(["reappraisal_id"], ["reappraisals.id"], name="fk_changes_reappraisal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_at_id", "changes", ["at", "id"])
    op.create_index("ix_changes_boot_after", "changes", ["boot_after"])
    op.create_index("ix_changes_cause_at_id", "changes", ["cause", "at", "id"])
    op.create_index("ix_changes_machine_id_at_id", "changes", ["machine_id", "at", "id"])
    op.create_index(
        "ix_changes_reappraisal_id", "changes", ["reappraisal_id", "id"], **_where("reappraisal_id IS NOT NULL")
    )
    op.create_index("ix_changes_unacknowledged", "changes", ["at", "id"], **_where("acknowledged_at IS NULL"))
    op.create_index("ix_changes_worse", "changes", ["at", "machine_id"], **_where("worse"))
    op.create_table(
        "pcr_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("machine_id", ID, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("pcr", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.Column("first_boot", ID, nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_boot", ID, nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("boots", sa.Integer(), nullable=False),
        sa.CheckConstraint("source IN ('quote', 'platform', 'host')", name=op.f("ck_pcr_runs_source")),
        sa.ForeignKeyConstraint(["first_boot"], ["boots.id"], name="fk_pcr_runs_first_boot"),
        sa.ForeignKeyConstraint(["last_boot"], ["boots.id"], name="fk_pcr_runs_last_boot"),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_pcr_runs_machine_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pcr_runs"),
        sa.UniqueConstraint(
            "machine_id", "source", "pcr", "first_boot", name="uq_pcr_runs_machine_id_source_pcr_first_boot"
        ),
    )
    op.create_index("ix_pcr_runs_first_at", "pcr_runs", ["first_at"])
    op.create_index("ix_pcr_runs_machine_id_last_at", "pcr_runs", ["machine_id", "last_at"])
    op.create_index("ix_pcr_runs_value_machine_id", "pcr_runs", ["value", "machine_id"])
    op.create_table(
        "pcr_values",
        sa.Column("boot_id", ID, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("pcr", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("appraisal_id", ID, nullable=False),
        sa.Column("machine_id", ID, nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("source IN ('quote', 'platform', 'host')", name=op.f("ck_pcr_values_source")),
        sa.ForeignKeyConstraint(["appraisal_id"], ["appraisals.id"], name="fk_pcr_values_appraisal_id"),
        sa.ForeignKeyConstraint(["boot_id"], ["boots.id"], name="fk_pcr_values_boot_id"),
        sa.ForeignKeyConstraint(["machine_id"], ["machines.id"], name="fk_pcr_values_machine_id"),
        sa.PrimaryKeyConstraint("boot_id", "source", "pcr", name="pk_pcr_values"),
    )
    op.create_index(
        "ix_pcr_values_machine_id_source_pcr_boot_id", "pcr_values", ["machine_id", "source", "pcr", "boot_id"]
    )


def _chain_evidence() -> None:
    """Give the rows that there are the hashes that `farm.chain` would have given them."""
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "UPDATE evidence SET created_at ="
            " (SELECT coalesce(b.finished_at, b.created_at) FROM boots b WHERE b.id = evidence.boot_id)"
        )
    )
    # Ids of a chain have no gaps, so rows move up; nothing names an id of evidence.
    last, previous = 0, "0" * 64
    columns = "id, boot_id, source, name, digest, created_at"
    for row in connection.execute(sa.text(f"SELECT {columns} FROM evidence ORDER BY id")).all():
        last += 1
        text = "".join(f"{len(str(cell))}:{cell}," for cell in (last, *row[1:], previous))
        digest = hashlib.sha256(text.encode()).hexdigest()
        connection.execute(
            sa.text("UPDATE evidence SET id = :new, previous_hash = :previous, row_hash = :hash WHERE id = :old"),
            {"new": last, "previous": previous, "hash": digest, "old": row[0]},
        )
        previous = digest
    heads = sa.table("chain_heads", sa.column("name"), sa.column("last_id"), sa.column("row_hash"))
    op.bulk_insert(
        heads,
        [
            {"name": "evidence", "last_id": last, "row_hash": previous},
            {"name": "appraisals", "last_id": 0, "row_hash": "0" * 64},
        ],
    )


def _guard() -> None:
    """Triggers, so that not even code of ours can change what must stay."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                _sqlite_trigger(table, verb, f"{verb} ON {table}")
        _sqlite_trigger("policies", "UPDATE", f"UPDATE OF {', '.join(TEXT_OF_POLICY)} ON policies")
        _sqlite_trigger("policies", "DELETE", "DELETE ON policies", " WHEN old.used")
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stay_whole BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        f"CREATE TRIGGER policies_stay BEFORE UPDATE OF {', '.join(TEXT_OF_POLICY)} ON policies"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER policies_stay_used BEFORE DELETE ON policies"
        " FOR EACH ROW WHEN (old.used) EXECUTE FUNCTION refuse_change()"
    )


def _sqlite_trigger(table: str, verb: str, event: str, condition: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {event}{condition}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
    )


def _unguard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in (*APPEND_ONLY, "policies"):
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    op.execute("DROP FUNCTION refuse_change CASCADE")


def downgrade() -> None:
    """Undo."""
    _unguard()
    for table in (
        "reliances",
        "reference_states",
        "pcr_values",
        "reference_values",
        "pcr_runs",
        "changes",
        "appraisals_owed",
        "appraisals",
        "enrolments",
        "tombstones",
        "reappraisals",
        "approval_rules",
        "policies",
        "chain_heads",
    ):
        op.drop_table(table)
    for column in ("row_hash", "previous_hash", "created_at"):
        op.drop_column("evidence", column)
    op.drop_index("ix_boots_image_machine_id_id", "boots")
    op.create_index("ix_boots_image", "boots", ["image"])
    op.drop_column("boots", "nonce_expires_at")
    op.drop_column("boots", "nonce")
