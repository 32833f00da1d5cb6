"""Why two appraisals of one machine differ. The closed list is that of ux.md section 0, in its order of likelihood.

A cause is given only where it explains: an image explains a PCR 4 only if it predicts the new value, and a firmware
explains its PCRs only if its name changed or somebody approved the new value. All else is unexplained, and looks so.
"""

from collections.abc import Mapping

from farm.changes.standing import Standing
from farm.changes.table import ChangeCause
from farm.evidence.results import Tier

# PCRs that the firmware fills before it starts an image (TCG PC Client Platform Firmware Profile, section 3.3.4).
_FIRMWARE_PCRS = frozenset({0, 1, 2, 3, 5, 6, 7})
_IMAGE_PCR, _MEASURED_PCR = 4, 10
_IMAGE, _NONCE, _REPLAY, _BINDING = "image", "nonce", "replay", "binding"
_PCR4, _FIRMWARE = "binding-pcr4", "binding-firmware"
# The steps that each cause can move; no other failure is its doing, or a forgery would be explained by whatever else
# changed at that time. A policy says how old a nonce and in which state an image may be, and demands steps that a lack
# of approval keeps from passing. A verifier decides about every step, so it is asked last and explains any.
_MOVES: Mapping[ChangeCause, frozenset[str]] = {
    ChangeCause.IMAGE: frozenset({_IMAGE}),
    ChangeCause.FIRMWARE: frozenset({_BINDING, _PCR4, _FIRMWARE}),
    ChangeCause.ENROLMENT: frozenset({_BINDING, "binding-ak-known"}),
    ChangeCause.POLICY: frozenset({_NONCE, _IMAGE, _REPLAY, _BINDING, _FIRMWARE}),
    ChangeCause.REFERENCE_VALUE: frozenset({_IMAGE, _FIRMWARE}),
}
_SILENT = "framing"  # the step that an image without evidence does not pass


def cause_of_tier(before: Standing, after: Standing) -> ChangeCause:
    """Why the tier changed: the first of the list that differs and can move the step that decided the worse tier."""
    worse = after if after.tier.rank < before.tier.rank else before
    if before.image != after.image and worse.reason == _SILENT and Tier.NONE in (before.tier, after.tier):
        return ChangeCause.IMAGE
    differs = {
        ChangeCause.IMAGE: before.image != after.image,
        ChangeCause.FIRMWARE: before.firmware != after.firmware,
        ChangeCause.ENROLMENT: before.enrolment != after.enrolment,
        ChangeCause.POLICY: before.policy != after.policy,
        ChangeCause.REFERENCE_VALUE: _decided_otherwise(before, after),
    }
    for cause, steps in _MOVES.items():
        if differs[cause] and worse.reason in steps:
            return cause
    return ChangeCause.VERIFIER if before.verifier != after.verifier else ChangeCause.UNEXPLAINED


def cause_of_pcr(before: Standing, after: Standing, source: str, pcr: int) -> ChangeCause:
    """Why a PCR has another value."""
    value = after.pcrs.get((source, pcr), "")
    image_changed, firmware_changed = before.image != after.image, before.firmware != after.firmware
    if source == "quote":
        return ChangeCause.IMAGE if image_changed and pcr == _MEASURED_PCR else ChangeCause.UNEXPLAINED
    if pcr == _IMAGE_PCR and image_changed and value == after.expected_pcr4:
        return ChangeCause.IMAGE
    if pcr in _FIRMWARE_PCRS and (firmware_changed or pcr in after.approved_pcrs):
        return ChangeCause.FIRMWARE
    if pcr == _IMAGE_PCR and firmware_changed:
        return ChangeCause.FIRMWARE
    return ChangeCause.UNEXPLAINED


def _decided_otherwise(before: Standing, after: Standing) -> bool:
    """Whether somebody decided about a value that both met, or made the same image known in between."""
    common = before.references.keys() & after.references.keys()
    if any(before.references[number] != after.references[number] for number in common):
        return True
    return before.image == after.image and before.image_state != after.image_state
