"""The one map from what is known of a boot's evidence to its word, letter, shield and class (ux.md section 3).

A tier is never shown by the mark of a verdict: a boot may pass and prove nothing, or fail and prove it.
"""

from dataclasses import dataclass

from farm.asking.latest import ERROR, NEVER, SILENT


@dataclass(frozen=True)
class TierMark:
    """How a tier is shown; `letter` stands in the matrix."""

    word: str
    letter: str
    icon: str
    css: str


TIERS: dict[str, TierMark] = {
    "affirming": TierMark("affirming", "A", "affirming", "is-affirming"),
    "warning": TierMark("warning", "W", "warning", "is-warning"),
    "contraindicated": TierMark("contraindicated", "C", "contraindicated", "is-fail"),
    "none": TierMark("no evidence", "-", "unproven", "is-unproven"),
    # No tiers, but states of their own: silence must not look like health, our fault not like theirs.
    NEVER: TierMark("never attested", "-", "unproven", "is-unproven"),
    SILENT: TierMark("silent", "-", "unproven", "is-unproven"),
    ERROR: TierMark("verifier error", "E", "verifier-error", "is-infra"),
}


def tier_mark(tier: str) -> TierMark:
    """The mark of a tier; one that nobody has heard of is shown as it is, proving nothing."""
    return TIERS.get(tier) or TierMark(tier, "?", "unproven", "is-unproven")


PCR_SOURCES = {
    "quote": "The application's own TPM, quoted",
    "platform": "The machine's TPM, quoted by its platform key",
    "host": "As the lab host read them: its own word, signed by no TPM",
}


def pcr_source(source: str) -> str:
    """Who says a PCR value; what the host read is never shown without saying so."""
    return PCR_SOURCES.get(source, source)
