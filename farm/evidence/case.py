"""What the steps of one appraisal share: what came in, and what earlier steps have read of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from farm.evidence.inputs import Expected, Received
from farm.evidence.policy import Policy

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from farm.evidence.blocks import Catt1, Cbnd1, PcrValues
    from farm.evidence.event_log import EventLog
    from farm.evidence.tpm_attest import Attest, Selection
    from farm.evidence.tpm_public import EccPublic

Shown = str | bytes | Callable[[], str]
"""What a step expected or found: text, bytes to be shown in hexadecimal, or how to say it, asked only when read."""
Finding = tuple[bool, Shown, Shown, str]
"""Whether a step holds, what it expected, what it found, and a detail where it does not hold."""


class Quote:
    """One quote and the key that signed it: the application's own, or the machine's outer one."""

    __slots__ = ("attest", "attest_bytes", "key", "key_bytes", "pcrs", "public", "rules", "signature")

    attest: "Attest"
    public: "EccPublic"
    key: "EllipticCurvePublicKey"

    def __init__(self, rules: "QuoteRules", block: "Catt1 | Cbnd1") -> None:
        """Nothing is read yet but the block that carried it."""
        self.rules = rules
        self.key_bytes = block.ak_public
        self.attest_bytes = block.attest
        self.signature = block.signature
        self.pcrs: PcrValues = block.pcrs


@dataclass(frozen=True, slots=True)
class QuoteRules:
    """In what the two quotes differ: the hierarchy of the key, and the PCRs that must be signed."""

    hierarchy: bytes
    hierarchy_name: str
    selection: "Selection"
    indexes: tuple[int, ...]


@dataclass(slots=True)
class Case:
    """One appraisal on its way. A field below `at` is set by the step that read it; no later step runs without."""

    evidence: Received
    expected: Expected
    policy: Policy
    at: datetime
    since: int = 0
    console_block: bytes | None = None
    console_bind: bytes | None = None
    catt1: "Catt1" = field(init=False)
    cbnd1: "Cbnd1" = field(init=False)
    inner: Quote = field(init=False)
    outer: Quote = field(init=False)
    attest_digest: bytes = field(init=False)
    log: "EventLog" = field(init=False)
    weight: int = 99
    """The trustworthiness value that the failing step calls for (AR4SI); 99 unless the step says otherwise."""
