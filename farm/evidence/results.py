"""What an appraisal says: named steps, a tier, one sentence, a trustworthiness vector, and the facts proven."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Tier(StrEnum):
    """How far the evidence is to be trusted (ear_status of draft-ietf-rats-ear), best first."""

    AFFIRMING = "affirming"
    """Everything holds, and a platform key that the farm pinned vouches for the machine."""
    WARNING = "warning"
    """The evidence holds in itself, but something that vouches for it is missing or not approved."""
    CONTRAINDICATED = "contraindicated"
    """The evidence is broken, forged, or says that something bad ran."""
    NONE = "none"
    """There is no evidence, or the verifier failed: nothing is known."""

    @property
    def rank(self) -> int:
        """3 for affirming to 0 for contraindicated. None is above contraindicated: it is silence, not a bad sign."""
        return _RANKS[self]

    def reaches(self, required: "Tier") -> bool:
        """Whether this is as good as `required`; `none` requires nothing at all, not even good evidence."""
        return required is Tier.NONE or self.rank >= required.rank


_RANKS = {Tier.AFFIRMING: 3, Tier.WARNING: 2, Tier.NONE: 1, Tier.CONTRAINDICATED: 0}


class StepOutcome(StrEnum):
    """How one step ended. After the first `fail` all later steps are `not-run`."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NOT_RUN = "not-run"


class Step(NamedTuple):
    """One named check. `expected`, `actual` and `detail` are for people; any of them may be empty."""

    name: str
    outcome: StepOutcome
    expected: str = ""
    actual: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a TCG2 log. `words` describes it for people: only digests are measured, so never trust the words."""

    number: int
    pcr: int
    kind: str
    digest: bytes
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the evidence says, each only once the step that proves it has passed; None or () where not reached."""

    nonce: bytes | None = None
    image_digest: bytes | None = None
    measurements: tuple[bytes, ...] = ()
    pcrs: tuple[tuple[int, bytes], ...] = ()
    """(index, value) of the application's TPM, verified."""
    ak_name: bytes | None = None
    """Name of the application's attestation key: nameAlg and SHA-256, 34 bytes."""
    attest_digest: bytes | None = None
    """SHA-256 of TPMS_ATTEST: what `Expected.seen` is made of."""
    clock: int | None = None
    """Milliseconds, of the application's TPM."""
    safe: bool | None = None
    platform_pcrs: tuple[tuple[int, bytes], ...] = ()
    """(index, value) of the machine's TPM, verified."""
    platform_ak_name: bytes | None = None
    events: tuple[Event, ...] = ()
    """The first 1,000 events of the quoted PCRs, once the log replays to the values; numbers count in the whole log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """One run of the verifier.

    `steps` are those of attestation.md section 3 in order, then the parts of `binding`, named `binding-…`. `reason` is
    the name of the step that kept the tier from affirming: the first that failed, or `binding` where there was none;
    empty for affirming. `statement` is the sentence of trust. `vector` has the trustworthiness claims of EAR by name.
    """

    steps: tuple[Step, ...]
    tier: Tier
    reason: str
    statement: str
    vector: Mapping[str, int] = field(default_factory=dict)
    facts: Facts = Facts()
