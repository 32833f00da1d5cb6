"""A plan as a flat list of dotted keys and values."""

from collections.abc import Iterator

from pydantic import BaseModel

from farm.plans.model import Plan

NOT_WRITTEN = {"overrides", "warnings"}  # fields that say how the plan was chosen; nobody can write them


def settings(plan: Plan) -> dict[str, object]:
    """Every key that a plan file may hold, with its value as JSON would show it, in the order of the model."""
    return dict(_leaves(plan, plan.model_dump(mode="json", exclude=NOT_WRITTEN), ""))


def _leaves(model: BaseModel, shown: dict[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for name, field in type(model).model_fields.items():
        key = field.alias or name
        if key not in shown:
            continue
        value, written = getattr(model, name), shown[key]
        if isinstance(value, BaseModel) and isinstance(written, dict):
            yield from _leaves(value, written, f"{prefix}{key}.")
        else:
            yield prefix + key, written
