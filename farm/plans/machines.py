"""What a plan must know of the farm's machines: facts handed in, so that planning needs no database."""

from collections.abc import Mapping
from dataclasses import dataclass

TIERS = ("none", "warning", "affirming")


@dataclass(frozen=True, kw_only=True)
class MachineFacts:
    """One machine. The first of `firmware` is its default; `best_tier` is the best its attestation key can reach."""

    name: str
    pool: str = "default"
    tags: frozenset[str] = frozenset()
    firmware: tuple[str, ...] = ()
    best_tier: str = "warning"
    available: bool = True
    unavailable_reason: str = ""

    def reaches(self, tier: str) -> bool:
        """Whether the machine's key lets an appraisal end in `tier` or better."""
        return rank(self.best_tier) >= rank(tier)


def rank(tier: str) -> int:
    """How far up a tier stands; a tier that nobody has heard of proves nothing and ranks lowest."""
    return TIERS.index(tier) if tier in TIERS else 0


def best_tier(driver: str, options: Mapping[str, object]) -> str:
    """What a machine's key can prove at best: the worker of a virtual machine gives it a TPM whose key the farm pins,
    unless an operator switched that off; what comes of it depends on the boot."""
    return "affirming" if driver == "libvirt" and options.get("tpm") is not False else "warning"
