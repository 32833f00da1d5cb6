"""`bootfarm db`: the database's schema and its health."""

import click

from cli.command import FarmGroup
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.output import Output


@click.group(cls=FarmGroup)
def db() -> None:
    """Upgrade and check the database."""


@db.command("upgrade")
@click.pass_obj
def upgrade(output: Output) -> None:
    """Bring the database up to this version; nothing happens when it is."""
    from cli.server.farm_here import farm_here
    from farm import schema

    with farm_here() as farm:
        schema.upgrade(farm)
    _result(output, schema.head())


@db.command("check")
@click.pass_obj
def check(output: Output) -> None:
    """Whether the database has this version's schema, and whether SQLite finds itself whole."""
    from sqlalchemy import text

    from cli.server.farm_here import farm_here
    from farm import schema

    wrong: list[str] = []
    with farm_here() as farm:
        schema.check(farm)
        if farm.db.engine.dialect.name == "sqlite":
            with farm.db.reading() as session:
                wrong = [one for one in session.scalars(text("PRAGMA integrity_check(20)")) if one != "ok"]
                orphans = session.execute(text("PRAGMA foreign_key_check")).all()
            wrong += [f"{table} row {row} has no {parent}" for table, row, parent, _ in orphans[:20]]
    if wrong:
        raise CliError("The database is damaged:\n  " + "\n  ".join(wrong), "Restore a backup.", ExitCode.INFRA)
    _result(output, schema.head())


def _result(output: Output, revision: str) -> None:
    if output.json:
        output.json_line({"ok": True, "revision": revision})
    else:
        output.table(("state", "revision"), [("ok", revision)])
