"""What the database itself refuses in the tables of attestation: each named constraint broken, each row that stays."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from farm import policies
from farm.access import Caller
from farm.appraisals import AppraisalRow, OwedAppraisal, Reappraisal, WriteOff, runs, write_offs
from farm.changes import Change
from farm.database import Base, now
from farm.enrolments import Enrolment
from farm.evidence import Evidence
from farm.farm import Farm
from farm.pcrs import PcrRun, PcrValue
from farm.policies import StoredPolicy
from farm.references import ApprovalRule, Reference, ReferenceStateRow, Reliance
from farm.retention import ConsoleTombstone, Tombstone
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps

NOWHERE = 999_999
# Rows of these can't be updated at all, so they are broken by a copy.
APPEND_ONLY = (AppraisalRow, Evidence, ReferenceStateRow, Reliance, PcrValue, Tombstone, ConsoleTombstone, WriteOff)
CHANGEABLE = (ApprovalRule, Change, Enrolment, OwedAppraisal, PcrRun, Reappraisal, Reference)


@pytest.fixture
def rows(farm: Farm, admin: Caller, project: Path) -> None:
    """A row in every table."""
    steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    attest.run(farm, attest.build(farm, admin))
    attest.run(farm, attest.build(farm, admin), bound=False)
    with attest.broken_verifier():
        for _ in range(2):
            given_up = attest.build(farm, admin)
            attest.run(farm, given_up)
    with farm.db.writing() as session:
        write_offs.write_off(session, given_up, by="ada", why="to have one")
        default = policies.newest(session, "default")
        runs.begin(session, policy_id=default.id, by="ada", why="to have one")
        digest = session.scalars(select(Evidence.digest).limit(1)).one()
        session.add(Tombstone(digest=digest, at=now(), by="ada", rule="a test"))
        session.add(ConsoleTombstone(boot_id=1, at=now(), by="ada", rule="a test", size=1))


def copied(farm: Farm, kind: type[Base], /, **values: Any) -> None:
    """Insert a row's copy under a new id, as no code of ours would."""
    table = kind.__table__
    with farm.db.writing() as session:
        row = dict(session.execute(select(table).limit(1)).one()._mapping)
        if "row_hash" in row:
            row["id"] = NOWHERE
        else:
            row.pop("id", None)
        session.execute(insert(table).values({**row, **values}))  # type: ignore[arg-type]


CHECKS: list[tuple[str, type[Base], dict[str, Any]]] = [
    ("ck_appraisals_tier", AppraisalRow, {"tier": "good", "run": 9}),
    ("ck_appraisals_error_has_no_tier", AppraisalRow, {"outcome": "error", "tier": "affirming", "run": 9}),
    ("ck_appraisals_error_has_no_tier", AppraisalRow, {"outcome": "maybe", "run": 9}),
    ("ck_approval_rules_one_subject", ApprovalRule, {"repository_id": None, "lab_id": None}),
    ("ck_approval_rules_one_subject", ApprovalRule, {"repository_id": 1, "lab_id": 1}),
    ("ck_changes_cause", Change, {"cause": "bad luck"}),
    ("ck_changes_kind", Change, {"kind": "weather"}),
    ("ck_enrolments_kind", Enrolment, {"kind": "paper", "ended_at": now()}),
    ("ck_pcr_runs_source", PcrRun, {"source": "guest", "first_boot": 2}),
    ("ck_pcr_values_source", PcrValue, {"source": "guest"}),
    ("ck_reference_states_state", ReferenceStateRow, {"state": "loved"}),
    ("ck_reference_values_kind", Reference, {"kind": "song", "digest": "0" * 64}),
    ("ck_reference_values_state", Reference, {"state": "loved", "digest": "0" * 64}),
    ("ck_reference_values_pcr_of_firmware", Reference, {"kind": "firmware", "pcr": None, "digest": "0" * 64}),
    ("ck_reference_values_pcr_of_firmware", Reference, {"kind": "image", "pcr": 0, "digest": "0" * 64}),
]


@pytest.mark.usefixtures("rows")
def test_every_check_refuses_a_row_that_breaks_it(farm: Farm) -> None:
    for name, table, values in CHECKS:
        with pytest.raises(IntegrityError, match=name):
            copied(farm, table, **values)


