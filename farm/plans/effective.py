"""The effective plan: every value with where it came from, for `check --effective` and the submit page."""

from farm.plans.model import Plan
from farm.plans.reading import ReadPlan
from farm.plans.settings import settings


def effective(read_plan: ReadPlan, plan: Plan) -> list[tuple[str, object, str]]:
    """Dotted key, JSON value and origin (`file:line` or "default") of every key; `plan` is one of `read_plan`."""
    return [(key, value, read_plan.origin(plan, key)) for key, value in settings(plan).items()]
