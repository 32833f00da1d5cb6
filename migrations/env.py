"""Alembic's environment: the same for SQLite and PostgreSQL."""

from alembic import context

from farm.database import Json, Utc, open_engine
from farm.schema import metadata


def render_item(kind: str, item: object, autogen: object) -> str | bool:
    """Migrations name stored types, not ours, so that ours may change without rewriting history."""
    if kind == "type" and isinstance(item, Utc):
        return "sa.BigInteger()"
    if kind == "type" and item is Json:
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


url = context.config.get_main_option("sqlalchemy.url")
if url is None:
    raise SystemExit("Run migrations through `bootfarm db upgrade`.")
engine = open_engine(url)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_item=render_item, render_as_batch=False)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
