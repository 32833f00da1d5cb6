"""The domain of a boot farm: SQL, files, time and rules. It knows neither HTTP nor machines."""

from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _installed


@cache
def version() -> str:
    """The version of this distribution, "dev" where it is not installed."""
    try:
        return _installed("bootfarm")
    except PackageNotFoundError:
        return "dev"
