"""What an appraisal is given: the evidence as it was collected, and what the farm expects of it. Pure values."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ReferenceState(StrEnum):
    """What people decided about a reference value. A digest that the farm has never heard of has no state at all."""

    PENDING = "pending"
    """Known to the farm (it built it, or saw it), but nobody has judged it yet."""
    APPROVED = "approved"
    """Good: evidence with it may be affirming."""
    RETIRED = "retired"
    """Was good; something better took its place, or a weakness was found."""
    DENIED = "denied"
    """Known to be bad: evidence with it is contraindicated."""


@dataclass(frozen=True, slots=True)
class Nonce:
    """The nonce that the farm made for this boot, before power-on. `used` says that an appraisal has consumed it."""

    value: bytes
    issued_at: datetime
    expires_at: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """The evidence of one boot, raw: serial bytes (b"" if none) and the files of the ESP (None if there was none)."""

    console: bytes = b""
    esp_attest: bytes | None = None
    esp_bind: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the farm knows about this boot, this machine and the images in question, at the moment of the appraisal.

    Digests are raw bytes. Whatever is unknown is None, or missing from its mapping; nothing unknown ever passes a step.
    """

    nonce: Nonce | None = None
    """None: the farm issued none for this boot."""
    image_digest: bytes | None = None
    """The image digest of this boot's artifact (firmware.md section 7), 32 bytes."""
    image: ReferenceState | None = None
    """The state of `image_digest`; None: it is no reference value."""
    modules: Mapping[bytes, ReferenceState] = field(default_factory=dict)
    """Other images and modules that the farm knows, by digest: what a staged module may be."""
    authenticode: bytes | None = None
    """Authenticode SHA-256 of this boot's EFI file: the exact PCR[4] follows from it."""
    platform_ak: bytes | None = None
    """TPMT_PUBLIC of the platform key pinned for this machine at enrolment."""
    firmware: Mapping[int, Mapping[bytes, ReferenceState]] = field(default_factory=dict)
    """Values of PCR 0, 2 and 7 known for this machine's firmware, by PCR and value."""
    seen: Container[bytes] = frozenset()
    """SHA-256 of every TPMS_ATTEST appraised before, in any boot."""
    machine: str = ""
    """Name of the machine, set by the farm and never read from the guest; for sentences only."""
    host: str = ""
    """Name of the host that made the machine (its worker); for the statement of trust."""
    tags: frozenset[str] = frozenset()
    """Tags of the machine: a policy may ask more of some."""
