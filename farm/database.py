"""One database, SQLite or PostgreSQL: engine, sessions, and the column types that every table uses."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    Update,
    bindparam,
    create_engine,
    event,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.orm.attributes import set_committed_value

from farm.errors import BadRequest, StorageFault, Unavailable

# How long a writer waits for another one before the caller is told to try again, in seconds.
BUSY_SECONDS = 10
MOST_ID = 2**63 - 1
"""No row has an id beyond this, and no database can be asked for one."""


class Utc(TypeDecorator[datetime]):
    """An aware UTC time. SQLite has no such type: integers of microseconds sort, compare and index well everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds since 1970; a naive time is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return int(value.timestamp() * 1_000_000)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back to an aware time."""
        return None if value is None else datetime.fromtimestamp(value / 1_000_000, UTC)


class JsonText(TypeDecorator[Any]):
    """JSON kept as the very text that was written, which a hash covers: PostgreSQL's JSONB would write it anew."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Without spaces, keys in their order."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Back to lists and dicts."""
        return None if value is None else json.loads(value)


# PostgreSQL wants 64 bits for ids that grow for ever; SQLite numbers rows by itself only for INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")
Digest = String(64)


class Base(DeclarativeBase):
    """All tables. Constraint names are fixed so that migrations and error messages can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over the rows that `where` holds for, shaped like the one query that needs it."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def word(value: str) -> BindParameter[str]:
    """A word that stands in the statement itself: a partial index serves only what says its condition in so many words.

    Source: sqlite.org/partialindex.html, section 2; PostgreSQL's generic plans do not look at parameters either.
    """
    return bindparam(None, str(value), String(), literal_execute=True)


def compare_and_set(session: Session, row: Base, unchanged: tuple[str, ...], values: Mapping[str, Any]) -> bool:
    """Change a row if the columns `unchanged` still hold what was loaded; false when somebody else was first.

    The loaded row then shows the new values, without being read again.
    """
    statement = _compare_and_set(type(row), unchanged, tuple(values))
    given = {"_id": row.id} | {f"_was_{name}": getattr(row, name) for name in unchanged}  # type: ignore[attr-defined]
    done = session.execute(statement, given | {f"_new_{name}": value for name, value in values.items()})
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return False
    for name, value in values.items():
        set_committed_value(row, name, value)
    return True


@cache
def _compare_and_set(kind: Any, unchanged: tuple[str, ...], changed: tuple[str, ...]) -> Update:
    # Kept, because building a statement costs more than running it, and these run several times for every boot. Of the
    # table, because a statement of the class looks for loaded rows that it might change, and the caller has that one.
    table = kind.__table__
    same = [table.c[name] == bindparam(f"_was_{name}") for name in unchanged]
    new: dict[str, Any] = {name: bindparam(f"_new_{name}") for name in changed}
    return update(table).where(table.c.id == bindparam("_id"), *same).values(new)


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def open_engine(url: str) -> Engine:
    """An engine with the settings that the farm's promises rest on."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_size=16, max_overflow=16, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, pool_size=32)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    """WAL lets readers read while one writes; NORMAL is durable against a killed process, which is what we promise."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA recursive_triggers = ON")  # or a row that is replaced goes without its DELETE trigger
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at the beginning of a writing transaction, so that none fails half-way for being second."""
    if not connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


def _reads(engine: Engine) -> dict[str, Any]:
    """Options of a connection that reads: one view from its first statement to its last, as SQLite gives by itself."""
    if engine.dialect.name == "sqlite":
        return {"reads_only": True}
    return {"reads_only": True, "isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Database:
    """Sessions over one engine: `reading()` for pages, `writing()` for one transaction that commits at the end."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self._writers = threading.Lock() if self.engine.dialect.name == "sqlite" else None
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        self._read = sessionmaker(self.engine.execution_options(**_reads(self.engine)), expire_on_commit=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed whole, or rolled back whole.

        Raises:
            Unavailable: another writer held the database for longer than `BUSY_SECONDS`.
            BadRequest: a value that the database can't keep.
        """
        with (
            self._turn(),
            _errors_translated("that the database can't keep, so nothing was changed"),
            self._write.begin() as session,
        ):
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite has one writer at a time and lets the others poll; the threads of a process rather wait in line."""
        if self._writers is None:
            yield
            return
        if not self._writers.acquire(timeout=BUSY_SECONDS):
            raise _busy()
        try:
            yield
        finally:
            self._writers.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view that never waits for writers.

        Raises:
            BadRequest: a value that the database can't even look for.
        """
        with _errors_translated("that no row can have, so nothing was found"), self._read() as session:
            yield session

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def _errors_translated(unfit: str) -> Iterator[None]:
    """Faults of the database as sentences of ours; `unfit` ends the one about a value that it can't take."""
    try:
        yield
    except OperationalError as error:
        if "database is locked" in str(error.orig):
            raise _busy() from error
        if any(words in str(error.orig) for words in ("disk is full", "disk I/O error", "readonly database")):
            raise StorageFault(f"The database can't be written: {error.orig}.") from error
        raise Unavailable(
            "The database does not answer, and nothing was changed.", next_step="Try again in a moment."
        ) from error
    except (DataError, OverflowError) as error:
        # PostgreSQL takes no NUL and no text beyond a column's length, and neither takes a number beyond 64 bits.
        raise BadRequest(
            f"A value has characters or a size {unfit}.",
            next_step="Look for NUL characters and for very long texts or numbers.",
        ) from error


def _busy() -> Unavailable:
    return Unavailable(
        "The database is busy with another writer and nothing was changed.", next_step="Try again in a moment."
    )


def is_healthy(session: Session) -> bool:
    """Whether the database answers."""
    return bool(session.execute(text("SELECT 1")).scalar_one() == 1)
