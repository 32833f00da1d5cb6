"""Evidence: what a boot left, raw (`files.py`), and the verifier that judges it (`appraisal.py` and all else here).

The files are rows of the database, the verifier is pure: so the names below are loaded with the first use, and whoever
only judges, such as `bootfarm attest verify --offline`, never loads the database.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from farm.evidence.files import Evidence, of_boot, one, record

__all__ = ["Evidence", "of_boot", "one", "record"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from farm.evidence import files

    return getattr(files, name)
