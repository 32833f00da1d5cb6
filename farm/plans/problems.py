"""What is wrong with a plan, said so that its author can mend it at once: place, sentence, suggestion, help page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from farm.errors import BadRequest
from farm.plans.positions import Position

CODES: Mapping[str, str] = MappingProxyType(
    {
        "CFG001": "A key that the plan file doesn't know.",
        "CFG002": "A value of the wrong kind, form or size.",
        "CFG003": "The file can't be read as TOML.",
        "CFG004": "Keys that can't stand together.",
        "CFG010": "A selector that matches no machine, or none in service.",
        "CFG011": "A firmware that the farm, or the machines chosen, don't have.",
        "CFG012": "A selector that can't be read.",
        "CFG020": "More boots than max_boots allows.",
        "CFG021": "An exclusion that takes everything away, or nothing.",
        "CFG022": "A way to boot that this farm doesn't have yet.",
        "CFG030": "A required tier that a machine can't reach.",
        "CFG040": "A fork's pull request changed what only the trusted branch may say.",
    }
)
MOST_SHOWN = 100  # problems of one file; whoever has more has one mistake many times
LONGEST_VALUE = 60


class PlanProblem(BaseModel):
    """One error or warning. `line` and `column` count from 1 and are 0 where no line of a file is to blame."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    message: str
    file: str = ".bootfarm.toml"
    line: int = 0
    column: int = 0
    length: int = 1
    source_line: str = ""
    suggestion: str = ""

    @property
    def help_url(self) -> str:
        """The path of the help page of this code on the farm."""
        return f"/help/errors/{self.code}"

    @property
    def headline(self) -> str:
        """One line: code, line:column where there is one, sentence."""
        return f"{self.code} {self.line}:{self.column} {self.message}" if self.line else f"{self.code} {self.message}"

    def render(self) -> str:
        """The whole message as text, with the source line and a caret under the stretch that is meant."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        lines = [f"{place}: {self.code} {printable(self.message)}"]
        # One further than its end: where something is missing at the end of a line.
        if self.source_line.strip() and self.column <= len(self.source_line) + 1:
            lines += self._excerpt()
        if self.suggestion:
            lines.append(f"  try: {printable(self.suggestion)}")
        return "\n".join([*lines, f"  help: {self.help_url}"])

    def _excerpt(self) -> list[str]:
        number = str(self.line)
        # A tab in the source stays a tab under it, or the caret would stand elsewhere than the eye.
        indent = "".join(c if c == "\t" else " " for c in self.source_line[: self.column - 1])
        marks = "^" * max(1, min(self.length, len(self.source_line) - self.column + 1))
        return [f"  {number} | {printable(self.source_line)}", f"  {' ' * len(number)} | {indent}{marks}"]


REQUEST = "the request"  # the "file" of what was asked for beside the plan
MEND = {REQUEST: "Choose something else"}


class PlanRefused(BadRequest):
    """The plan can't be used. `problems` holds every mistake that was found, in the order of the file."""

    code = "plan-refused"

    def __init__(self, problems: Iterable[PlanProblem]) -> None:
        """Sort the problems as they stand in the file, without repeats. There must be one."""
        found = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))
        self.problems: list[PlanProblem] = found[:MOST_SHOWN]
        first = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        super().__init__(
            f"{first.file}: {first.headline}{more}",
            next_step=f"{MEND.get(first.file, 'Mend the plan and submit again')}; {first.help_url} explains.",
            details=[{**problem.model_dump(), "help": problem.help_url} for problem in self.problems],
        )


def problem(
    code: str, message: str, place: Position | None, *, file: str = ".bootfarm.toml", suggestion: str = ""
) -> PlanProblem:
    """A problem at a place, or about the whole `file` when no place is to blame."""
    where = place.model_dump() if place else {"file": file}
    return PlanProblem(code=code, message=message, suggestion=suggestion, **where)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word closest to this one, or an empty string when none is close."""
    # Very long words only cost time here: nobody mistypes a name of a page's length.
    return next(iter(get_close_matches(word[:80], list(known), n=1)), "")


def quoted(value: object) -> str:
    """A TOML value as a sentence shows it: a string in double quotes, cut when long."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            shown = value if len(value) <= LONGEST_VALUE else value[:LONGEST_VALUE] + "…"
            return json.dumps(shown, ensure_ascii=False)
        case int() | float():
            return str(value)[:LONGEST_VALUE]
        case Mapping():
            return "a table"
        case Sequence():
            return "a list" if value else "an empty list"
        case _:
            return "a date or time"


def printable(text: str) -> str:
    """Text that can't move a terminal's cursor or turn its direction: anything unprintable becomes U+FFFD."""
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
