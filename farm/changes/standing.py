"""What one appraisal says about a machine, as far as two of them are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from farm.evidence.results import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One side of a comparison. Digests and names are hex; what is unknown is "" or missing."""

    boot_id: int
    tier: Tier
    reason: str = ""  # the step that kept the tier from affirming
    image: str = ""  # SHA-256 of the file that was booted
    image_state: str = ""  # of its value, "" where it was none
    firmware: str = ""  # its name
    enrolment: str = ""  # Name of the platform key that the machine was enrolled with
    policy: str = ""  # SHA-256 of its text
    verifier: str = ""
    references: Mapping[str, str] = field(default_factory=dict)  # state of each value that was met, by its id
    approved_pcrs: frozenset[int] = frozenset()  # of the platform's, that showed an approved firmware value
    expected_pcr4: str = ""  # what a direct boot of the image leaves
    pcrs: Mapping[tuple[str, int], str] = field(default_factory=dict)  # value by source and number
