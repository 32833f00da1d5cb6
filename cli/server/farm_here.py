"""The farm whose home is on this host, opened by commands that need no web server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.errors import CliError, farm_errors
from cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from farm.farm import Farm
    from farm.settings import Settings


def settings_here(**told: object) -> "Settings":
    """The settings of this home and environment, and what the caller knows better.

    Raises:
        CliError: one can't be read; the sentence names it.
    """
    import tomllib

    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from farm.settings import Settings

    try:
        return Settings(**told)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise CliError(f"The farm's settings are wrong: {wrong}.", _WHERE) from error
    except (SettingsError, tomllib.TOMLDecodeError, OSError) as error:
        raise CliError(f"The farm's settings can't be read: {error}.", _WHERE) from error


_WHERE = "They are in bootfarm.toml in the farm's home and in BOOTFARM_ variables of the environment."


@contextmanager
def farm_here(settings: "Settings | None" = None) -> Iterator["Farm"]:
    """The farm, closed at the end; what is wrong with it leaves as a sentence."""
    from sqlalchemy.exc import SQLAlchemyError

    from farm.farm import Farm

    farm = Farm(settings or settings_here())
    try:
        with farm_errors():
            yield farm
        farm.db.dispose()
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise CliError(f"The farm's database failed: {reason}.", f"It is {_where(farm)}.", ExitCode.INFRA) from error
    except PermissionError as error:
        raise CliError(f"{error.filename}: {error.strerror}.", "Is this home yours?", ExitCode.INFRA) from error


def _where(farm: "Farm") -> str:
    from sqlalchemy.engine import make_url

    return make_url(farm.settings.sql_url).render_as_string(hide_password=True)
