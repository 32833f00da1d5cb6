"""What the command says when it can't go on: one sentence, what to do next, and the exit status."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from cli.exit_codes import ExitCode
from cli.text import clean

_OF_HTTP = {
    401: ExitCode.NOT_ALLOWED,
    403: ExitCode.NOT_ALLOWED,
    404: ExitCode.NOT_FOUND,
    410: ExitCode.NOT_FOUND,
    429: ExitCode.INFRA,
    502: ExitCode.UNREACHABLE,
    504: ExitCode.UNREACHABLE,
}
_TEXTS = {"policy-refused": "policy"}  # what has problems at lines; all else that has is a plan


class CliError(click.ClickException):
    """An end that its reader can do something about. `problem` is the code of the farm's problem, if it was one."""

    def __init__(self, message: str, next_step: str = "", code: int = ExitCode.USAGE, problem: str = "") -> None:
        """`message` is a sentence; `next_step` another, on a line of its own."""
        super().__init__(message)
        self.next_step = next_step
        self.exit_code = int(code)  # type: ignore[misc]  # click declares a class variable and reads the instance
        self.problem = problem

    def show(self, file: IO[Any] | None = None) -> None:
        """The sentence, and the next step under it, to stderr."""
        for text in (f"bootfarm: {self.message}", self.next_step):
            if text:
                click.echo(text, err=True)


def from_problem(status: int, problem: dict[str, Any]) -> CliError:
    """An RFC 9457 answer of the farm."""
    code = _OF_HTTP.get(status, ExitCode.INFRA if status >= 500 else ExitCode.USAGE)
    sentence = str(problem.get("detail") or problem.get("title") or f"The farm answered with HTTP {status}.")
    found = [one for one in problem.get("errors") or [] if isinstance(one, dict) and "message" in one]
    if any(str(one["message"]) in sentence for one in found):
        # What it would say of the first is said below of each.
        sentence = f"The {_TEXTS.get(str(problem.get('code')), 'plan')} can't be used:"
    message = "\n".join([clean(sentence), *map(_place, found)])
    return CliError(message, clean(str(problem.get("next_step", ""))), code, str(problem.get("code", "")))


def _place(error: dict[str, Any]) -> str:
    """One of a plan's problems as `file:line:column: code sentence`; what was asked for beside it has no line."""
    where = str(error.get("file", "plan"))
    if error.get("line"):
        where += f":{error['line']}:{error.get('column', 0)}"
    hint = f"\n    try: {error['suggestion']}" if error.get("suggestion") else ""
    return "  " + clean(f"{where}: {error.get('code', '')} {error['message']}") + hint


@contextmanager
def farm_errors() -> Iterator[None]:
    """Around calls into `farm` itself: its errors leave as sentences too."""
    from farm.errors import BadRequest, Conflict, FarmError, NotAllowed, NotFound, NotLoggedIn

    codes = {
        BadRequest: ExitCode.USAGE,
        Conflict: ExitCode.USAGE,
        NotFound: ExitCode.NOT_FOUND,
        NotAllowed: ExitCode.NOT_ALLOWED,
        NotLoggedIn: ExitCode.NOT_ALLOWED,
    }
    try:
        yield
    except FarmError as error:
        code = next((code for family, code in codes.items() if isinstance(error, family)), ExitCode.INFRA)
        raise CliError(error.message, error.next_step, code, error.code) from error
