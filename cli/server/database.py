"""`bootfarm db`: the database's schema and its health."""

import click

from cli.command import FarmGroup
from cli.errors import CliError, farm_errors
from cli.exit_codes import ExitCode
from cli.output import Output


@click.group(cls=FarmGroup)
def db() -> None:
    """Upgrade and check the database."""


@db.command("upgrade")
@click.pass_obj
def upgrade(output: Output) -> None:
    """Bring the database up to this version; nothing happens when it is."""
    from farm import schema
    from farm.farm import Farm
    from farm.settings import Settings

    farm = Farm(Settings())
    with farm_errors():
        schema.upgrade(farm)
    _result(output, schema.head())


@db.command("check")
@click.pass_obj
def check(output: Output) -> None:
    """Whether the database has this version's schema, and whether SQLite finds itself whole."""
    from sqlalchemy import text

    from farm import schema
    from farm.farm import Farm
    from farm.settings import Settings

    farm = Farm(Settings())
    with farm_errors():
        schema.check(farm)
        if farm.db.engine.dialect.name == "sqlite":
            with farm.db.reading() as session:
                found = list(session.scalars(text("PRAGMA integrity_check(20)")))
                orphans = session.execute(text("PRAGMA foreign_key_check")).all()
            wrong = [one for one in found if one != "ok"] + [
                f"{row[0]} row {row[1]} has no {row[2]}" for row in orphans
            ]
            if wrong:
                raise CliError("The database is damaged:\n  " + "\n  ".join(wrong), "Restore a backup.", ExitCode.INFRA)
    farm.db.dispose()
    _result(output, schema.head())


def _result(output: Output, revision: str) -> None:
    if output.json:
        output.json_line({"ok": True, "revision": revision})
    else:
        output.line(f"ok\t{revision}")
