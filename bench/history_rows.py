"""Large histories, written by the database itself: as many rows as one wants, in seconds per million.

Rows are shaped like real ones (keys, times, how values repeat) but chained to nothing: the chain has its own bench.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Table, text

from farm import machines
from farm.appraisals import AppraisalRow
from farm.artifacts import Artifact
from farm.boots import Boot
from farm.builds import Build
from farm.changes import Change
from farm.database import JsonText, now
from farm.demo.boot_rows import REPOSITORY, URL
from farm.farm import Farm
from farm.pcrs import PcrRun, PcrValue
from farm.policies import ensure_default
from farm.references import Reference, ReferenceStateRow, Reliance
from farm.repositories import Repository
from farm.submissions import Submission

MACHINES, COMMITS = 40, 1000
PCRS = 5  # rows for each boot
_DAY = 86_400_000_000
_LARGE: tuple[Any, ...] = (Submission, Boot, AppraisalRow, PcrValue, PcrRun, Change, Reliance)


def fill(farm: Farm, boots: int) -> None:
    """`boots` boots on 40 machines of 1,000 commits over 100 days, one appraisal and five PCR values each."""
    with farm.db.writing() as session:
        ensure_default(session)
        session.add(Repository(id=1, name=REPOSITORY, url=URL, cache=REPOSITORY, created_at=now()))
        for number in range(MACHINES):
            machines.add_machine(session, name=f"m-{number:02}", lab="bench", driver="null")
    with farm.db.engine.begin() as connection, _without_indexes(connection):
        _rows(connection, boots)
    with farm.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Indexes are made once the rows are there, in order; foreign keys hold by how the rows are made."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    indexes = [index for kind in _LARGE for index in kind.__table__.indexes]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def _rows(connection: Connection, boots: int) -> None:
    sql = _Sql(connection)
    end = int(now().timestamp() * 1_000_000)
    commit = f"((n - 1) * {COMMITS} / {boots})"  # of a boot, from 0
    machine = f"((n - 1) % {MACHINES} + 1)"
    at = f"({end} - 100 * {_DAY} + (n - 1) * {100 * _DAY // boots})"
    submissions = max(COMMITS, boots // MACHINES)
    done = {"state": "'finished'", "verdict": "'pass'"}

    def hexed(kind: int, value: str) -> str:
        return sql.hexed(f"({kind * 1_000_000_000_000} + {value})")

    own = {"id": "n", "repository_id": "1", "created_at": at}
    of = {"image": hexed(1, commit), "image_digest": hexed(3, commit), "build_id": f"{commit} + 1"}
    image = {"digest": hexed(1, "n - 1"), "authenticode": hexed(2, "n - 1"), "image_digest": hexed(3, "n - 1")}
    sql.insert(Artifact, COMMITS, {**image, "stored_at": str(end), "size": "1"})
    sql.insert(Build, COMMITS, {**own, **done, "content_key": hexed(4, "n"), "commit": hexed(5, "n - 1")})
    group = f"((n - 1) * {COMMITS} / {submissions})"
    sql.insert(Submission, submissions, {**own, "ref": "'main'", "commit": hexed(5, group)})
    where = {"machine_id": machine, "build_id": f"{commit} + 1", "image": hexed(1, commit)}
    times = {"started_at": at, "finished_at": f"{at} + 30000000", "created_at": at}
    sql.insert(
        Boot, boots, {**own, **done, **where, **times, "submission_id": f"(n - 1) * {submissions} / {boots} + 1"}
    )
    tier = "CASE WHEN n % 5003 = 0 THEN 'contraindicated' WHEN n % 97 = 0 THEN 'warning' ELSE 'affirming' END"
    judged = {"tier": tier, "reason": "CASE WHEN n % 5003 = 0 THEN 'binding-pcr4' ELSE '' END", "outcome": "'done'"}
    texts = {"commit": hexed(5, commit), "attest_digest": hexed(6, "n"), "statement": "'made up for a benchmark'"}
    texts |= {"ak_name": f"'000b' || {hexed(7, 'n')}", "platform_ak_name": f"'000b' || {hexed(8, machine)}"}
    ids = {"id": "n", "boot_id": "n", "run": "0", "repository_id": "1", "policy_id": "1", "at": f"{at} + 30000000"}
    sql.insert(AppraisalRow, boots, {**ids, **of, **where, **judged, **texts, "steps": "'[]'", "facts": "'{}'"})
    _measured(sql, boots, machine, commit, at, hexed)
    built = f"({end} - 100 * {_DAY} + (n - 1) * {100 * _DAY // COMMITS})"
    value = {"id": "n", "kind": "'image'", "state": "'approved'", "digest": hexed(3, "n - 1"), "created_at": built}
    sql.insert(Reference, COMMITS, value)
    sql.insert(ReferenceStateRow, COMMITS, {"id": "n", "reference_id": "n", "state": "'approved'", "at": built})
    sql.insert(Reliance, boots, {"reference_id": f"{commit} + 1", "appraisal_id": "n", "boot_id": "n"})


def _measured(sql: "_Sql", boots: int, machine: str, commit: str, at: str, hexed: Any) -> None:
    """PCR values, the stretches of the timeline, and the changes between them."""
    whose = {"appraisal_id": "n", "boot_id": "n", "machine_id": machine, "at": at}
    lanes = (("platform", 0), ("platform", 2), ("platform", 4), ("platform", 7), ("quote", 10))
    for source, pcr in lanes:
        value = hexed(10 + pcr, commit) if pcr in (4, 10) else hexed(10 + pcr, f"{machine} % 3")
        sql.insert(PcrValue, boots, {**whose, "source": f"'{source}'", "pcr": str(pcr), "value": value})
    # Stretch n: of machine n % 40 + 1 and commit n / 40; each commit's first and last boot on that machine.
    each, whole = boots // COMMITS, MACHINES * COMMITS
    on, of = f"((n - 1) % {MACHINES} + 1)", f"((n - 1) / {MACHINES})"
    first, last = f"({of} * {each} + {on})", f"({of} * {each} + {each - MACHINES} + {on})"
    start = at.replace("(n - 1)", f"({first} - 1)")
    run = {"machine_id": on, "first_boot": first, "last_boot": last, "first_at": start, "last_at": start}
    made = 0
    for source, pcr in lanes:
        moves = pcr in (4, 10)
        value = hexed(10 + pcr, of) if moves else hexed(10 + pcr, f"{on} % 3")
        rows = whole if moves else MACHINES
        shown = {"id": f"{made} + n", "source": f"'{source}'", "pcr": str(pcr), "value": value, "boots": "1"}
        sql.insert(PcrRun, rows, {**run, **shown})
        made += rows
    changed = {"machine_id": on, "at": start, "boot_before": first, "boot_after": last}
    kinds = (("image", "image", "image"), ("pcr", "PCR4 platform", "image"), ("pcr", "PCR10 quote", "image"))
    for place, (kind, what, cause) in enumerate(kinds):
        told = {"kind": f"'{kind}'", "what": f"'{what}'", "cause": f"'{cause}'", "worse": sql.false}
        sql.insert(Change, whole, {**changed, **told, "id": f"{place * whole} + n"})
    fell = {"kind": "'tier'", "what": "'tier'", "cause": "'unexplained'", "worse": sql.true}
    tiers = {"before": "'affirming'", "after": "'contraindicated'"}
    sql.insert(Change, COMMITS, {**changed, **fell, **tiers, "id": f"{3 * whole} + n"})


class _Sql:
    """INSERT ... SELECT over numbers from 1, with what a table asks for and nobody gave filled in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"
        self.true, self.false = ("true", "false") if self._postgresql else ("1", "0")

    def hexed(self, number: str) -> str:
        """A digest that begins with what differs, as real ones do."""
        if self._postgresql:
            return f"encode(sha256(({number})::text::bytea), 'hex')"
        # SQLite has no digest: a multiplicative hash spreads the numbers (Knuth, TAOCP 3, 6.4).
        return f"printf('%016x%048x', ({number} * 2654435761) % 4294967296 * 4294967291, {number})"

    def insert(self, kind: Any, rows: int, given: Mapping[str, str]) -> None:
        """So many rows, each value an SQL expression of `n`."""
        table: Table = kind.__table__
        known = {name: value for name, value in given.items() if name in table.c}
        columns = known | {one.name: self._filler(one) for one in table.c if one.name not in known and not one.nullable}
        names = ", ".join(f'"{name}"' for name in columns)
        series = f"generate_series(1::bigint, {rows}) AS s(n)" if self._postgresql else "s"
        counted = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows}) "
        before = "" if self._postgresql else counted
        values = ", ".join(columns.values())
        statement = f"INSERT INTO {table.name} ({names}) {before}SELECT {values} FROM {series}"
        # psycopg takes a single % for the beginning of a parameter.
        self._connection.exec_driver_sql(statement.replace("%", "%%") if self._postgresql else statement)

    def _filler(self, column: Any) -> str:
        if isinstance(column.type, JSON):
            return "'{}'" + ("::jsonb" if self._postgresql else "")
        if isinstance(column.type, JsonText):
            return "'{}'"
        if isinstance(column.type, Boolean):
            return self.false
        return "''" if issubclass(column.type.python_type, str) else "0"
