"""The database's schema: every table, and Alembic's migrations up to today's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from farm import (
    access,
    appraisals,
    artifacts,
    boots,
    builds,
    changes,
    decisions,
    enrolments,
    idempotency,
    leases,
    machines,
    passes,
    pcrs,
    policies,
    references,
    repositories,
    retention,
    sessions,
    submissions,
)
from farm.chain import heads
from farm.database import Base
from farm.demo import mark
from farm.errors import Conflict
from farm.evidence import files as evidence_files
from farm.farm import Farm

# Importing a table's module is what makes Alembic see it.
TABLES = (
    access,
    appraisals,
    artifacts,
    boots,
    builds,
    changes,
    decisions,
    enrolments,
    evidence_files,
    heads,
    idempotency,
    leases,
    machines,
    mark,
    passes,
    pcrs,
    policies,
    references,
    repositories,
    retention,
    sessions,
    submissions,
)
metadata = Base.metadata
MIGRATIONS = Path(__file__).parent.parent / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(farm: Farm) -> None:
    """Bring the database up to date, with the default policy; nothing happens when it is."""
    farm.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    command.upgrade(config(farm.settings.sql_url), "head")
    with farm.db.writing() as session:
        policies.ensure_default(session)


def head() -> str:
    """The newest revision of the migrations."""
    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if found is None:
        raise Conflict("There are no migrations.")
    return found


def check(farm: Farm) -> None:
    """Refuse a database of another time.

    Raises:
        Conflict: it is older or newer than this code; the message says what to do.
    """
    with farm.db.reading() as session:
        known = inspect(session.connection()).has_table("alembic_version")
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if found != head():
        raise Conflict(
            f"The database is at revision {found or 'none'}, this code needs {head()}.",
            next_step="Run `bootfarm db upgrade`.",
        )
