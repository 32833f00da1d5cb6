"""Every named constraint, broken on purpose: the database itself refuses what the code must never write."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from farm import boots, evidence, schema, wire
from farm.access import Caller, LoginLink, Person, Token
from farm.artifacts import BuildArtifact
from farm.boots import Boot, BootCase
from farm.builds import Build
from farm.database import Base, now
from farm.demo.mark import Demo
from farm.farm import Farm
from farm.idempotency import KeptAnswer
from farm.leases import Lease
from farm.machines import Lab, Machine, Worker
from farm.passes import Duty
from farm.repositories import Repository
from farm.sessions import Login
from farm.states import Cause
from farm.submissions import Submission, SubmissionBuild
from tests.farm import farm_steps as steps
from tests.farm import test_attest_invariants as attestation

NOWHERE = 999_999
_EVIDENCE = wire.EvidenceFile(name="e.bin", source=wire.EvidenceSource.ESP, digest="0" * 64, size=0)


@pytest.fixture
def rows(farm: Farm, admin: Caller, project: Path) -> int:
    """A row in every table: a boot that runs on null-1 after a lost attempt, and one that waits. The running one."""
    lost = steps.ready_boot(farm, admin)
    steps.hello(farm)
    steps.start_boot(farm, lost)
    running = steps.finish_boot(farm, lost, Cause.POWER_FAILED)
    assert running
    steps.start_boot(farm, running)
    steps.ready_boot(farm, admin, fresh_build=True)
    with farm.db.writing() as session:
        person = session.scalars(select(Person)).one()
        session.add(Token(person=person, name="t", prefix="p", hash="0" * 64, scopes="read", created_at=now()))
        session.add(LoginLink(hash="1" * 64, person_id=person.id, expires_at=now()))
        session.add(Login(hash="2" * 64, person_id=person.id, expires_at=now()))
        session.add(KeptAnswer(key="1:k", request="0" * 64, created_at=now()))
        session.add(Duty(name="dispatcher", holder="me", expires_at=now()))
        evidence.record(session, running, [_EVIDENCE.model_copy(update={"digest": boots.boot(session, running).image})])
        session.add(BootCase(boot_id=running, name="n", kind="expect", text="", met=True, detail=""))
    return running


def change(farm: Farm, table: type[Base], **values: Any) -> None:
    """Change all rows of a table."""
    with farm.db.writing() as session:
        session.execute(update(table).values(**values))


CHECKS: list[tuple[str, type[Base], dict[str, Any]]] = [
    ("ck_boots_verdict_when_finished", Boot, {"state": "finished"}),
    ("ck_boots_verdict_when_finished", Boot, {"state": "queued", "verdict": "pass", "cause": None}),
    ("ck_boots_cause_unless_pass", Boot, {"state": "finished", "verdict": "fail", "cause": None}),
    ("ck_boots_cause_unless_pass", Boot, {"state": "finished", "verdict": "pass", "cause": "guest-panic"}),
    ("ck_boots_machine_when_leased", Boot, {"state": "leased", "verdict": None, "cause": None, "machine_id": None}),
    ("ck_boots_machine_when_leased", Boot, {"state": "running", "verdict": None, "cause": None, "machine_id": None}),
    ("ck_builds_verdict_when_finished", Build, {"verdict": None}),
    ("ck_builds_verdict_when_finished", Build, {"state": "queued"}),
    ("ck_builds_cause_unless_pass", Build, {"verdict": "infra"}),
    ("ck_builds_cause_unless_pass", Build, {"cause": "build-error"}),
    ("ck_builds_lease_while_running", Build, {"state": "running", "verdict": None}),
    ("ck_builds_lease_while_running", Build, {"lease_expires_at": now()}),
    ("ck_machines_state", Machine, {"state": "lost"}),
    ("ck_machines_health", Machine, {"health": "fine"}),
    ("ck_demo_one_row", Demo, {"id": 2}),
]


@pytest.mark.usefixtures("rows")
def test_every_check_refuses_a_row_that_breaks_it(farm: Farm) -> None:
    with farm.db.writing() as session:
        session.add(Demo(id=1, banner="made up", seeded_at=now()))
    for name, table, values in CHECKS:
        with pytest.raises(IntegrityError, match=name):
            change(farm, table, **values)
    named = {str(c.name) for table in schema.metadata.tables.values() for c in table.constraints}
    assert {name for name in named if name.startswith("ck_")} == {name for name, _, _ in [*CHECKS, *attestation.CHECKS]}


UNIQUE: list[tuple[str, type[Base], dict[str, Any], str]] = [
    ("uq_people_name", Person, {}, "people.name"),
    ("uq_tokens_hash", Token, {}, "tokens.hash"),
    ("pk_login_links", LoginLink, {}, "login_links.hash"),
    ("pk_sessions", Login, {}, "sessions.hash"),
    ("pk_idempotency_keys", KeptAnswer, {}, "idempotency_keys.key"),
    ("pk_duties", Duty, {}, "duties.name"),
    ("uq_labs_name", Lab, {}, "labs.name"),
    ("uq_workers_lab_id_name", Worker, {}, "workers.lab_id, workers.name"),
    ("uq_machines_name", Machine, {}, "machines.name"),
    ("uq_repositories_name", Repository, {"url": "elsewhere"}, "repositories.name"),
    ("uq_repositories_url", Repository, {"name": "other"}, "repositories.url"),
    ("uq_builds_content_key_shared", Build, {"shared": True}, "builds.content_key"),
    (
        "uq_submission_builds_submission_id_build_id",
        SubmissionBuild,
        {},
        "submission_builds.submission_id, submission_builds.build_id",
    ),
    ("uq_build_artifacts_build_id_name", BuildArtifact, {}, "build_artifacts.build_id, build_artifacts.name"),
]


@pytest.mark.usefixtures("rows")
def test_nothing_that_must_be_unique_can_be_there_twice(farm: Farm) -> None:
    for name, table, values, columns in UNIQUE:
        with pytest.raises(IntegrityError, match=f"{name}|UNIQUE constraint failed: {columns}"):
            copy_newest(farm, table, **values)


def copy_newest(farm: Farm, kind: type[Base], **values: Any) -> None:
    """Insert a row's copy under a new id."""
    table = kind.__table__
    order = next(iter(table.primary_key.columns)).desc()
    with farm.db.writing() as session:
        row = dict(session.execute(select(table).order_by(order).limit(1)).one()._mapping)
        row.pop("id", None)
        session.execute(insert(table).values({**row, **values}))  # type: ignore[arg-type]


