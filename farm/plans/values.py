"""The kinds of value a plan holds, each with its rule.

A rule raises a PydanticCustomError whose context holds the end of a sentence that starts with key and value;
`validation.py` puts place and sentence together.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from farm.plans.durations import format_duration, parse_duration, suggested_duration
from farm.plans.problems import PlanRefused, quoted
from farm.plans.selector_grammar import Selector

LONGEST_LIST = 100  # items; lists multiply, so a longer one is a mistake before it is a plan
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def wrong(tail: str, *, code: str = "CFG002", suggestion: str = "", sentence: str = "", offset: int = -1) -> Exception:
    """An error about a value. `tail` ends the sentence, `sentence` replaces all of it, `offset` is in the string."""
    context = {"code": code, "tail": tail, "suggestion": suggestion, "sentence": sentence, "offset": offset}
    return PydanticCustomError("plan", "{tail}", context)


def duration(shortest: str, longest: str) -> Callable[[object], timedelta]:
    """A rule that reads a duration between two bounds, both allowed."""

    def read(value: object) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            # A bare number takes the same way as bad text: both lack a unit.
            read_value = parse_duration(value if isinstance(value, str) else "")
        except ValueError as reason:
            raise wrong(str(reason), suggestion=suggested_duration(value)) from None
        if read_value < parse_duration(shortest):
            raise wrong(f"the shortest is {shortest}", suggestion=f'"{shortest}"')
        if read_value > parse_duration(longest):
            raise wrong(f"the longest is {longest}", suggestion=f'"{longest}"')
        return read_value

    return read


def one_or_many(value: object) -> object:
    """A lone string is a list of one."""
    return [value] if isinstance(value, str) else value


def no_control(text: str) -> str:
    """Refuse control characters other than tab and newline: no program's argument or console line holds them."""
    if UNPRINTABLE.search(text):
        raise wrong("control characters are refused")
    return text


def marker(text: str) -> str:
    """A piece of one console line."""
    if "\n" in text:
        raise wrong("a marker is looked for within one line; write several as a list")
    return no_control(text)


def path_inside(path: str) -> str:
    """A path that can't leave the source tree: relative, forward slashes, no `..`."""
    if path.startswith(("/", "~")):
        raise wrong("write a path relative to the root of the repository", suggestion=path.lstrip("~/"))
    if ".." in path.split("/"):
        raise wrong('".." is refused, since a build may not reach outside its source tree')
    if "\\" in path:
        raise wrong("write paths with forward slashes", suggestion=path.replace("\\", "/"))
    return no_control(path)


def selector(text: str) -> str:
    """A selector that can be read; kept as text, since text is what people and JSON share."""
    try:
        return Selector.parse(text).text
    except PlanRefused as refused:
        found = refused.problems[0]
        raise wrong("", code=found.code, sentence=found.message, offset=found.column - 1) from None


def one_or_many_tables(value: object) -> object:
    """A lone table is a list of one."""
    return [value] if isinstance(value, dict) else value


def medium_path(path: str) -> str:
    """A path on a FAT boot medium that is nobody else's: the farm puts the image, the nonce and the evidence there."""
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*", path):
        how = "write letters, digits, dots and dashes, such as a/b.txt"
        raise wrong(f"{quoted(path)} is no path for a boot medium; {how}")
    if path.upper().startswith(("EFI/BOOT", "CITADEL-")):
        raise wrong(f"{quoted(path)} is a file of the farm's own; choose another name")
    return path


def medium_files(files: dict[str, str]) -> dict[str, str]:
    """Files that can lie beside each other: FAT tells no case apart."""
    if len({path.upper() for path in files}) != len(files):
        raise wrong("two paths differ in nothing but upper and lower case")
    return files


def known_way(way: str) -> str:
    """How the image reaches the machine. Network boot is in the language, not yet in the labs."""
    if way in ("pxe", "http"):
        raise wrong('not available yet on this farm; use "disk"', code="CFG022", suggestion="disk")
    if way != "disk":
        raise wrong('write "disk", "pxe" or "http"')
    return way


def different(values: tuple[object, ...]) -> tuple[object, ...]:
    """The values without repeats, in the order written."""
    return tuple(dict.fromkeys(values))


Seconds = PlainSerializer(format_duration, return_type=str)
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Name = Annotated[Short, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+/-]*$")]
Line = Annotated[Short, AfterValidator(marker)]
Argument = Annotated[Short, AfterValidator(no_control)]
Command = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(no_control)]
Path = Annotated[Short, AfterValidator(path_inside)]
MediumPath = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(medium_path)]
MediumText = Annotated[str, StringConstraints(max_length=4000)]
MediumFiles = Annotated[dict[MediumPath, MediumText], Field(max_length=16), AfterValidator(medium_files)]
SelectorText = Annotated[Short, AfterValidator(selector)]
Way = Annotated[str, AfterValidator(known_way)]
_list = (BeforeValidator(one_or_many), Field(max_length=LONGEST_LIST))
Names = Annotated[tuple[Name, ...], *_list]
Lines = Annotated[tuple[Line, ...], *_list, AfterValidator(different)]
Arguments = Annotated[tuple[Argument, ...], *_list]
Paths = Annotated[tuple[Path, ...], *_list]
Selectors = Annotated[tuple[SelectorText, ...], *_list]
Ways = Annotated[tuple[Way, ...], *_list, AfterValidator(different)]
MediumFileSets = Annotated[tuple[MediumFiles, ...], BeforeValidator(one_or_many_tables), Field(max_length=LONGEST_LIST)]
Pcrs = Annotated[
    tuple[Annotated[int, Field(strict=True, ge=0, le=23)], ...], Field(max_length=24), AfterValidator(different)
]
BuildTime = Annotated[timedelta, BeforeValidator(duration("1s", "6h")), Seconds]
BootTime = Annotated[timedelta, BeforeValidator(duration("1s", "6h")), Seconds]
Silence = Annotated[timedelta, BeforeValidator(duration("1s", "1h")), Seconds]
Within = Annotated[timedelta, BeforeValidator(duration("1ms", "6h")), Seconds]
