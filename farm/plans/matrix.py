"""From a plan and the farm's machines to the boots it asks for.

`machines`, `firmware`, `images`, `files` and `by` multiply. A selector of names and tags gives one target per machine,
and a machine that two selectors match is one target; a selector of a pool gives one target: any one machine of it. A
machine that lacks a firmware that others have is passed over with a warning, since "all of rack1 with these two" is
meant so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from farm.plans.checks import Case, empty_negations, errors, out_of_service
from farm.plans.exclusion import Exclusion, remainder
from farm.plans.machines import MachineFacts
from farm.plans.model import Plan
from farm.plans.problems import PlanProblem, PlanRefused, quoted
from farm.plans.reading import ReadPlan
from farm.plans.selector_grammar import Selector
from farm.plans.targets import Target, ranges, targets

HIGHEST_MAX_BOOTS = 1000
MOST_CONSIDERED = 20_000  # combinations looked at before exclusions; twenty times the highest max_boots


@dataclass(frozen=True, kw_only=True)
class PlannedBoot:
    """One boot to make.

    `machine` None is any one machine of `selector`, `firmware` None the default of the machine that is picked, `image`
    None the first artifact of the build. `files` are put on the boot medium: text by path.
    """

    selector: str
    machine: str | None
    firmware: str | None
    image: str | None
    by: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Expansion:
    """The boots of a plan, in the order of the plan, and what its author should know about them."""

    boots: tuple[PlannedBoot, ...]
    warnings: tuple[PlanProblem, ...] = ()


def expand(read_plan: ReadPlan, plan: Plan, machines: Sequence[MachineFacts]) -> Expansion:
    """All boots that `plan`, one of `read_plan`, asks for. Raises PlanRefused with CFG010, 011, 020, 021 and 030."""
    selectors = tuple(Selector.parse(text) for text in plan.boot.machines)
    case = Case(read_plan, plan, tuple(machines), selectors, tuple(targets(selectors, machines)))
    if refused := list(errors(case)):
        raise PlanRefused(refused)
    matrix = _Matrix(case)
    warnings = [*plan.warnings, *out_of_service(case), *empty_negations(case), *matrix.warnings()]
    return Expansion(matrix.boots, tuple(dict.fromkeys(warnings)))


class _Matrix:
    """The product of a plan's lists, and the accounts of what was left out of it."""

    def __init__(self, case: Case) -> None:
        lists = case.plan.boot
        self._case = case
        self._exclusions = [Exclusion.read(*numbered, case.machines) for numbered in enumerate(lists.exclude)]
        self._used: set[int] = set()
        self._lacking: dict[str, set[str]] = {}
        # Not as sets, since boots keep the order of the plan.
        firmware, images = tuple(dict.fromkeys(lists.firmware)), tuple(dict.fromkeys(lists.images))
        self._sizes = (len(case.targets), len(firmware) or 1, len(images) or 1, len(lists.files) or 1)
        self._combinations = prod(self._sizes) * len(lists.by)
        if self._combinations > MOST_CONSIDERED:
            raise PlanRefused([self._too_many(self._combinations)])
        wanted = product(case.targets, firmware or (None,), images or (None,), lists.files or ({},), lists.by)
        self.boots = tuple(boot for combination in wanted if (boot := self._planned(*combination)))
        self._refuse_bad_counts()

    def _planned(
        self, target: Target, firmware: str | None, image: str | None, files: Mapping[str, str], by: str
    ) -> PlannedBoot | None:
        candidates = [machine for machine in target.machines if firmware is None or firmware in machine.firmware]
        if not candidates:
            self._lacking.setdefault(firmware or "", set()).update(machine.name for machine in target.machines)
            return None
        left = remainder(target, candidates, firmware, image, self._exclusions)
        self._used |= left.cut_by
        if left.selector is None:
            return None
        machine = target.machine
        used = firmware or (next(iter(machine.firmware), None) if machine else None)
        name = machine.name if machine else None
        return PlannedBoot(selector=left.selector, machine=name, firmware=used, image=image, by=by, files=files)

    def _refuse_bad_counts(self) -> None:
        if not self.boots:
            what = f"all {self._combinations} combinations" if self._combinations > 1 else "the only combination"
            raise PlanRefused([self._case.problem("CFG021", f"boot.exclude removes {what}", "boot.exclude")])
        if len(self.boots) > self._case.plan.boot.max_boots:
            raise PlanRefused([self._too_many(len(self.boots))])

    def _too_many(self, count: int) -> PlanProblem:
        machines, firmware, images, files = self._sizes
        sizes = f"{machines} machine{'s' if machines > 1 else ''} x {firmware} firmware"
        sizes += f" x {images} images" if images > 1 else ""
        sizes += f" x {files} sets of files" if files > 1 else ""
        sizes += f", less {self._combinations - count} left out," if count < self._combinations else ""
        setting = f"max_boots = {count}"
        advice = f", or set {setting}" if count <= HIGHEST_MAX_BOOTS else ""
        over = f"over max_boots {self._case.plan.boot.max_boots}"
        message = f"{sizes} = {count} boots, {over}; narrow boot.machines{advice}"
        return self._case.problem("CFG020", message, "boot", suggestion=setting if advice else "")

    def warnings(self) -> Iterator[PlanProblem]:
        """Firmware that some machines lack, and exclusions that exclude nothing."""
        for firmware, names in self._lacking.items():
            message = f"firmware {quoted(firmware)} is not on {ranges(names)}; not booted there"
            number = self._case.plan.boot.firmware.index(firmware)
            yield self._case.problem("CFG011", message, "boot.firmware", f"[{number}]")
        for exclusion in self._exclusions:
            if exclusion.number not in self._used:
                message = f"boot.exclude[{exclusion.number}] excludes nothing"
                yield self._case.problem("CFG021", message, "boot.exclude", f"[{exclusion.number}]")
