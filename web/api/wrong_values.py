"""What is wrong with a request's values, in sentences of ours: pydantic's are for programmers of the farm."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

# By pydantic's name of the error; the braces are its context.
_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must look like the pattern {pattern}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "too_short": "must have at least {min_length} item(s)",
    "too_long": "must have at most {max_length} items",
    "none_required": "must be null",
    "datetime_type": "must be a time such as 2026-11-23T06:00:00Z",
    "datetime_parsing": "must be a time such as 2026-11-23T06:00:00Z",
    "datetime_from_date_parsing": "must be a time such as 2026-11-23T06:00:00Z",
    "timezone_aware": "must say its time zone, such as 2026-11-23T06:00:00Z",
}
_OTHERS = "has a value that the farm can't take"


def wrong_values(error: ValidationError, location: str, model: type[BaseModel] | None) -> list[dict[str, Any]]:
    """One entry for each wrong value: JSON pointer (RFC 6901), where it stands, the sentence, maybe a suggestion."""
    return [_wrong(one, location, model) for one in error.errors(include_url=False, include_input=False)]


def _wrong(one: Mapping[str, Any], location: str, model: type[BaseModel] | None) -> dict[str, Any]:
    place = one["loc"]
    entry: dict[str, Any] = {"pointer": pointer(place), "in": location}
    if one["type"] == "extra_forbidden":
        known = model.model_fields if model is not None and len(place) == 1 else {}
        return entry | unknown(str(place[-1]), known)
    return entry | {"detail": _sentence(one)}


def _sentence(one: Mapping[str, Any]) -> str:
    context = one.get("ctx", {})
    if one["type"] == "value_error":
        return f"can't be taken: {context['error']}"
    return _SENTENCES.get(one["type"], _OTHERS).format_map(context)


def unknown(name: str, known: Iterable[str]) -> dict[str, Any]:
    """What is said of a name that there isn't: the sentence, all that there are, and the nearest."""
    allowed = sorted(known)
    near = difflib.get_close_matches(name, allowed, n=1)
    entry: dict[str, Any] = {"detail": "is not known here", "allowed": allowed}
    return entry | ({"suggestion": near[0]} if near else {})


def pointer(place: Iterable[object]) -> str:
    """A JSON pointer; "" is the whole body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def sentence(entry: Mapping[str, Any]) -> str:
    """One wrong value for people."""
    name = str(entry["pointer"]).strip("/") or "The request"
    hint = f'; did you mean "{entry["suggestion"]}"?' if "suggestion" in entry else "."
    return f"{name} {entry['detail']}{hint}"
