"""Ids that people type: `boot-12`, `build-3`, `submission-7`; a bare number where the kind is implied."""

import re
from dataclasses import dataclass
from typing import Literal

from cli.errors import CliError

Kind = Literal["boot", "build", "submission"]
_ID = re.compile(r"(?:(?P<kind>boot|build|submission)-)?(?P<number>[1-9][0-9]{0,17})")


@dataclass(frozen=True)
class JobId:
    """What an id names."""

    kind: Kind
    number: int

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.kind}-{self.number}"

    @property
    def path(self) -> str:
        """Its place in the API, below /api/v1."""
        return f"/{self.kind}s/{self}"


def job_id(text: str, implied: Kind = "boot", allowed: tuple[Kind, ...] = ("boot", "build", "submission")) -> JobId:
    """Read an id.

    Raises:
        CliError: it is none, or of a kind that has no such thing.
    """
    match = _ID.fullmatch(text)
    if match is None:
        raise CliError(f'"{text[:60]}" is not an id.', f"Ids look like {implied}-12, or 12 for a {implied}.")
    for kind in allowed:
        if kind == (match["kind"] or implied):
            return JobId(kind, int(match["number"]))
    raise CliError(f"This works on a {' or '.join(allowed)}, and {text} is a {match['kind']}.")
