"""The text of a policy: a small TOML file, read as strictly as a plan, with every mistake at its line and column."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from farm.errors import BadRequest
from farm.evidence.inputs import ReferenceState
from farm.evidence.policy import Policy
from farm.evidence.results import Tier
from farm.evidence.step_names import ALL
from farm.plans.durations import HOW_TO_WRITE, parse_duration
from farm.plans.positions import Index, dotted
from farm.plans.problems import PlanProblem, PlanRefused, nearest, problem, quoted
from farm.plans.syntax import parse_toml

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+/-]{0,99}")
_TIERS = ("affirming", "warning", "none")
_STATES = tuple(state.value for state in ReferenceState if state is not ReferenceState.DENIED)
_LONGEST_AGE = timedelta(days=366)


class PolicyRefused(BadRequest):
    """The policy can't be used. `problems` holds every mistake that was found, in the order of the text."""

    code = "policy-refused"

    def __init__(self, problems: list[PlanProblem]) -> None:
        """There must be one."""
        self.problems = sorted(problems, key=lambda one: (one.line, one.column))
        first = self.problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(
            f"{first.file}: {first.headline}{more}",
            next_step="Mend the policy and try again; docs/policies.md has all keys.",
            details=[one.model_dump() for one in self.problems],
        )


def parse(text: str, file: str) -> Policy:
    """The policy that `text` says; see `Policy.parse`."""
    try:
        raw, source = parse_toml(text, file)
    except PlanRefused as refused:
        raise PolicyRefused(refused.problems) from None
    problems = list(_problems(raw, Index(source, file), file))
    if problems:
        raise PolicyRefused(problems)
    return _policy(raw, text)


def _policy(raw: Mapping[str, object], text: str) -> Policy:
    """From values that `_problems` found nothing wrong with."""
    known: dict[str, object] = {"name": raw["name"], "text": text}
    if "require" in raw:
        known["require"] = Tier(str(raw["require"]))
    if "steps" in raw:
        known["steps"] = tuple(dict.fromkeys(_items(raw["steps"])))
    if "images" in raw:
        known["images"] = frozenset(map(ReferenceState, _items(raw["images"])))
    if "machines" in raw:
        known["machines"] = {tag: Tier(str(tier)) for tag, tier in _table(raw["machines"]).items()}
    if "max_age" in raw:
        known["max_age"] = parse_duration(str(raw["max_age"]))
    return Policy(**known)  # type: ignore[arg-type]  # each was checked by its rule above


def _items(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _problems(raw: Mapping[str, object], index: Index, file: str) -> Iterator[PlanProblem]:
    def refuse(code: str, path: tuple[str | int, ...], sentence: str, hint: str = "") -> PlanProblem:
        place = (index.keys if code == "CFG001" else index.values).get(dotted(path))
        return problem(code, sentence, place or index.values.get(dotted(path[:1])), file=file, suggestion=hint)

    if "name" not in raw:
        yield refuse("CFG002", ("name",), 'the policy has no name; write name = "…"')
    for key, value in raw.items():
        if key not in _RULES:
            hint = nearest(key, _RULES)
            advice = f"did you mean {quoted(hint)}?" if hint else f"known are {', '.join(_RULES)}"
            yield refuse("CFG001", (key,), f"unknown key {quoted(key)}; {advice}", hint)
            continue
        for path, sentence, hint in _RULES[key](value):
            yield refuse("CFG002", (key, *path), f"{dotted((key, *path))} {sentence}", hint)


Wrong = tuple[tuple[str | int, ...], str, str]
"""Where below its key a value is wrong, the end of a sentence about it, and what was most likely meant."""


def _name(value: object) -> Iterator[Wrong]:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        yield (), f"is {quoted(value)}; write lower-case letters, digits, dots and dashes, at most 63", ""


def _one_of(words: tuple[str, ...]) -> Callable[[object], Iterator[Wrong]]:
    def rule(value: object) -> Iterator[Wrong]:
        if not isinstance(value, str) or value not in words:
            hint = nearest(value, words) if isinstance(value, str) else ""
            known = "the name of a step" if len(words) > 9 else " or ".join(map(quoted, words))
            yield (), f"is {quoted(value)}; write {known}", hint

    return rule


def _state(value: object) -> Iterator[Wrong]:
    if value == ReferenceState.DENIED.value:
        yield (), 'is "denied"; a denied value never counts as known', ""
    else:
        yield from _one_of(_STATES)(value)


def _list_of(rule: Callable[[object], Iterator[Wrong]], least: int) -> Callable[[object], Iterator[Wrong]]:
    def rules(value: object) -> Iterator[Wrong]:
        if not isinstance(value, list) or len(value) < least:
            yield (), f"is {quoted(value)}; write a list{' of at least one' if least else ''}", ""
            return
        for number, item in enumerate(value):
            yield from (((number, *path), sentence, hint) for path, sentence, hint in rule(item))

    return rules


def _machines(value: object) -> Iterator[Wrong]:
    if not isinstance(value, Mapping):
        yield (), f'is {quoted(value)}; write a table, such as {{ nuc = "affirming" }}', ""
        return
    for tag, tier in value.items():
        if not _TAG.fullmatch(tag):
            yield (tag,), "is no tag: letters, digits and _ . + / -, at most 100", ""
        yield from (((tag, *path), sentence, hint) for path, sentence, hint in _one_of(_TIERS)(tier))


def _age(value: object) -> Iterator[Wrong]:
    try:
        age = parse_duration(value) if isinstance(value, str) else None
    except ValueError:
        age = None
    if age is None:
        yield (), f"is {quoted(value)}; write {HOW_TO_WRITE}", ""
    elif not timedelta(seconds=1) <= age <= _LONGEST_AGE:
        yield (), f"is {quoted(value)}; write 1s to {_LONGEST_AGE.days * 24}h", ""


_RULES: Mapping[str, Callable[[object], Iterator[Wrong]]] = {
    "name": _name,
    "require": _one_of(_TIERS),
    "steps": _list_of(_one_of(tuple(ALL)), 0),
    "images": _list_of(_state, 1),
    "machines": _machines,
    "max_age": _age,
}
