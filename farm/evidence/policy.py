"""What a policy asks of evidence: the values. How its text is read is in `policy_text.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from farm.evidence.inputs import ReferenceState
from farm.evidence.results import Tier

DEFAULT_POLICY = """\
name = "default"
require = "none"          # what is not required is appraised and shown all the same
images = ["approved"]     # states in which a reference value counts as known
steps = []                # steps that must pass, whatever the tier
max_age = "1h"            # from the nonce to the appraisal
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. `text` is what it was read from, `machines` maps a tag to the tier that machines with it must reach.

    `steps` names steps that must pass for the evidence to be anything but contraindicated, such as "binding".
    """

    name: str
    require: Tier = Tier.NONE
    steps: tuple[str, ...] = ()
    images: frozenset[ReferenceState] = frozenset({ReferenceState.APPROVED})
    machines: Mapping[str, Tier] = field(default_factory=dict)
    max_age: timedelta = timedelta(hours=1)
    text: str = ""

    @classmethod
    def parse(cls, text: str, *, file: str = "policy") -> "Policy":
        """Read a policy's TOML.

        Raises:
            PolicyRefused: with every problem, its line and column.
        """
        from farm.evidence.policy_text import parse

        return parse(text, file)

    def required(self, tags: frozenset[str]) -> Tier:
        """The tier that a machine with these tags must reach: the strictest of `require` and its tags'.

        Steps that must pass make it warning at least: whoever lacks one is contraindicated, or silent.
        """
        demanded = Tier.WARNING if self.steps else Tier.NONE
        return max(
            (self.require, demanded, *(tier for tag, tier in self.machines.items() if tag in tags)), key=_strictness
        )


def _strictness(tier: Tier) -> int:
    return (Tier.NONE, Tier.WARNING, Tier.AFFIRMING).index(tier)
