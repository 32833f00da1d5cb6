"""Overrides: merging [on] tables into a plan, and what a fork's pull request may not change."""

from collections.abc import Mapping

from farm.plans.positions import Index, Position, dotted
from farm.plans.problems import PlanProblem, problem

Raw = Mapping[str, object]
TRUSTED_ONLY = ("attest", "on")


def merged(base: Raw, over: Raw) -> dict[str, object]:
    """`base` with `over` laid on it: tables merge key by key, anything else is replaced. Neither is changed."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def layers(raw: Raw, ref: str | None, pull_request: bool) -> list[str]:
    """The names of the [on] tables that apply, in order: the ref's first, so that a pull request has the last word."""
    tables = raw.get("on")
    wanted = [ref or ""] + (["pull_request"] if pull_request else [])
    return [name for name in wanted if isinstance(tables, Mapping) and name in tables]


def places_below(index: Index, layer: str) -> dict[str, Position | None]:
    """Where the values of one [on] table stand, under the plain keys that they override."""
    prefix = dotted(("on", layer)) + "."
    return {path.removeprefix(prefix): place for path, place in index.values.items() if path.startswith(prefix)}


def guarded(own: Raw, trusted: Raw) -> dict[str, object]:
    """A fork's plan with [attest] and [on] of the trusted branch."""
    kept = {key: value for key, value in own.items() if key not in TRUSTED_ONLY}
    return {**kept, **{key: trusted[key] for key in TRUSTED_ONLY if key in trusted}}


def fork_warnings(own: Raw, trusted: Raw, index: Index, file: str) -> tuple[PlanProblem, ...]:
    """CFG040 when the fork's file says something else about [attest] or [on] than the trusted one."""
    changed = [key for key in TRUSTED_ONLY if own.get(key, {}) != trusted.get(key, {})]
    if not changed:
        return ()
    message = (
        "fork pull request: [attest] and [on] are read from main; the change in this commit is shown but not applied"
    )
    place = next((index.keys[key] for key in changed if key in index.keys), None)
    return (problem("CFG040", message, place, file=file),)
