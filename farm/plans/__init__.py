"""The plan file: read it, choose the plan of a ref, expand it to boots. The language is in docs and in `model.py`."""

from farm.plans.durations import format_duration, parse_duration
from farm.plans.effective import effective
from farm.plans.machines import TIERS, MachineFacts, best_tier
from farm.plans.matrix import Expansion, PlannedBoot, expand
from farm.plans.model import Allow, Attest, Boot, Build, Exclude, Pass, Plan, PlanFile, default_plan, recipe
from farm.plans.positions import Position
from farm.plans.problems import CODES, REQUEST, PlanProblem, PlanRefused
from farm.plans.reading import ReadPlan, read_plan
from farm.plans.selector_grammar import Selector

__all__ = [
    "CODES",
    "REQUEST",
    "TIERS",
    "Allow",
    "Attest",
    "Boot",
    "Build",
    "Exclude",
    "Expansion",
    "MachineFacts",
    "Pass",
    "Plan",
    "PlanFile",
    "PlanProblem",
    "PlanRefused",
    "PlannedBoot",
    "Position",
    "ReadPlan",
    "Selector",
    "best_tier",
    "default_plan",
    "effective",
    "expand",
    "format_duration",
    "parse_duration",
    "read_plan",
    "recipe",
]