def test_a_machine_has_one_open_lease_and_so_has_a_boot(farm: Farm, rows: int) -> None:
    waiting = rows + 1
    spare = steps.add_machine(farm, "spare")
    for name, column, values in [
        ("uq_leases_open_machine", "leases.machine_id", {"machine_id": 1, "boot_id": waiting, "fence": 77}),
        ("uq_leases_open_boot", "leases.boot_id", {"machine_id": spare, "boot_id": rows, "fence": 77}),
        ("uq_leases_machine_id_fence", "leases.machine_id, leases.fence", {"fence": 2, "released_at": now()}),
    ]:
        with pytest.raises(IntegrityError, match=f"{name}|UNIQUE constraint failed: {column}"):
            add_lease(farm, **{"machine_id": 1, "boot_id": waiting, **values})
    add_lease(farm, machine_id=1, boot_id=rows, fence=78, released_at=now())


def add_lease(farm: Farm, **values: Any) -> None:
    """A lease that no code of ours would write."""
    with farm.db.writing() as session:
        session.execute(insert(Lease).values(**{"expires_at": now(), "released_at": None, **values}))


def test_an_attempt_has_one_successor(farm: Farm, rows: int) -> None:
    with pytest.raises(IntegrityError, match=r"uq_boots_retry_of|UNIQUE constraint failed: boots.retry_of"):
        copy_newest(farm, Boot, retry_of=rows - 1)
    copy_newest(farm, Build, shared=False, retry_of=1)
    with pytest.raises(IntegrityError, match=r"uq_builds_retry_of|UNIQUE constraint failed: builds.retry_of"):
        copy_newest(farm, Build, shared=False, retry_of=1)


@pytest.mark.usefixtures("rows")
def test_no_row_may_point_at_nothing(farm: Farm) -> None:
    broken = 0
    of_jobs = (Boot, Build, BootCase, BuildArtifact, Lease, Machine, Submission, SubmissionBuild)
    for kind in (*of_jobs, Login, LoginLink, Token):
        for key in kind.__table__.foreign_keys:
            column = key.parent
            nowhere = "f" * 64 if key.column.name == "digest" else NOWHERE
            with pytest.raises(IntegrityError, match=f"fk_{kind.__tablename__}_{column.name}|FOREIGN KEY|UNIQUE|uq_"):
                change(farm, kind, **{column.name: nowhere})
            broken += 1
    with pytest.raises(IntegrityError, match=r"fk_workers_lab_id|FOREIGN KEY"):
        change(farm, Worker, lab_id=NOWHERE)
    there = {kind.__tablename__ for kind in (*attestation.APPEND_ONLY, *attestation.CHANGEABLE)}  # broken over there
    tables = [table for name, table in schema.metadata.tables.items() if name not in there]
    assert broken + 1 == sum(len(table.foreign_keys) for table in tables)
