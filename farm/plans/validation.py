"""From pydantic's errors, and from keys that contradict each other, to problems with a place and a sentence."""

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from farm.plans.model import Overlay, PlanFile
from farm.plans.positions import Index, Part, Position, dotted
from farm.plans.problems import MOST_SHOWN, PlanProblem, nearest, problem, quoted

Raw = Mapping[str, object]
# What git allows in a ref (git-check-ref-format), as far as a mistyped one would show it.
FULL_REF = re.compile(r"refs/(?!.*(?:\.\.|//|@\{))[^\x00-\x20~^:?*\[\\\x7f]+(?<![/.])")
CARGO_KEYS = ("package", "features", "args")


def value_problems(error: ValidationError, index: Index, file: str) -> Iterator[PlanProblem]:
    """One problem for each error that the model found, as many as are shown at all."""
    for details in error.errors(include_url=False)[:MOST_SHOWN]:
        if details["type"] == "extra_forbidden":
            yield _unknown_key(details["loc"], index, file)
        else:
            yield _wrong_value(details, index, file)


def _unknown_key(loc: tuple[Part, ...], index: Index, file: str) -> PlanProblem:
    *parent, name = loc
    known = [field.alias or key for key, field in _model_at(tuple(parent)).model_fields.items()]
    section = dotted(tuple(part for part in parent if isinstance(part, str)))
    where = f"in [{section}]" if section else "at the top level"
    hint = nearest(str(name), known)
    advice = f"did you mean {quoted(hint)}?" if hint else f"known are {', '.join(known)}"
    message = f"unknown key {quoted(name)} {where}; {advice}"
    return problem("CFG001", message, index.keys.get(dotted(loc)), file=file, suggestion=hint)


def _wrong_value(details: ErrorDetails, index: Index, file: str) -> PlanProblem:
    path, place = _place(details["loc"], index)
    context = details.get("ctx", {})
    field = _field_at(details["loc"])
    message = context.get("sentence") or f"{path} {_said(details, field)}"
    suggestion = context.get("suggestion") or _nearest_choice(details)
    if place and context.get("offset", -1) >= 0:
        place = inside_string(place, str(details["input"]), context["offset"])
    return problem(context.get("code", "CFG002"), message, place, file=file, suggestion=suggestion)


def _said(details: ErrorDetails, field: FieldInfo | None) -> str:
    """What the value is, and what to write."""
    value, context = details["input"], details.get("ctx", {})
    if details["type"] in ("string_too_long", "too_long"):
        unit = "characters" if isinstance(value, str) else "items"
        return f"has {len(value)} {unit}; {context['max_length']} at most"
    tail = context.get("tail") or (f"write {field.description}" if field else "something else is needed here")
    return f"is {quoted(value)}; {tail}"


def _nearest_choice(details: ErrorDetails) -> str:
    """The closest of the words that a field takes, where it takes only some words."""
    choices = re.findall(r"'([^']*)'", details.get("ctx", {}).get("expected", ""))
    return nearest(details["input"], choices) if isinstance(details["input"], str) else ""


def _place(loc: tuple[Part, ...], index: Index) -> tuple[str, Position | None]:
    """The path and place of a value. A lone string that stands for a list of one has no place for its item."""
    while loc and isinstance(loc[-1], int) and dotted(loc) not in index.values:
        loc = loc[:-1]
    return dotted(loc), index.values.get(dotted(loc))


def inside_string(place: Position, text: str, offset: int) -> Position:
    """The place of one character of a string value; the whole string where escapes make columns differ."""
    if place.source_line[place.column : place.column + len(text)] != text:
        return place
    return place.model_copy(update={"column": place.column + 1 + offset, "length": 1})


def _model_at(loc: tuple[Part, ...]) -> type[BaseModel]:
    if len(loc) == 2 and loc[0] == "on":
        return Overlay
    field = _field_at(loc)
    return (_model_of(field.annotation) if field else None) or PlanFile


def _field_at(loc: tuple[Part, ...]) -> FieldInfo | None:
    """The field of the model that the path leads to; a path into a list leads to the list's field."""
    model: type[BaseModel] | None = PlanFile
    field: FieldInfo | None = None
    names = [part for part in loc if isinstance(part, str)]
    if names[:1] == ["on"] and len(names) > 2:
        model, names = Overlay, names[2:]
    for name in names:
        found = next((f for key, f in (model.model_fields if model else {}).items() if (f.alias or key) == name), None)
        if found is None:
            return field
        field, model = found, _model_of(found.annotation)
    return field


def _model_of(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for inner in get_args(annotation) if (model := _model_of(inner))), None)


def ref_problems(raw: Raw, index: Index, file: str) -> Iterator[PlanProblem]:
    """[on] tables whose name can never be met: they would be silent."""
    tables = raw.get("on")
    for name in tables if isinstance(tables, Mapping) else ():
        if name == "pull_request" or FULL_REF.fullmatch(name):
            continue
        hint = nearest(name, ["pull_request"]) or f"refs/heads/{name}"
        known = "pull_request and full refs are known"
        message = f"unknown key {quoted(name)} in [on]; {known}, did you mean {quoted(hint)}?"
        yield problem("CFG001", message, index.keys.get(dotted(("on", name))), file=file, suggestion=hint)


def contradictions(raw: Raw, prefix: tuple[str, ...], index: Index, file: str) -> Iterator[PlanProblem]:
    """Keys that can't stand together in `raw`, a plan with the override of `prefix` merged into it."""

    def refuse(key: str, message: str) -> PlanProblem:
        place = index.keys.get(dotted((*prefix, *key.split(".")))) or index.keys.get(key)
        return problem("CFG004", message, place, file=file)

    build, passing = (raw.get(name) for name in ("build", "pass"))
    if isinstance(build, Mapping) and "command" not in build and "artifacts" in build:
        why = "build.artifacts without build.command: cargo itself says what it made, so there is nothing to look for"
        yield refuse("build.artifacts", why)
    if isinstance(build, Mapping) and "command" in build:
        for key in (key for key in CARGO_KEYS if key in build):
            why = f"build.{key} is for cargo, but build.command replaces cargo; put it into the command"
            yield refuse(f"build.{key}", why)
    if isinstance(passing, Mapping) and "within" in passing and "line" not in passing:
        why = "pass.within without pass.line: it is the time until that line comes; for the whole boot set boot.timeout"
        yield refuse("pass.within", why)
