"""The trustworthiness vector (draft-ietf-rats-ear-04; values of draft-ietf-rats-ar4si) and the tier that it allows.

Values: 0 no claim, 2 to 31 affirming, 32 to 95 warning, 96 to 127 contraindicated, -1 the verifier failed.
"""

from collections.abc import Mapping

from farm.evidence.results import Tier

CLAIMS = (
    "instance-identity",
    "configuration",
    "executables",
    "file-system",
    "hardware",
    "runtime-opaque",
    "storage-opaque",
    "sourced-data",
)
NO_CLAIM, VERIFIER_FAILED, NOT_CRYPTOGRAPHIC = 0, -1, 99
VERIFIER_ERROR: Mapping[str, int] = dict.fromkeys(CLAIMS, VERIFIER_FAILED)
"""The vector when the verifier itself failed: tier none, outcome error."""
# Of which claim a failing step speaks; any other step means that the evidence as a whole is not authentic.
_CLAIM_OF = {
    "image": "executables",
    "binding-pcr4": "executables",
    "binding-ak-known": "instance-identity",
    "binding-ak-measured": "instance-identity",
    "binding-firmware": "configuration",
}
_IMAGE_KNOWN, _RECOGNISED, _APPROVED = 3, 2, 2
_UNBOUND = dict.fromkeys(CLAIMS, NO_CLAIM) | {"executables": _IMAGE_KNOWN}
_BOUND = _UNBOUND | {"instance-identity": _RECOGNISED, "configuration": _APPROVED}


def of_bound() -> dict[str, int]:
    """Everything holds, on a virtual machine: its hardware is its host's word, so no claim is made about that."""
    return dict(_BOUND)


def of_unbound() -> dict[str, int]:
    """The application's own evidence holds, and nothing vouches for its key."""
    return dict(_UNBOUND)


def of_failure(step: str, weight: int) -> dict[str, int]:
    """The first failing step and how bad it is."""
    if step not in _CLAIM_OF:
        return dict.fromkeys(CLAIMS, NOT_CRYPTOGRAPHIC)
    before = of_unbound() if step.startswith("binding-") else dict.fromkeys(CLAIMS, NO_CLAIM)
    if step == "binding-firmware":
        before |= {"instance-identity": _RECOGNISED}
    return before | {_CLAIM_OF[step]: weight}


def tier_of(vector: Mapping[str, int]) -> Tier:
    """The best tier that every claim allows."""
    worst = max(vector.values())
    if worst >= 96:
        return Tier.CONTRAINDICATED
    return Tier.WARNING if worst >= 32 else Tier.AFFIRMING