UNIQUE: list[tuple[str, type[Base], dict[str, Any], str]] = [
    ("uq_appraisals_boot_id_run", AppraisalRow, {}, "appraisals.boot_id, appraisals.run"),
    ("uq_policies_name_version", StoredPolicy, {}, "policies.name, policies.version"),
    ("uq_enrolments_open_machine", Enrolment, {}, "enrolments.machine_id"),
    ("uq_reference_values_digest_kind", Reference, {}, "reference_values.digest, reference_values.kind"),
    ("uq_approval_rules_", ApprovalRule, {}, "approval_rules."),
    ("pk_appraisals_owed", OwedAppraisal, {}, "appraisals_owed.boot_id"),
    ("pk_pcr_values", PcrValue, {}, "pcr_values.boot_id, pcr_values.source, pcr_values.pcr"),
    ("uq_pcr_runs_machine_id_source_pcr_first_boot", PcrRun, {}, "pcr_runs.machine_id"),
    ("pk_reliances", Reliance, {}, "reliances.reference_id, reliances.appraisal_id"),
    ("pk_tombstones", Tombstone, {}, "tombstones.digest, tombstones.at"),
    ("pk_console_tombstones", ConsoleTombstone, {}, "console_tombstones.boot_id"),
]


@pytest.mark.usefixtures("rows")
def test_nothing_that_must_be_unique_can_be_there_twice(farm: Farm) -> None:
    for name, table, values, columns in UNIQUE:
        refused = (
            f"{columns}|{table.__tablename__} is append-only"  # by the index, or by the trigger that is asked first
        )
        with pytest.raises(IntegrityError, match=f"{name}|UNIQUE constraint failed: ({refused})"):
            copied(farm, table, **values)


@pytest.mark.usefixtures("rows")
def test_a_firmwares_value_is_known_once_for_a_machine(farm: Farm) -> None:
    with farm.db.reading() as session:
        found = session.execute(select(Reference.__table__).where(Reference.kind == "firmware").limit(1)).one()
    with pytest.raises(IntegrityError, match=r"uq_reference_values_firmware|UNIQUE constraint failed"):
        copied(farm, Reference, **{key: value for key, value in found._mapping.items() if key != "id"})


@pytest.mark.usefixtures("rows")
def test_no_row_may_point_at_nothing(farm: Farm) -> None:
    for kind in (*APPEND_ONLY, *CHANGEABLE):
        for key in kind.__table__.foreign_keys:
            nowhere = "f" * 64 if key.column.name == "digest" else NOWHERE
            with pytest.raises(
                IntegrityError, match=f"fk_{kind.__tablename__}_{key.parent.name}|FOREIGN KEY|UNIQUE|uq_|pk_|ck_"
            ):
                copied(farm, kind, **{key.parent.name: nowhere})


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("kind", APPEND_ONLY)
def test_what_was_recorded_is_neither_changed_nor_removed(farm: Farm, kind: type[Base]) -> None:
    column = next(iter(kind.__table__.columns)).name
    statements = [f"UPDATE {kind.__tablename__} SET {column} = {column}", f"DELETE FROM {kind.__tablename__}"]
    if farm.db.engine.dialect.name == "sqlite":
        statements.append(f"INSERT OR REPLACE INTO {kind.__tablename__} SELECT * FROM {kind.__tablename__}")
    for statement in statements:
        with pytest.raises(DBAPIError, match=f"{kind.__tablename__} is append-only"), farm.db.writing() as session:
            session.execute(text(statement))


@pytest.mark.usefixtures("rows")
def test_a_policys_text_never_changes_and_a_used_one_stays(farm: Farm) -> None:
    for statement in ("UPDATE policies SET body = ''", "UPDATE policies SET version = 7", "DELETE FROM policies"):
        with pytest.raises(DBAPIError, match="policies is append-only"), farm.db.writing() as session:
            session.execute(text(statement))


def test_a_policy_that_was_never_used_may_go(farm: Farm) -> None:
    with farm.db.writing() as session:
        policies.add(session, 'name = "draft"\n', by="ada")
        session.execute(text("DELETE FROM policies WHERE name = 'draft'"))
        assert policies.newest_or_none(session, "draft") is None
