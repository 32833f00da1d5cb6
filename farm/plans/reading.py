"""Reading a plan file: everything wrong with it is reported at once, and a good one knows where each value stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from farm.plans.model import Plan, PlanFile
from farm.plans.overrides import fork_warnings, guarded, layers, merged, places_below
from farm.plans.positions import Index, Position
from farm.plans.problems import PlanProblem, PlanRefused
from farm.plans.settings import settings
from farm.plans.syntax import parse_toml
from farm.plans.validation import Raw, contradictions, ref_problems, value_problems


@dataclass(frozen=True)
class ReadPlan:
    """A plan file that was read: the plan without any [on] table, and the places of all that was written."""

    plan: Plan
    file: str
    raw: Raw = field(repr=False)
    index: Index = field(repr=False, compare=False)

    def at(self, path: str) -> Position | None:
        """Where the value of a dotted path stands, such as `boot.machines[0]`; None when it isn't written."""
        return self.index.values.get(path)

    @property
    def origins(self) -> dict[str, str]:
        """Dotted key to `file:line`, or "default", for every key of the plan."""
        return {key: self.origin(self.plan, key) for key in settings(self.plan)}

    def origin(self, plan: Plan, key: str) -> str:
        """`file:line` of a key of `plan`, a plan of this file, or "default"."""
        place = self.place(plan, key)
        return place.origin if place else "default"

    def place(self, plan: Plan, key: str, item: str = "") -> Position | None:
        """Where a plan of this file got `key` from, or one `item` of it, such as "[0]"; None for a default."""
        source: Mapping[str, Position | None] = plan.overrides if key in plan.overrides else self.index.values
        return source.get(key + item) or source.get(key)

    def for_ref(
        self, ref: str | None, pull_request: bool = False, fork: bool = False, trusted: "ReadPlan | None" = None
    ) -> Plan:
        """The plan of a submission of `ref` (a full one, such as refs/heads/main), its [on] tables applied.

        A fork's pull request takes [attest] and [on] from `trusted`, the plan of the branch it wants to join; without
        one, from the default plan. A change to them in the fork comes back as CFG040 in `warnings` of the plan.
        """
        source = (trusted or read_plan("")) if fork else self
        raw = guarded(self.raw, source.raw) if fork else self.raw
        overrides: dict[str, Position | None] = {}
        if fork:
            overrides = {key: source.at(key) for key in settings(self.plan) if key.startswith("attest.")}
        for layer in layers(raw, ref, pull_request):
            raw = merged(raw, _tables(raw)[layer])
            overrides |= places_below(source.index, layer)
        warnings = fork_warnings(self.raw, source.raw, self.index, self.file) if fork else ()
        return _plan(raw, overrides, warnings)


def read_plan(text: str | bytes, *, file: str = ".bootfarm.toml") -> ReadPlan:
    """Read a plan file; an empty text is the default plan. Raises PlanRefused with every problem that was found."""
    raw, source = parse_toml(text, file)
    index = Index(source, file)
    found = list(_problems(raw, index, file))
    if found:
        raise PlanRefused(found)
    return ReadPlan(plan=_plan(raw, {}, ()), file=file, raw=raw, index=index)


def _problems(raw: Raw, index: Index, file: str) -> Iterator[PlanProblem]:
    try:
        PlanFile.model_validate(raw)
    except ValidationError as error:
        yield from value_problems(error, index, file)
    yield from ref_problems(raw, index, file)
    yield from contradictions(raw, (), index, file)
    for name, table in _tables(raw).items():
        yield from contradictions(merged(raw, table), ("on", name), index, file)


def _tables(raw: Raw) -> dict[str, Raw]:
    tables = raw.get("on")
    return {k: t for k, t in tables.items() if isinstance(t, Mapping)} if isinstance(tables, Mapping) else {}


def _plan(raw: Raw, overrides: Mapping[str, Position | None], warnings: tuple[PlanProblem, ...]) -> Plan:
    sections = {key: value for key, value in raw.items() if key != "on"}
    return Plan.model_validate({**sections, "overrides": dict(overrides), "warnings": warnings})
