"""An appraisal's steps and facts as the JSON that its row keeps. Bytes are lower-case hex.

The events of the machine's log are left out: they are in the raw evidence, and would be most of the row.
"""

from collections.abc import Collection, Sequence
from typing import Any

from farm.appraisals.met import Met
from farm.evidence.results import Facts, Step


def steps_json(steps: Sequence[Step]) -> list[dict[str, str]]:
    """One object per step: name, outcome, expected, actual, detail; empty texts are left out."""
    return [{key: value for key, value in _step(one).items() if value} for one in steps]


def _step(one: Step) -> dict[str, str]:
    return {
        "name": one.name,
        "outcome": one.outcome,
        "expected": one.expected,
        "actual": one.actual,
        "detail": one.detail,
    }


def facts_json(
    facts: Facts, met: Sequence[Met], *, enrolled: str, fault: str, tags: Collection[str], pool: str
) -> dict[str, Any]:
    """What was proven, the values that were met with their states, the machine's key (`enrolled`); no unknowns.

    The machine's `tags` are there also if it has none, and its `pool`: a later run goes by those of the first.
    """
    found: dict[str, Any] = {
        "nonce": _hex(facts.nonce),
        "measurements": [one.hex() for one in facts.measurements],
        "pcrs": [[pcr, value.hex()] for pcr, value in facts.pcrs],
        "platform_pcrs": [[pcr, value.hex()] for pcr, value in facts.platform_pcrs],
        "clock": facts.clock,
        "safe": facts.safe,
        "references": [[one.id, one.kind, one.state, one.pcr] for one in met],
        "enrolled": enrolled,
        "fault": fault,
    }
    return {key: value for key, value in found.items() if value not in (None, [], "")} | {
        "tags": sorted(tags),
        "pool": pool,
    }


def _hex(value: bytes | None) -> str | None:
    return value.hex() if value else None
